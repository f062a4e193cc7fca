import {
  DescribeVpnGatewaysCommand,
  EC2Client,
  type NetworkInterface,
  paginateDescribeEgressOnlyInternetGateways,
  paginateDescribeInternetGateways,
  paginateDescribeNatGateways,
  paginateDescribeNetworkAcls,
  paginateDescribeNetworkInterfaces,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  paginateDescribeVpcEndpoints,
  paginateDescribeVpcPeeringConnections,
  type SecurityGroup,
  type Tag,
} from '@aws-sdk/client-ec2';
import { loadBalancerName } from '../../workflow/names.ts';
import type { Kind } from '../../workflow/stages.ts';
import type { Cloud } from '../aws/cloud.ts';
import { ownedBy, shownTags, tagsOf } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';

/** What stands in a VPC of ours and is not ours, in words: EC2 removes no VPC while it is there. */
export async function obstaclesIn(cloud: Cloud, vpc: string): Promise<readonly string[]> {
  const client = cloud.client(EC2Client);
  const Filters = [{ Name: 'vpc-id', Values: [vpc] }];
  const alive = [...Filters, { Name: 'state', Values: ['pending', 'available'] }];
  const attached = { Filters: [{ Name: 'attachment.vpc-id', Values: [vpc] }] };
  const peerings = (side: 'requester' | 'accepter') =>
    allPages(
      paginateDescribeVpcPeeringConnections(
        { client },
        { Filters: [{ Name: `${side}-vpc-info.vpc-id`, Values: [vpc] }] },
      ),
      ({ VpcPeeringConnections }) => VpcPeeringConnections,
    );
  const [nats, gateways, egress, vpns, asked, accepted, acls, subnets, tables, groups, endpoints, interfaces] =
    await Promise.all([
      allPages(paginateDescribeNatGateways({ client }, { Filter: alive }), ({ NatGateways }) => NatGateways),
      allPages(paginateDescribeInternetGateways({ client }, attached), ({ InternetGateways }) => InternetGateways),
      // It knows no filter by VPC.
      allPages(paginateDescribeEgressOnlyInternetGateways({ client }, {}), (page) => page.EgressOnlyInternetGateways),
      client.send(new DescribeVpnGatewaysCommand(attached)),
      peerings('requester'),
      peerings('accepter'),
      allPages(paginateDescribeNetworkAcls({ client }, { Filters }), ({ NetworkAcls }) => NetworkAcls),
      allPages(paginateDescribeSubnets({ client }, { Filters }), ({ Subnets }) => Subnets),
      allPages(paginateDescribeRouteTables({ client }, { Filters }), ({ RouteTables }) => RouteTables),
      allPages(paginateDescribeSecurityGroups({ client }, { Filters }), ({ SecurityGroups }) => SecurityGroups),
      allPages(paginateDescribeVpcEndpoints({ client }, { Filters }), ({ VpcEndpoints }) => VpcEndpoints),
      allPages(
        paginateDescribeNetworkInterfaces({ client }, { Filters }),
        ({ NetworkInterfaces }) => NetworkInterfaces,
      ),
    ]);
  const found: string[] = [];
  const noteUnlessOurs = (
    what: string,
    kind: Kind | undefined,
    id: string | undefined,
    Tags: readonly Tag[] | undefined,
  ): void => {
    const tags = tagsOf(Tags);
    if (id === undefined || (kind !== undefined && ownedBy(cloud.scope, kind, tags) !== undefined)) return;
    found.push(`${what} ${id} (${shownTags(tags)}) is not ours`);
  };
  for (const { NatGatewayId, Tags } of nats) noteUnlessOurs('NAT gateway', 'nat-gateway', NatGatewayId, Tags);
  for (const { SubnetId, Tags } of subnets) noteUnlessOurs('subnet', 'subnet', SubnetId, Tags);
  // The main one goes with its VPC.
  for (const { RouteTableId, Associations = [], Tags } of tables)
    if (!Associations.some(({ Main }) => Main)) noteUnlessOurs('route table', 'route-table', RouteTableId, Tags);
  for (const { NetworkAclId, IsDefault, Tags } of acls)
    if (IsDefault !== true) noteUnlessOurs('network ACL', undefined, NetworkAclId, Tags);
  for (const { InternetGatewayId, Tags } of gateways)
    noteUnlessOurs('internet gateway', 'internet-gateway', InternetGatewayId, Tags);
  const isHere = ({ VpcId, State }: { readonly VpcId?: string | undefined; readonly State?: string | undefined }) =>
    VpcId === vpc && !/^detach/.test(State ?? '');
  for (const { EgressOnlyInternetGatewayId, Attachments = [], Tags } of egress)
    if (Attachments.some(isHere))
      noteUnlessOurs('egress-only internet gateway', undefined, EgressOnlyInternetGatewayId, Tags);
  for (const { VpnGatewayId, VpcAttachments = [], Tags } of vpns.VpnGateways ?? [])
    if (VpcAttachments.some(isHere)) noteUnlessOurs('VPN gateway', undefined, VpnGatewayId, Tags);
  for (const { VpcPeeringConnectionId, Status, Tags } of [...asked, ...accepted])
    if (!/^(delet|reject|expired|failed)/.test(Status?.Code ?? ''))
      noteUnlessOurs('VPC peering connection', undefined, VpcPeeringConnectionId, Tags);
  // So does the default group, unless it is others' and names ours in a rule.
  const ours = new Set(
    groups
      .filter(({ Tags }) => ownedBy(cloud.scope, 'security-group', tagsOf(Tags)) !== undefined)
      .map(({ GroupId = '' }) => GroupId),
  );
  for (const group of groups) {
    if (group.GroupName !== 'default') noteUnlessOurs('security group', 'security-group', group.GroupId, group.Tags);
    else
      for (const named of namedIn(group).filter((id) => ours.has(id)))
        found.push(`the VPC's default security group ${group.GroupId} has a rule that names ${named}`);
  }
  for (const { VpcEndpointId, State, Tags } of endpoints)
    if (!/^delet/i.test(State ?? '')) noteUnlessOurs('VPC endpoint', undefined, VpcEndpointId, Tags);
  for (const each of interfaces)
    if (!isKnown(each, loadBalancerName(cloud.scope), ours))
      noteUnlessOurs(
        `network interface${each.Description ? ` "${each.Description}"` : ''}`,
        undefined,
        each.NetworkInterfaceId,
        each.TagSet,
      );
  return found;
}

/** The groups that a group's rules name. */
const namedIn = ({ IpPermissions = [], IpPermissionsEgress = [] }: SecurityGroup): readonly string[] => [
  ...new Set(
    [...IpPermissions, ...IpPermissionsEgress].flatMap(({ UserIdGroupPairs = [] }) =>
      UserIdGroupPairs.flatMap(({ GroupId }) => GroupId ?? []),
    ),
  ),
];

/**
 * Interfaces of ours, which go with what they belong to, and those of gateways and endpoints, which are listed themselves.
 * What ECS and ELB write into a description: "Requester-managed network interfaces" (EC2), "Fargate task networking" (ECS).
 */
function isKnown(
  { InterfaceType, Description = '', Groups = [] }: NetworkInterface,
  balancer: string,
  ours: ReadonlySet<string>,
): boolean {
  if (['nat_gateway', 'vpc_endpoint', 'gateway_load_balancer_endpoint'].includes(InterfaceType ?? '')) return true;
  if (Description.startsWith(`ELB app/${balancer}/`)) return true;
  const isTask = /^arn:[^:]+:ecs:[^:]+:[^:]+:attachment\//.test(Description);
  return isTask && Groups.some(({ GroupId = '' }) => ours.has(GroupId));
}
