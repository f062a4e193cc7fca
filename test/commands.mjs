// Plain JavaScript for the machine's own Node. The commands of a test run: each ends with it.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { node24, root } from '../infra/cli/prepare.mjs';

/** A command that hangs is ended after this long and has failed. */
const longest = 30 * 60_000;

export const say = (line) => process.stdout.write(`${line}\n`);

/** The running children, for the signals. */
const children = new Set();

/** No escape codes in a log: several tools write them wherever CI is set. */
const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1' };

/** Runs one command; `output` is what it printed, where that is captured and then shown. */
export function run(command, args, { capture = false, env = {}, ...options } = {}) {
  return new Promise((resolve) => {
    const started = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', capture ? 'pipe' : 'inherit', 'inherit'],
      env: { ...process.env, ...plain, ...env },
      ...options,
    });
    children.add(started);
    const limit = setTimeout(() => {
      say(`It takes longer than ${longest / 60_000} minutes and is ended.`);
      started.kill('SIGTERM');
    }, longest);
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

/** A package's script, under Node 24. */
export const script = (path, args, options) => run(node24, [join(root, 'node_modules', path), ...args], options);

/** The signal that ends the whole run, once it has come. */
export let stopped;

// A terminal's Ctrl-C reaches the child by itself; a plain kill does not.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    stopped ??= signal;
    if (signal !== 'SIGINT') for (const child of children) child.kill(signal);
  });
