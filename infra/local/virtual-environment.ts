import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { threadId } from 'node:worker_threads';
import { LocalCloudError } from './local-cloud-error.ts';
import { pathsOf } from './paths.ts';

const run = promisify(execFile);
const requirementsFile = join(import.meta.dirname, 'requirements.txt');

const markerName = 'slipway-requirements.txt';

/** Pythons to try; `python3` is the system's own. */
const candidates = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

async function findPython(): Promise<string> {
  const seen: string[] = [];
  for (const candidate of candidates) {
    try {
      const { stdout } = await run(candidate, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
      const [major = 0, minor = 0] = stdout.trim().split('.').map(Number);
      if (major === 3 && minor >= 10) return candidate;
      seen.push(`${candidate} is ${stdout.trim()}`);
    } catch {
      // Not installed under this name.
    }
  }
  throw new LocalCloudError(
    `the local cloud needs python3 3.10 or newer: ${seen.length > 0 ? seen.join(', ') : 'none is on PATH'}; install it and run the command again`,
  );
}

/** Makes the virtual environment with the pinned emulator, once; again when requirements.txt has changed. */
export const ensureVirtualEnvironment = (directory: string, log: (line: string) => void): Promise<string> =>
  ensurePackages('the emulator', requirementsFile, pathsOf(directory).virtualEnvironment, log);

/** Makes a virtual environment with the pinned packages of a requirements file, once; again when that has changed. */
export async function ensurePackages(
  what: string,
  requirements: string,
  environment: string,
  log: (line: string) => void,
): Promise<string> {
  const marker = join(environment, markerName);
  const wanted = await readFile(requirements, 'utf8');
  const made = await readFile(marker, 'utf8').catch(() => undefined);
  if (made === wanted) return environment;

  const python = await findPython();
  log(`installing ${what} (once) …`);
  // Made aside and renamed when complete, so that neither a kill nor a second `up` at the same time leaves half of one.
  const draft = `${environment}.${process.pid}.${threadId}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(dirname(environment), { recursive: true });
  try {
    await run(python, ['-m', 'venv', draft]);
  } catch (cause) {
    throw new LocalCloudError(
      `${python} -m venv failed; on Debian and Ubuntu install the package python3-venv: ${outputOf(cause)}`,
      { cause },
    );
  }
  try {
    // Python compiles what it loads; pip would compile everything, which is half of its work.
    const options = ['--quiet', '--disable-pip-version-check', '--no-compile'];
    const pip = ['-m', 'pip', 'install', ...options, '-r', requirements];
    await run(join(draft, 'bin', 'python'), pip, { maxBuffer: 16 * 1024 * 1024 });
  } catch (cause) {
    throw new LocalCloudError(`${what} could not be installed from PyPI: ${outputOf(cause)}`, { cause });
  }
  await writeFile(join(draft, markerName), wanted);
  await rm(environment, { recursive: true, force: true });
  await rename(draft, environment);
  return environment;
}

function outputOf(cause: unknown): string {
  const { stderr, message } = cause as { stderr?: string; message: string };
  return (stderr || message).trim().split('\n').slice(-5).join('\n');
}
