import type { FailedRegion } from '../../workflow/documents.ts';
import { asSlipwayError } from '../aws/aws-errors.ts';
import { TransientError } from '../errors.ts';

/** Retries of a state after which a region that does not answer is left out: about half a minute (workflow/retriers.ts). */
const patience = 3;

/**
 * Looks at every region, side by side. One that gives nothing but errors that pass is left out once the state's retries
 * have not helped: it has failed apart, and the others go on.
 * @throws {SlipwayError} what waiting does not mend; while there is patience, or when no region answers, TransientError
 */
export async function inReach<Place extends { readonly region: string }, Seen>(
  places: readonly Place[],
  attempt: number,
  look: (place: Place) => Promise<Seen>,
): Promise<{ readonly seen: readonly Seen[]; readonly unreachable: readonly FailedRegion[] }> {
  const problems = new Map<string, TransientError>();
  const answers = await Promise.all(
    places.map(async (place) => {
      try {
        return [await look(place)];
      } catch (error) {
        const problem = asSlipwayError(error, `${place.region} does not answer`);
        if (!(problem instanceof TransientError) || attempt < patience) throw problem;
        problems.set(place.region, problem);
        return [];
      }
    }),
  );
  const seen = answers.flat(1) as Seen[];
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
