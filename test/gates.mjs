// Plain JavaScript for the machine's own Node.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { node24, root } from '../infra/cli/prepare.mjs';
import { run, say, script } from './commands.mjs';

/**
 * @typedef {{ passed: number, failed: number, note?: string }} Outcome
 * @typedef {{ name: string, title: string, run: () => Promise<Outcome> }} Gate
 */

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
export const rows = [
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
