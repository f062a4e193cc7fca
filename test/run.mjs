// Plain JavaScript for the machine's own Node: what it starts runs under Node 24 (infra/cli/prepare.mjs).
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkPython, node24, prepare, root } from '../infra/cli/prepare.mjs';

/**
 * @typedef {{ passed: number, failed: number, note?: string }} Outcome
 * @typedef {{ name: string, title: string, run: () => Promise<Outcome> }} Gate
 */

/** A gate that hangs is ended after this long and has failed. */
const gateLimit = 30 * 60_000;

const packageFile = (path) => join(root, 'node_modules', path);
const say = (line) => process.stdout.write(`${line}\n`);

/** The running children, for the signals; and the signal that ends the whole run. */
const children = new Set();
let stopped;

/** No escape codes in a log: several tools write them wherever CI is set. */
const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1' };

/** Runs one command; `output` is what it printed, where that is captured and then shown. */
function run(command, args, { capture = false, env = {}, ...options } = {}) {
  return new Promise((resolve) => {
    const started = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', capture ? 'pipe' : 'inherit', 'inherit'],
      env: { ...process.env, ...plain, ...env },
      ...options,
    });
    children.add(started);
    const limit = setTimeout(() => {
      say(`It takes longer than ${gateLimit / 60_000} minutes and is ended.`);
      started.kill('SIGTERM');
    }, gateLimit);
    let output = '';
    started.stdout?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    const end = (status) => {
      clearTimeout(limit);
      children.delete(started);
      resolve({ status, output });
    };
    started.once('error', (error) => {
      say(String(error.message));
      end(1);
    });
    started.once('close', (code) => end(code ?? 1));
  });
}

const script = (path, args, options) => run(node24, [packageFile(path), ...args], options);

const asGate = ({ status }) => (status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });

/** The audit needs the registry's answer; without one there is neither a pass nor a failure. */
async function audit() {
  const args = ['audit', '--omit=dev', '--audit-level=high', '--json'];
  const { status, output } = await run('npm', args, { capture: true, shell: process.platform === 'win32' });
  const report = parsed(output);
  const counts = report?.metadata?.vulnerabilities;
  if (counts === undefined) {
    const reason = report?.message ?? report?.error?.summary ?? 'no answer';
    return { passed: 0, failed: 0, note: `not checked: the registry's audit cannot be reached (${reason})` };
  }
  for (const { name, severity, range, fixAvailable } of Object.values(report.vulnerabilities ?? {}))
    say(`${severity}: ${name} ${range}${fixAvailable ? ', a fix is available' : ''}`);
  const found = Object.entries(counts).filter(([severity, count]) => severity !== 'total' && count > 0);
  const note =
    found.length === 0 ? 'nothing known' : found.map(([severity, count]) => `${count} ${severity}`).join(', ');
  return { ...asGate({ status }), note };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function jest(args) {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-test-'));
  const outputFile = join(directory, 'results.json');
  try {
    const { status } = await script('jest/bin/jest.js', [...args, '--json', `--outputFile=${outputFile}`]);
    const results = parsed(contents(outputFile));
    if (results === undefined) return { passed: 0, failed: 1, note: 'jest ended without results' };
    const passed = results.numPassedTests;
    // A file that could not be loaded has no failed test of its own.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    return { passed, failed: failed === 0 && status !== 0 ? 1 : failed };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function contents(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** The app's own tests, as its own package runs them. */
async function app() {
  const { status, output } = await run('npm', ['test', '--silent'], {
    cwd: join(root, 'app'),
    capture: true,
    env: { PATH: `${dirname(node24)}${delimiter}${process.env.PATH}` },
    shell: process.platform === 'win32',
  });
  say(output.trimEnd());
  const count = (name) => Number(new RegExp(`^(?:ℹ|#) ${name} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
  const passed = count('pass');
  const failed = count('fail') + count('cancelled');
  return { passed, failed: failed === 0 && (status !== 0 || passed === 0) ? 1 : failed };
}

/** In rising order of cost; those of a row run side by side. @type {readonly (readonly Gate[])[]} */
const rows = [
  [
    {
      name: 'lint',
      title: 'Format and lint',
      run: async () => asGate(await script('@biomejs/biome/bin/biome', ['ci', '.'])),
    },
    {
      name: 'unused',
      title: 'Unused files, exports and packages',
      run: async () => asGate(await script('knip/bin/knip.js', ['--no-config-hints'])),
    },
    { name: 'types', title: 'Types', run: async () => asGate(await script('typescript/bin/tsc', [])) },
    {
      name: 'imports',
      title: 'Import rules',
      run: async () => {
        const folders = ['app', 'infra', 'lambdas', 'test', 'workflow'];
        const args = ['--config', join(root, '.dependency-cruiser.cjs'), ...folders];
        return asGate(await script('dependency-cruiser/bin/dependency-cruise.mjs', args));
      },
    },
    { name: 'audit', title: 'Dependency audit', run: audit },
  ],
  [
    { name: 'unit', title: 'Unit tests', run: () => jest(['test/unit']) },
    { name: 'contract', title: 'Contract tests', run: () => jest(['test/contract']) },
  ],
  [
    { name: 'protocol', title: 'The protocol, by sequences of what happens', run: () => jest(['test/protocol']) },
    { name: 'infra', title: 'Infrastructure tests', run: () => jest(['test/infra']) },
    { name: 'app', title: 'Tests of the app', run: app },
  ],
  [
    {
      name: 'local',
      title: 'The local cloud itself',
      // One file after another: they measure by its clock, which is the machine's.
      run: () => jest(['test/emulator/local', '--runInBand']),
    },
  ],
  [
    {
      name: 'emulator',
      title: 'Tests on the local cloud',
      // One file after another: they share a cloud.
      run: () => jest(['test/emulator', '--testPathIgnorePatterns=/emulator/local/', '--runInBand']),
    },
    {
      name: 'recovery',
      title: 'What changes, fails, dies and is started again',
      // Side by side: each has a cloud of its own and asks where it ends, not when.
      run: () => jest(['test/recovery', '--maxWorkers=2']),
    },
  ],
];
const gates = rows.flat();

const help = `npm test                        every gate, in rising order of cost
npm test -- --only unit,infra   some of them
npm test -- test/unit/buildspec.test.ts
                                some test files, by jest (whose options go with them)

${gates.map(({ name, title }) => `  ${name.padEnd(10)}${title}`).join('\n')}

A gate that fails does not keep the others from running. The last line is the sum of all tests, with one for each gate
that is not a test suite: "N passed, N failed". The exit status is 0 only if nothing failed.`;

/** @returns {readonly Gate[]} */
function chosenGates() {
  const refuse = (message) => {
    process.stderr.write(`${message}\n\n${help}\n`);
    process.exit(2);
  };
  try {
    const { values } = parseArgs({
      options: { only: { type: 'string', multiple: true }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      say(help);
      process.exit(0);
    }
    if (values.only === undefined) return gates;
    const names = values.only.flatMap((list) => list.split(',')).map((name) => name.trim());
    const unknown = names.filter((name) => !gates.some((gate) => gate.name === name));
    if (unknown.length > 0) refuse(`There is no gate named ${unknown.join(', ')}.`);
    return gates.filter(({ name }) => names.includes(name));
  } catch (error) {
    return refuse(error.message);
  }
}

// A terminal's Ctrl-C reaches the child by itself; a plain kill does not.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    stopped ??= signal;
    if (signal !== 'SIGINT') for (const child of children) child.kill(signal);
  });

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

const files = process.argv.slice(2).filter((argument) => argument.startsWith('test/'));
if (files.length > 0) {
  prepare();
  const { status } = await script('jest/bin/jest.js', [...process.argv.slice(2)]);
  process.exit(status);
}
const chosen = chosenGates();
const start = performance.now();
prepare();
if (chosen.some(({ name }) => ['contract', 'infra', 'local', 'emulator', 'recovery'].includes(name))) checkPython();

const lines = [];
const total = { passed: 0, failed: 0 };
async function report({ name, title, run: runGate }) {
  say(`\n── ${title} (${name})`);
  const since = performance.now();
  const { passed, failed, note } = await runGate();
  total.passed += passed;
  total.failed += failed;
  const result = note ?? `${passed} passed, ${failed} failed`;
  const mark = failed > 0 ? '✗' : passed > 0 ? '✓' : '–';
  const line = `${mark} ${title}: ${result} (${seconds(since)})`;
  lines.push(line);
  say(line);
}
for (const row of rows) {
  await Promise.all(row.filter((gate) => chosen.includes(gate)).map(report));
  if (stopped !== undefined) {
    say(`Stopped by ${stopped}.`);
    process.exit(128 + constants.signals[stopped]);
  }
}

say(`\nAll of it, in ${seconds(start)}:`);
for (const line of lines) say(line);
say(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
