import { readdir, readFile } from 'node:fs/promises';

/** Linux only. The processes of a group, by /proc. */
export async function processesOf(group: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const members = await Promise.all(
    pids.map(async (pid) => {
      // pid (command, which may hold anything) state ppid pgrp …
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const [, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(pgrp) === group ? pid : undefined;
    }),
  );
  return members.filter((pid) => pid !== undefined);
}

/** Linux only. Bytes of memory that a group really takes: pages that processes share count once. */
export async function memoryOf(group: number): Promise<number> {
  const sizes = await Promise.all(
    (await processesOf(group)).map(async (pid) => {
      // It may have ended meanwhile.
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
      return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
