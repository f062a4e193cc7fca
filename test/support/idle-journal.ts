import { createHash } from 'node:crypto';
import type { Journal } from '../../lambdas/journal.ts';

let creates = 0;

/** The journal of a run that nothing interrupts: it remembers nothing, and gives each create a token of its own. */
export const idleJournal: Journal = {
  begin: async (resources) =>
    resources.map((resource) => {
      creates += 1;
      return createHash('sha256').update(`${resource}/${creates}`).digest('hex').slice(0, 32);
    }),
  finish: () => {},
  fence: async () => {},
  flush: async () => {},
  results: new Map(),
};
