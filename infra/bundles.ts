import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** A Lambda: its name (`slipway-<name>` on AWS) and the file that holds `handler`. */
export interface Entry {
  readonly name: string;
  readonly file: string;
}

/** Every Lambda of the provisioner: the stages by their file names, and the steps around them. */
export const entries: readonly Entry[] = [
  ...readdirSync(join(root, 'lambdas/stages')).map((file) => ({
    name: file.replace(/\.ts$/, ''),
    file: `lambdas/stages/${file}`,
  })),
  { name: 'validate', file: 'lambdas/steps/validate.ts' },
  { name: 'plan', file: 'lambdas/steps/plan.ts' },
  { name: 'validate-destroy', file: 'lambdas/steps/validate-destroy.ts' },
  { name: 'inventory', file: 'lambdas/steps/inventory.ts' },
  { name: 'summarise-destroy', file: 'lambdas/steps/summarise-destroy.ts' },
  { name: 'request-approval', file: 'lambdas/approval/request.ts' },
  { name: 'approval-api', file: 'lambdas/approval/api.ts' },
  { name: 'summarise', file: 'lambdas/steps/summarise.ts' },
  { name: 'report-failure', file: 'lambdas/steps/report-failure.ts' },
  { name: 'execution-ended', file: 'lambdas/events/execution-ended.ts' },
  { name: 'run-requested', file: 'lambdas/events/run-requested.ts' },
  { name: 'reconcile-due', file: 'lambdas/events/reconcile-due.ts' },
];

/** Functions that compute or push the image carry the app's files. */
const withApp: ReadonlySet<string> = new Set(['validate', 'ecr-push']);

/**
 * Bundles every Lambda with its SDK clients into `<directory>/<name>/index.js`: each holds only what it imports.
 * One esbuild run for all of them takes a second where one process a function takes ten.
 * Returns what went into each.
 */
export function bundleAll(directory: string): Metafile {
  rmSync(directory, { recursive: true, force: true });
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: entries.map(({ name, file }) => ({ in: file, out: join(name, 'index') })),
    outdir: directory,
    bundle: true,
    minify: true,
    // Error names are part of the contract with the state machines (lambdas/errors.ts).
    keepNames: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // The SDK's ES modules, so that unused commands are left out.
    mainFields: ['module', 'main'],
    logLevel: 'error',
    metafile: true,
  });
  for (const name of withApp) {
    const app = join(directory, name, 'app');
    mkdirSync(app, { recursive: true });
    copyFileSync(join(root, 'app/package.json'), join(app, 'package.json'));
    cpSync(join(root, 'app/src'), join(app, 'src'), { recursive: true });
  }
  return metafile;
}
