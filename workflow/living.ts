import type { Input } from './input.ts';
import type { Problem } from './problems.ts';

/** A region in which a deployment's VPC exists, according to AWS. */
export interface StandingRegion {
  readonly region: string;
  readonly cidr: string;
  /** CI/CD lives there. */
  readonly primary: boolean;
}

/**
 * What an input asks for that can't be done to an existing deployment: a VPC keeps its network, CI/CD stays where it is,
 * and a region that is no longer named would be forgotten while it exists.
 */
export function livingConflicts(
  standing: readonly StandingRegion[],
  wanted: Pick<Input, 'deployment' | 'regions'>,
): readonly Problem[] {
  const advice = 'destroy the deployment first, or use another deployment name';
  return standing.flatMap(({ region, cidr, primary }) => {
    const index = wanted.regions.findIndex((each) => each.region === region);
    const now = wanted.regions[index];
    if (now === undefined) {
      const input = JSON.stringify({ deployment: wanted.deployment, regions: [region] });
      const way = primary ? advice : `name it again, or remove it first: start slipway-destroy with ${input}`;
      return [{ path: '$.regions', message: `${region} is provisioned but not in the input: ${way}` }];
    }
    return [
      ...(primary && index !== 0
        ? [
            {
              path: '$.regions[0].region',
              message: `CI/CD runs in ${region}, which has to stay the first: ${advice}`,
            },
          ]
        : []),
      ...(now.cidr === cidr
        ? []
        : [
            {
              path: `$.regions[${index}].cidr`,
              message: `the VPC in ${region} has ${cidr}, not ${now.cidr}: ${advice}`,
            },
          ]),
    ];
  });
}
