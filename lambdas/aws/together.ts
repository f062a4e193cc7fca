import { DeniedError, FencedError, SettlingError, TransientError } from '../errors.ts';

/**
 * Waits for everything that is under way, whatever fails. The results are in the order of the work.
 * @throws the error that matters most, with the words of the others
 */
export async function together<Result>(work: readonly Promise<Result>[]): Promise<readonly Result[]> {
  const ends = await Promise.allSettled(work);
  const errors = ends.flatMap((end): readonly unknown[] => (end.status === 'rejected' ? [end.reason] : []));
  if (errors.length > 0) throw worst([...new Set(errors)]);
  return ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
}

/** What a later run forbids, then what no run is allowed, then what a retry does not mend, then the rest; of equals the first. */
function worst(errors: readonly unknown[]): unknown {
  const ranks = [[FencedError], [DeniedError], [], [TransientError, SettlingError]];
  const rank = (error: unknown): number => {
    const found = ranks.findIndex((kinds) => kinds.some((kind) => error instanceof kind));
    return found < 0 ? 2 : found;
  };
  const [first, ...others] = errors.toSorted((one, other) => rank(one) - rank(other));
  if (first instanceof Error && others.length > 0)
    first.message = [
      first.message,
      ...others.map((each) => (each instanceof Error ? each.message : String(each))),
    ].join('\nand: ');
  return first;
}
