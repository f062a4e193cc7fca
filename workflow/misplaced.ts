import type { RegionConfig } from './config.ts';
import type { Problem } from './problems.ts';

type Place = Pick<RegionConfig, 'partition' | 'account' | 'region'>;

/** For people: why what has that ARN is of no use to something at that place. */
export function misplaced(what: string, arn: string, user: string, place: Place): readonly string[] {
  const [, partition, , region, account] = arn.split(':');
  return (
    [
      ['partition', partition, place.partition],
      ['account', account, place.account],
      ['region', region, place.region],
    ] as const
  )
    .filter(([, found, wanted]) => found !== wanted)
    .map(
      ([part, found, wanted]) =>
        `the ${what} is in the ${part} ${found}, and the ${user} in ${wanted}: name one that is there`,
    );
}

/** Certificates that a load balancer could not use. */
export const certificateProblems = (
  regions: readonly { readonly region: string; readonly certificateArn?: string | undefined }[],
  place: Omit<Place, 'region'>,
): readonly Problem[] =>
  regions.flatMap(({ region, certificateArn }, index) =>
    certificateArn === undefined
      ? []
      : misplaced('certificate', certificateArn, 'load balancer', { ...place, region }).map((message) => ({
          path: `$.regions[${index}].certificateArn`,
          message,
        })),
  );
