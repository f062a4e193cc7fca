import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { membersOf } from '../../state.ts';

/** The socket that a process of this machine has connected from a loopback port; undefined when it is gone. */
async function socketAt(port: number): Promise<string | undefined> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1);
    for (const line of lines) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(wanted) && fields[9] !== '0') return `socket:[${fields[9]}]`;
    }
  }
  return undefined;
}

async function holds(pid: number, socket: string): Promise<boolean> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')));
  return links.includes(socket);
}

/**
 * Kills the Lambda's process that holds the other end of a connection, and waits until it is dead. Only workers of this
 * local cloud come into question: members of its process group that name its directory and ministack's worker.
 * @returns the pid; undefined when the caller is none of them
 */
export async function killCaller(port: number, directory: string): Promise<number | undefined> {
  const socket = await socketAt(port);
  if (socket === undefined) return undefined;
  const workers = (await membersOf(process.pid, directory)).filter(({ command }) =>
    command.includes('ministack-lambda-'),
  );
  for (const { pid } of workers) {
    if (!(await holds(pid, socket))) continue;
    process.kill(pid, 'SIGKILL');
    for (let look = 0; look < 100 && (await alive(pid)); look += 1) await sleep(10);
    return pid;
  }
  return undefined;
}

const alive = async (pid: number): Promise<boolean> => {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) [ZX] /.test(status);
};
