import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { threadId } from 'node:worker_threads';
import { CliError } from './cli-error.ts';

/**
 * Holds a file for as long as the work takes, so that it is done once at a time.
 * @param what for people: what the other process does
 * @throws {CliError} when a living process holds it
 */
export async function holding<Result>(path: string, what: string, work: () => Promise<Result>): Promise<Result> {
  await take(path, what);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string, what: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Written beside and linked, so that nobody finds it empty.
  const mine = `${path}.${process.pid}.${threadId}`;
  await writeFile(mine, String(process.pid));
  try {
    await link(mine, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = Number(await readFile(path, 'utf8'));
    if (alive(holder))
      throw new CliError(
        `${what} (process ${holder}) from this folder already`,
        'wait for its end, or clone the repository a second time and give --port',
      );
    // Its process died without a chance to remove it.
    await rm(path, { force: true });
    await take(path, what);
  } finally {
    await rm(mine, { force: true });
  }
}

function alive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's lives too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
