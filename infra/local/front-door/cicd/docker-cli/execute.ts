import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Resolves with the exit status. */
export async function execute(
  [program = '', ...args]: readonly string[],
  given: {
    readonly directory: string;
    readonly root: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly home: string;
  },
): Promise<number> {
  await mkdir(given.home, { recursive: true });
  const path = given.environment.PATH ?? '/usr/local/bin:/usr/bin:/bin';
  const inImage = path.split(':').map((directory) => join(given.root, directory));
  const child = spawn(program, args, {
    cwd: given.directory,
    // Nothing of the build's own environment: no credentials in a container.
    env: {
      ...given.environment,
      PATH: [...inImage, process.env.PATH ?? ''].join(':'),
      HOME: given.home,
      TMPDIR: given.home,
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 137));
  });
}
