import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { pathsOf } from './paths.ts';

const run = promisify(execFile);

/** What `up` and the front door write down, so that any later process can find and stop the local cloud. */
export interface CloudState {
  readonly port: number;
  readonly clockScale: number;
  /** The leader of the process group that holds everything the local cloud starts. */
  readonly frontDoor: { readonly pid: number; readonly started: string };
  readonly ministack?: { readonly pid: number; readonly port: number };
  /** Digest of the base image's index. */
  readonly baseImageDigest?: string;
}

export async function readState(directory: string): Promise<CloudState | undefined> {
  try {
    return JSON.parse(await readFile(pathsOf(directory).state, 'utf8')) as CloudState;
  } catch {
    return undefined;
  }
}

/** Written beside and renamed, so that nobody reads half a file. */
export async function writeState(directory: string, state: CloudState): Promise<void> {
  const path = pathsOf(directory).state;
  await writeFile(`${path}.new`, JSON.stringify(state, undefined, 2));
  await rename(`${path}.new`, path);
}

export interface Process {
  readonly pid: number;
  readonly group: number;
  readonly command: string;
}

/** When a process started, in ps's words: with the pid it identifies the process, so a reused pid is never taken for it. */
export async function startedAt(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], { env: { ...process.env, LC_ALL: 'C' } });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

/** The processes of a group whose command line names the directory, or whose root lies there: all of the local cloud's. */
export async function membersOf(group: number, directory: string): Promise<Process[]> {
  const { stdout } = await run('ps', ['-A', '-ww', '-o', 'pid=,pgid=,stat=,args='], { maxBuffer: 16 * 1024 * 1024 });
  return parseProcesses(stdout).filter(
    (found) => found.group === group && (found.command.includes(directory) || rootOf(found.pid).startsWith(directory)),
  );
}

function rootOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/root`);
  } catch {
    return '';
  }
}

/** Reads `ps -o pid=,pgid=,stat=,args=`; zombies are dead already. */
export function parseProcesses(listing: string): Process[] {
  return listing.split('\n').flatMap((line) => {
    const [, pid, group, status, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || group === undefined || command === undefined || status?.startsWith('Z')) return [];
    return [{ pid: Number(pid), group: Number(group), command }];
  });
}
