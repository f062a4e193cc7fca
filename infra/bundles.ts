import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OutputChunk, rolldown } from 'rolldown';
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
 * Bundles every Lambda with its SDK clients into `<directory>/<name>/index.js` and the chunks beside it: each holds only
 * what it imports. One run for all of them takes two seconds where one a function takes thirty.
 * Returns the modules that went into each, by its name.
 */
export async function bundleAll(directory: string): Promise<ReadonlyMap<string, readonly string[]>> {
  rmSync(directory, { recursive: true, force: true });
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map(({ name, file }) => [name, file])),
    platform: 'node',
    // The SDK's ES modules, so that unused commands and shapes are left out.
    resolve: { mainFields: ['module', 'main'] },
    transform: { target: 'node24' },
  });
  const { output } = await build.generate({
    format: 'cjs',
    minify: true,
    // Error names are part of the contract with the state machines (lambdas/errors.ts).
    keepNames: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await build.close();
  const chunks = new Map(output.flatMap((each) => (each.type === 'chunk' ? [[each.fileName, each] as const] : [])));
  const modules = new Map<string, readonly string[]>();
  for (const { name } of entries) {
    const used = reachable(chunks, `${name}.js`);
    mkdirSync(join(directory, name), { recursive: true });
    for (const { fileName, code } of used)
      writeFileSync(join(directory, name, fileName === `${name}.js` ? 'index.js' : fileName), code);
    modules.set(
      name,
      used.flatMap(({ moduleIds }) => moduleIds),
    );
  }
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
  return modules;
}

/** A chunk with all that it imports, now or later. */
function reachable(chunks: ReadonlyMap<string, OutputChunk>, fileName: string): readonly OutputChunk[] {
  const found = new Map<string, OutputChunk>();
  const visit = (name: string): void => {
    const chunk = chunks.get(name);
    // What is no chunk is Node's own.
    if (chunk === undefined || found.has(name)) return;
    found.set(name, chunk);
    for (const imported of [...chunk.imports, ...chunk.dynamicImports]) visit(imported);
  };
  visit(fileName);
  return [...found.values()];
}
