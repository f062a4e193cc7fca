import {
  DescribeAvailabilityZonesCommand,
  EC2Client,
  paginateDescribeSubnets,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import type { Zone } from '../../workflow/regions.ts';
import type { Cloud } from './cloud.ts';
import { ec2TagFilters, ownedBy, tagsOf } from './ownership.ts';
import { allPages } from './pages.ts';

/** IAM actions of this file. */
export const zonePermissions = ['ec2:DescribeAvailabilityZones', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'] as const;

/** The region's zones that the account can use without opting in. */
export async function zonesOf(cloud: Cloud): Promise<readonly Zone[]> {
  const { AvailabilityZones = [] } = await cloud.client(EC2Client).send(new DescribeAvailabilityZonesCommand({}));
  return AvailabilityZones.map(({ ZoneName = '', ZoneId = '', ZoneType = '', State = '' }) => ({
    name: ZoneName,
    id: ZoneId,
    type: ZoneType,
    state: State,
  }));
}

/** Zones of the deployment's subnets by their letter: they fix the choice. Load balancers and NAT gateways stand in the public ones. */
export async function standingZones(cloud: Cloud): Promise<Readonly<Record<string, string>>> {
  const byLetter: Record<string, string> = {};
  const pages = paginateDescribeSubnets(
    { client: cloud.client(EC2Client) },
    { Filters: ec2TagFilters(cloud.scope, 'subnet') },
  );
  for (const { Tags, AvailabilityZone } of await allPages(pages, ({ Subnets }) => Subnets)) {
    const [side, letter] = ownedBy(cloud.scope, 'subnet', tagsOf(Tags))?.key.split('-') ?? [];
    if (letter === undefined || AvailabilityZone === undefined) continue;
    if (side === 'public' || byLetter[letter] === undefined) byLetter[letter] = AvailabilityZone;
  }
  return byLetter;
}

/** Network of the deployment's VPC in the region; undefined where none stands. */
export async function standingCidr(cloud: Cloud): Promise<string | undefined> {
  const pages = paginateDescribeVpcs(
    { client: cloud.client(EC2Client) },
    { Filters: ec2TagFilters(cloud.scope, 'vpc') },
  );
  const vpcs = await allPages(pages, ({ Vpcs }) => Vpcs);
  return vpcs.find(({ Tags }) => ownedBy(cloud.scope, 'vpc', tagsOf(Tags)) !== undefined)?.CidrBlock;
}
