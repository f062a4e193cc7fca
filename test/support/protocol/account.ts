import { type ec2TagFilters, ownershipTag } from '../../../lambdas/aws/ownership.ts';
import type { Answers } from '../empty-account.ts';
import { tags } from '../ownership.ts';
import { cidrOf, type Thing } from './platform.ts';

/** What an account says of its zones and quotas, of the VPCs among `things`, and of the plans that it keeps. */
export function accountAnswers(things: () => Iterable<Thing>): Answers {
  const plans = new Map<string, string>();
  return {
    DescribeAvailabilityZones: (_, region) => ({
      AvailabilityZones: ['a', 'b', 'c', 'd'].map((letter) => ({
        ...{ ZoneName: `${region}${letter}`, ZoneId: `${region}-${letter}` },
        ...{ ZoneType: 'availability-zone', State: 'available' },
      })),
    }),
    DescribeVpcs: ({ Filters }, region) => {
      const filters = Filters as ReturnType<typeof ec2TagFilters>;
      const [deployment] = filters.find(({ Name }) => Name === `tag:${ownershipTag.deployment}`)?.Values ?? [];
      return {
        Vpcs: [...things()]
          .filter((each) => each.kind === 'vpc' && each.deployment === deployment && each.region === region)
          .map((each) => ({ CidrBlock: cidrOf(each), Tags: tags('vpc', 'main', deployment) })),
      };
    },
    GetServiceQuota: () => ({ Quota: { Value: 5 } }),
    PutObject: ({ Key, Body }) => plans.set(String(Key), String(Body)),
    GetObject: ({ Key }) => ({ Body: { transformToString: async () => plans.get(String(Key)) } }),
  };
}
