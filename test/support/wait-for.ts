import { setTimeout as sleep } from 'node:timers/promises';

/** Between two questions, in milliseconds: a twentieth of what has been waited, so that waiting costs the machine little. */
const pauseAfter = (waited: number): number => Math.min(Math.max(waited / 20, 100), 1000);

/**
 * Asks until the condition gives something other than undefined or false, and returns it.
 * @param options in milliseconds; `every`: between two questions, where the default would be too seldom
 * @throws {Error} when that takes longer than `within` milliseconds; names what was waited for
 */
export async function waitFor<Value>(
  what: string,
  condition: () => Promise<Value | undefined | false>,
  { within, every }: { readonly within: number; readonly every?: number },
): Promise<Value> {
  const since = Date.now();
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    const waited = Date.now() - since;
    if (waited > within) throw new Error(`waited ${within / 1000} s in vain for: ${what}`);
    await sleep(every ?? pauseAfter(waited));
  }
}
