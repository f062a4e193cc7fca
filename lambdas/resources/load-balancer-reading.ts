import {
  DescribeLoadBalancerAttributesCommand,
  ElasticLoadBalancingV2Client,
  type LoadBalancer,
  paginateDescribeLoadBalancers,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { loadBalancerName } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { orUnmanaged, ownedBy, type Tags, type Unmanaged } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { ageInSeconds } from './age.ts';
import { attributesOf, type ElbAttributes } from './elb-attributes.ts';
import { elbTags } from './elb-tags.ts';
import type { Found } from './resource.ts';

export interface LoadBalancerFound extends Found {
  readonly name: string;
  readonly scheme: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly attributes: ElbAttributes;
  readonly dnsName: string;
  readonly zoneId: string;
  readonly state: string;
  readonly reason?: string;
  readonly ageSeconds: number;
}

export function toFound(scope: Scope, seen: LoadBalancer, tags: Tags, attributes: ElbAttributes): LoadBalancerFound[] {
  const owned = ownedBy(scope, 'load-balancer', tags);
  if (owned === undefined || seen.LoadBalancerArn === undefined) return [];
  const reason = seen.State?.Reason;
  return [
    {
      ...owned,
      id: seen.LoadBalancerArn,
      name: seen.LoadBalancerName ?? '',
      scheme: seen.Scheme ?? '',
      subnets: (seen.AvailabilityZones ?? []).flatMap(({ SubnetId }) => SubnetId ?? []),
      securityGroups: seen.SecurityGroups ?? [],
      attributes,
      dnsName: seen.DNSName ?? '',
      zoneId: seen.CanonicalHostedZoneId ?? '',
      state: seen.State?.Code ?? 'provisioning',
      ageSeconds: ageInSeconds(seen.CreatedTime),
      ...(reason === undefined ? {} : { reason }),
    },
  ];
}

const arnsOf = (seen: readonly LoadBalancer[]): readonly string[] =>
  seen.flatMap(({ LoadBalancerArn }) => LoadBalancerArn ?? []);

async function describe(cloud: Cloud): Promise<readonly LoadBalancer[]> {
  const client = cloud.client(ElasticLoadBalancingV2Client);
  const pages = paginateDescribeLoadBalancers({ client }, { Names: [loadBalancerName(cloud.scope)] });
  return (await ignoreNotFound(allPages(pages, ({ LoadBalancers }) => LoadBalancers))) ?? [];
}

/** The load balancer of our name, ours or not; `defaults`: of attributes that ELB does not show. */
export async function readLoadBalancers(
  cloud: Cloud,
  defaults: ElbAttributes,
): Promise<readonly (LoadBalancerFound | Unmanaged)[]> {
  const elb = cloud.client(ElasticLoadBalancingV2Client);
  const seen = await describe(cloud);
  const tags = await elbTags(cloud, arnsOf(seen));
  const found: (LoadBalancerFound | Unmanaged)[] = [];
  for (const balancer of seen) {
    const arn = balancer.LoadBalancerArn ?? '';
    if (ownedBy(cloud.scope, 'load-balancer', tags.get(arn) ?? {}) === undefined) {
      found.push(...orUnmanaged([], balancer.LoadBalancerName ?? ''));
      continue;
    }
    const answer = await elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }));
    found.push(...toFound(cloud.scope, balancer, tags.get(arn) ?? {}, attributesOf(answer.Attributes, defaults)));
  }
  return found;
}
