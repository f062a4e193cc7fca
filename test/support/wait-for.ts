import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks until the condition gives something other than undefined or false, and returns it.
 * @throws {Error} when that takes longer than `within` milliseconds; names what was waited for
 */
export async function waitFor<Value>(
  what: string,
  condition: () => Promise<Value | undefined | false>,
  { within, every = 100 }: { readonly within: number; readonly every?: number },
): Promise<Value> {
  const limit = Date.now() + within;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > limit) throw new Error(`waited ${within / 1000} s in vain for: ${what}`);
    await sleep(every);
  }
}
