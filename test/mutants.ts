import { type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Instrumenter } from '@stryker-mutator/instrumenter';

const help = `npm run mutants -- [--seed TEXT] [--count N] [--only FOLDER]

Changes one place of the product's code at a time (Stryker's mutators, a sample that the seed picks) and runs the unit
and contract tests that the file can reach. Lists what they do not notice, and the share by folder. Works on a copy.
Exits with 1 where fewer than 85 of 100 are noticed.`;

/** Per cent. */
const enough = 85;
/** Milliseconds for the tests of one mutant; one that loops for ever is noticed. */
const limit = 300_000;
/** Each has its own copy and one process of jest. */
const copies = 2;
/** Each of jest's runs ends with the first failure: the tests that most likely fail come first. */
const sequencer = './test/support/nearest-first.ts';

interface Mutant {
  readonly file: string;
  /** The file's, unchanged. */
  readonly text: string;
  /** Offsets in the text. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly replacement: string;
}

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '100' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  process.stdout.write(`${help}\n`);
  process.exit(0);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Every mutant of the product's code. */
async function allMutants(): Promise<readonly Mutant[]> {
  const silent = () => {};
  const never = () => false;
  const instrumenter = new Instrumenter({
    ...{ trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent },
    ...{ isTraceEnabled: never, isDebugEnabled: never, isInfoEnabled: never },
    ...{ isWarnEnabled: never, isErrorEnabled: never, isFatalEnabled: never },
  });
  const files = globSync('{lambdas,workflow}/**/*.ts', { cwd: root })
    .filter((name) => name.startsWith(values.only))
    .map((name) => ({ name, mutate: true, content: readFileSync(join(root, name), 'utf8') }));
  const texts = new Map(files.map(({ name, content }) => [name, content]));
  const options = { plugins: null, excludedMutations: [], ignorers: [], noHeader: true };
  const { mutants } = await instrumenter.instrument(files, options);
  return mutants.map(({ fileName: file, location: { start, end }, replacement }) => {
    const text = texts.get(file) ?? '';
    const starts = lineStarts(text);
    const offset = ({ line, column }: { line: number; column: number }): number => (starts[line] ?? 0) + column;
    return { file, text, start: offset(start), end: offset(end), line: start.line + 1, replacement };
  });
}

const lineStarts = (text: string): readonly number[] => [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];

/** The same seed picks the same ones, also of code that changed elsewhere. */
const rank = ({ file, start, replacement }: Mutant): string =>
  createHash('sha256').update(`${values.seed}:${file}:${start}:${replacement}`).digest('hex');

/** A copy of the tree; packages, Python's among them, are shared. */
function copy(): string {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-mutants-'));
  const listed = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root });
  for (const file of listed.stdout
    .toString()
    .split('\0')
    .filter((name) => name !== '' && existsSync(join(root, name))))
    cpSync(join(root, file), join(directory, file), { recursive: true });
  for (const entry of ['node_modules', '.slipway']) symlinkSync(join(root, entry), join(directory, entry));
  return directory;
}

/** Whether the unit and contract tests pass: with a file, those that can reach it, the nearest first. */
async function pass(directory: string, file?: string): Promise<boolean> {
  const related = file === undefined ? [] : ['--bail', '--findRelatedTests', file];
  const args = ['--maxWorkers=1', '--silent', '--passWithNoTests', `--testSequencer=${sequencer}`, ...related];
  const stdio: StdioOptions = file === undefined ? 'inherit' : 'ignore';
  const env = { ...process.env, MUTATED_FILE: file };
  for (const project of ['unit', 'contract']) {
    const jest = ['node_modules/jest/bin/jest.js', ...args, '--selectProjects', project];
    const child = spawn(process.execPath, jest, { cwd: directory, stdio, env, timeout: limit });
    const [status] = await once(child, 'close');
    if (status !== 0) return false;
  }
  return true;
}

async function isNoticed(mutant: Mutant, directory: string): Promise<boolean> {
  const { file, text, start, end, replacement } = mutant;
  writeFileSync(join(directory, file), text.slice(0, start) + replacement + text.slice(end));
  try {
    return !(await pass(directory, file));
  } finally {
    writeFileSync(join(directory, file), text);
  }
}

// Before anything slow, so that all of it is of one moment.
const directories = Array.from({ length: copies }, copy);
const sample = (await allMutants())
  .map((mutant) => [rank(mutant), mutant] as const)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .slice(0, Number(values.count))
  .map(([, mutant]) => mutant);

const [first = ''] = directories;
if (!(await pass(first))) throw new Error('the tests fail without a mutant');

const results: { readonly folder: string; readonly noticed: boolean }[] = [];
const waiting = [...sample];
async function work(directory: string): Promise<void> {
  try {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const { file, text, start, end, line, replacement } = mutant;
      const noticed = await isNoticed(mutant, directory);
      results.push({ folder: dirname(file), noticed });
      const oneLine = (code: string): string => code.replaceAll(/\s+/g, ' ').slice(0, 100);
      if (!noticed) say(`${file}:${line}: ${oneLine(text.slice(start, end))} → ${oneLine(replacement)}`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
await Promise.all(directories.map(work));

const share = (of: readonly { readonly noticed: boolean }[]): string =>
  `${of.filter(({ noticed }) => noticed).length} of ${of.length}`;
say('');
for (const [folder, of = []] of Object.entries(Object.groupBy(results, ({ folder }) => folder)).sort())
  say(`${folder.padEnd(24)}${share(of)}`);
say(`${share(results)} mutants are noticed (seed ${values.seed})`);
process.exitCode = results.filter(({ noticed }) => noticed).length * 100 >= enough * results.length ? 0 : 1;
