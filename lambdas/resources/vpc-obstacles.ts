import {
  EC2Client,
  paginateDescribeNatGateways,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  type Tag,
} from '@aws-sdk/client-ec2';
import type { Kind } from '../../workflow/stages.ts';
import type { Cloud } from '../aws/cloud.ts';
import { ownedBy, tagsOf } from '../aws/ownership.ts';

/** What stands in a VPC of ours and is not ours, in words: EC2 removes no VPC while it is there. */
export async function obstaclesIn(cloud: Cloud, vpc: string): Promise<readonly string[]> {
  const client = cloud.client(EC2Client);
  const filter = [{ Name: 'vpc-id', Values: [vpc] }];
  const found: string[] = [];
  const look = (what: string, kind: Kind, id: string | undefined, Tags: readonly Tag[] | undefined): void => {
    const tags = tagsOf(Tags);
    if (id === undefined || ownedBy(cloud.scope, kind, tags) !== undefined) return;
    const shown = Object.entries(tags).map(([name, value]) => `${name}=${value}`);
    found.push(`${what} ${id} (${shown.length === 0 ? 'without tags' : shown.join(', ')}) is not ours`);
  };
  const alive = [...filter, { Name: 'state', Values: ['pending', 'available'] }];
  for await (const { NatGateways = [] } of paginateDescribeNatGateways({ client }, { Filter: alive }))
    for (const { NatGatewayId, Tags } of NatGateways) look('NAT gateway', 'nat-gateway', NatGatewayId, Tags);
  for await (const { Subnets = [] } of paginateDescribeSubnets({ client }, { Filters: filter }))
    for (const { SubnetId, Tags } of Subnets) look('subnet', 'subnet', SubnetId, Tags);
  // The main one goes with its VPC.
  for await (const { RouteTables = [] } of paginateDescribeRouteTables({ client }, { Filters: filter }))
    for (const { RouteTableId, Associations = [], Tags } of RouteTables)
      if (!Associations.some(({ Main }) => Main)) look('route table', 'route-table', RouteTableId, Tags);
  // So does the default one.
  for await (const { SecurityGroups = [] } of paginateDescribeSecurityGroups({ client }, { Filters: filter }))
    for (const { GroupId, GroupName, Tags } of SecurityGroups)
      if (GroupName !== 'default') look('security group', 'security-group', GroupId, Tags);
  return found;
}
