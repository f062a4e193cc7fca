import { copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { stages } from '../workflow/stages.ts';
import { functions } from '../workflow/steps.ts';

const root = join(import.meta.dirname, '..');

/** A Lambda: its name (`slipway-<name>` on AWS) and the file that holds `handler`. */
export interface Entry {
  readonly name: string;
  readonly file: string;
  /** Functions that compute or push the image carry the app's files. */
  readonly carriesApp: boolean;
}

/** Every Lambda of the provisioner: one a stage, and those of the steps around them. */
export const entries: readonly Entry[] = [
  ...stages.map((stage) => ({
    name: stage.name,
    file: `lambdas/stages/${stage.name}.ts`,
    carriesApp: 'carriesApp' in stage,
  })),
  ...Object.entries(functions).map(([name, step]) => ({ name, file: step.file, carriesApp: 'carriesApp' in step })),
];

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
  for (const { name } of entries.filter(({ carriesApp }) => carriesApp)) {
    const app = join(directory, name, 'app');
    mkdirSync(app, { recursive: true });
    copyFileSync(join(root, 'app/package.json'), join(app, 'package.json'));
    cpSync(join(root, 'app/src'), join(app, 'src'), { recursive: true });
  }
  for (const { name } of stages.filter((stage) => 'carriesSource' in stage)) {
    const source = join(directory, name, 'first-commit');
    for (const part of ['.dockerignore', 'Dockerfile', 'package.json', 'package-lock.json', 'src', 'test'])
      cpSync(join(root, 'app', part), join(source, 'app', part), { recursive: true });
    copyFileSync(join(root, 'buildspec.yml'), join(source, 'buildspec.yml'));
    copyFileSync(join(root, 'infra/first-commit/README.md'), join(source, 'README.md'));
  }
  return metafile;
}
