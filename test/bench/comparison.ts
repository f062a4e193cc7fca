import type { Inventory } from './inventory.ts';

export interface Comparison {
  /** Of a line that is expected: more than expected. */
  readonly duplicates: readonly string[];
  /** Alive, and in the undisturbed run there is nothing like it. */
  readonly leaks: readonly string[];
  readonly missing: readonly string[];
}

export function compareInventories(expected: Inventory, found: Inventory): Comparison {
  const count = (lines: Inventory): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
    return counts;
  };
  const [want, have] = [count(expected), count(found)];
  const more = [...have].filter(([line, number]) => number > (want.get(line) ?? 0)).map(([line]) => line);
  return {
    duplicates: more.filter((line) => want.has(line)),
    leaks: more.filter((line) => !want.has(line)),
    missing: [...want].filter(([line, number]) => (have.get(line) ?? 0) < number).map(([line]) => line),
  };
}
