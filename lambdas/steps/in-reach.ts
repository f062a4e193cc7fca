import type { FailedRegion } from '../../workflow/documents.ts';
import { regionPatience } from '../../workflow/retriers.ts';
import { asSlipwayError, isRefusal } from '../aws/aws-errors.ts';
import { TransientError } from '../errors.ts';

/**
 * Reads every region, side by side. A region that still answers with nothing but transient errors after some retries of
 * the state is left out, and the others go on.
 * @throws {TransientError} during those retries, and when no region answers
 * @throws {SlipwayError} any other error: waiting does not help
 */
export async function inReach<Place extends { readonly region: string }, Seen>(
  places: readonly Place[],
  attempt: number,
  read: (place: Place) => Promise<Seen>,
): Promise<{ readonly seen: readonly Seen[]; readonly unreachable: readonly FailedRegion[] }> {
  const problems = new Map<string, TransientError>();
  const answers = await Promise.all(
    places.map(async (place): Promise<readonly Seen[]> => {
      try {
        return [await read(place)];
      } catch (error) {
        const { region } = place;
        const problem = asSlipwayError(
          error,
          isRefusal(error) ? `could not read ${region}` : `${region} does not answer`,
        );
        if (!(problem instanceof TransientError) || attempt < regionPatience) throw problem;
        problems.set(place.region, problem);
        return [];
      }
    }),
  );
  const seen: Seen[] = answers.flat();
  const [first] = problems.values();
  if (seen.length === 0 && first !== undefined) throw first;
  return {
    seen,
    unreachable: [...problems].map(([region, { name, message }]) => ({
      region,
      error: { Error: name, Cause: message },
    })),
  };
}
