import { FencedError, SettlingError, TransientError } from '../errors.ts';

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

/** What a later run forbids, then what a retry does not mend, then the rest; of equals the first. */
function worst(errors: readonly unknown[]): unknown {
  const rank = (error: unknown): number =>
    error instanceof FencedError ? 0 : error instanceof TransientError || error instanceof SettlingError ? 2 : 1;
  const [first, ...others] = errors.toSorted((one, other) => rank(one) - rank(other));
  if (first instanceof Error && others.length > 0)
    first.message = [
      first.message,
      ...others.map((each) => (each instanceof Error ? each.message : String(each))),
    ].join('\nand: ');
  return first;
}
