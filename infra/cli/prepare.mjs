// Plain JavaScript for the machine's own Node: it runs before anything is installed.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Node 24 comes with the dependencies: the Lambdas' runtime, whatever the machine's own Node is. */
export const node24 = join(root, 'node_modules/.bin/node');

const say = (line) => process.stderr.write(`${line}\n`);

function fail(lines) {
  for (const line of lines) say(line);
  process.exit(1);
}

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20)
    fail([
      `Slipway needs Node.js 20 or newer, and this is ${process.versions.node}.`,
      'Install a newer one from https://nodejs.org and try again.',
    ]);
}

/** For what runs the local cloud, whose emulators are Python packages. */
export function checkPython() {
  const answer = spawnSync('python3', ['-c', 'import sys, venv; print("%d.%d" % sys.version_info[:2])'], {
    encoding: 'utf8',
  });
  const version = answer.status === 0 ? answer.stdout.trim() : undefined;
  if (version === undefined)
    fail([
      'Slipway needs Python 3.10 or newer with its venv module as `python3`, and found none.',
      'Install it (Debian and Ubuntu: apt-get install python3 python3-venv) and try again.',
    ]);
  const [major, minor] = version.split('.').map(Number);
  if (major !== 3 || minor < 10)
    fail([`Slipway needs Python 3.10 or newer, and python3 is ${version}.`, 'Install a newer one and try again.']);
}

/** Whether node_modules is what the lock file says: npm writes down what it installed, when it is done. */
function installed() {
  return (
    existsSync(node24) && isInstalled(packagesIn('package-lock.json'), packagesIn('node_modules/.package-lock.json'))
  );
}

/** The packages of a lock file by their folders, the project itself left out; none where there is no such file. */
function packagesIn(file) {
  const { '': _project, ...packages } = JSON.parse(readIfThere(join(root, file)) || '{}').packages ?? {};
  return packages;
}

/** By contents, since times say nothing after a checkout or a copy. Optional packages of other platforms are left out. */
export function isInstalled(wanted, present) {
  const same = ([folder, entry]) =>
    folder in present ? JSON.stringify(present[folder]) === JSON.stringify(entry) : entry.optional === true;
  return Object.entries(wanted).every(same) && Object.keys(present).every((folder) => folder in wanted);
}

const installing = join(root, '.slipway/installing.pid');

/** Takes the turn to install; two `npm ci` in one folder remove each other's files. */
function takeTurn() {
  mkdirSync(dirname(installing), { recursive: true });
  for (let told = false; ; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)) {
    try {
      return writeFileSync(installing, String(process.pid), { flag: 'wx' });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(readIfThere(installing));
    if (holder > 0 && !alive(holder)) rmSync(installing, { force: true });
    else if (!told) say('Another process installs the dependencies; waiting for it.');
    told = true;
  }
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function installIfNeeded() {
  if (installed()) return;
  takeTurn();
  let problem;
  try {
    if (!installed()) problem = install();
  } finally {
    rmSync(installing, { force: true });
  }
  if (problem !== undefined) fail(problem);
}

/** Returns what went wrong, for people. */
function install() {
  say('Installing dependencies (npm ci); this takes a minute or two the first time.');
  try {
    // With install scripts: the package `node` puts its binary in place by one.
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
  } catch {
    return ['npm ci failed; its messages are above. Is the npm registry reachable?'];
  }
  if (spawnSync(node24, ['--version']).status !== 0) {
    return [
      `${node24} does not run.`,
      'The npm package "node" puts it in place by an install script: allow scripts (`npm config get ignore-scripts` must say false), remove node_modules and try again.',
    ];
  }
  return undefined;
}

/** Checks the machine and installs what is missing. */
export function prepare() {
  checkNode();
  installIfNeeded();
  // For all that is started from here: a command starts in half the time where its code is compiled already.
  process.env.NODE_COMPILE_CACHE ??= join(root, '.slipway', 'compiled');
}

/** Runs a script under Node 24 with this terminal, passes signals on, and resolves with its exit status. */
export function runUnderNode24(args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(node24, args, { stdio: 'inherit', ...options });
    // The terminal sends Ctrl-C to the whole process group; a plain kill reaches only this process.
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    process.on('SIGINT', () => {});
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
