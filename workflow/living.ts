import type { Input, Problem } from './input.ts';

/** The part of an input that a living deployment is bound to. */
type Bound = Pick<Input, 'regions'>;

/**
 * What an input asks for that can't be done to a deployment that lives: a VPC keeps its network, CI/CD stays where it is,
 * and a region that is no longer named would be forgotten while it stands.
 */
export function livingConflicts(living: Bound, wanted: Bound): readonly Problem[] {
  const advice = 'destroy the deployment first, or use another deployment name';
  const [primary] = living.regions;
  return [
    ...(primary !== undefined && wanted.regions[0]?.region !== primary.region
      ? [
          {
            path: '$.regions[0].region',
            message: `CI/CD lives in ${primary.region}, which has to stay the first: ${advice}`,
          },
        ]
      : []),
    ...living.regions.flatMap(({ region, cidr }) => {
      const index = wanted.regions.findIndex((each) => each.region === region);
      const now = wanted.regions[index];
      if (now === undefined) return [{ path: '$.regions', message: `${region} stands and is missing: ${advice}` }];
      return now.cidr === cidr
        ? []
        : [
            {
              path: `$.regions[${index}].cidr`,
              message: `the VPC in ${region} has ${cidr}, not ${now.cidr}: ${advice}`,
            },
          ];
    }),
  ];
}
