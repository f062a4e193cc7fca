import {
  AuthorizeSecurityGroupIngressCommand,
  CreateTagsCommand,
  DeleteFlowLogsCommand,
  DeleteNatGatewayCommand,
  DeleteRouteCommand,
  EC2Client,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import {
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';

import { type Alteration, east, group, idOf, subnet, tableOf, west } from './hands.ts';

export const network: readonly Alteration[] = [
  {
    name: 'a private route deleted',
    region: west,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new DeleteRouteCommand({
          RouteTableId: tableOf(hands, subnet(hands, '10.1.11.0/24')),
          DestinationCidrBlock: '0.0.0.0/0',
        }),
      ),
    planned: ['nat-route/a'],
  },
  {
    name: 'the public route deleted',
    region: west,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new DeleteRouteCommand({
          RouteTableId: tableOf(hands, subnet(hands, '10.1.1.0/24')),
          DestinationCidrBlock: '0.0.0.0/0',
        }),
      ),
    planned: ['route-table/public routes[0.0.0.0/0]'],
  },
  {
    name: 'a NAT gateway removed',
    region: east,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new DeleteNatGatewayCommand({
          NatGatewayId: idOf(hands.seen.natGateways, { SubnetId: subnet(hands, '10.0.2.0/24') }, 'NatGatewayId'),
        }),
      ),
    // Its route leads nowhere then.
    planned: ['nat-gateway/b', 'nat-route/b natGateway'],
  },
  {
    name: 'port 8080 opened to the world',
    region: east,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: group(hands, 'task'),
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
        }),
      ),
    planned: ['security-group/task ingress[tcp 8080 0.0.0.0/0]'],
  },
  {
    name: 'another port opened to the load balancer',
    region: west,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: group(hands, 'task'),
          IpPermissions: [
            { IpProtocol: 'tcp', FromPort: 9000, ToPort: 9000, UserIdGroupPairs: [{ GroupId: group(hands, 'alb') }] },
          ],
        }),
      ),
    planned: ['security-group/task ingress[tcp 9000 sg-…]'],
  },
  {
    name: 'the load balancer’s port 80 closed',
    region: west,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new RevokeSecurityGroupIngressCommand({
          GroupId: group(hands, 'alb'),
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
        }),
      ),
    planned: ['security-group/alb ingress[tcp 80 0.0.0.0/0]'],
  },
  {
    name: 'a private subnet that gives out public addresses',
    region: east,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new ModifySubnetAttributeCommand({
          SubnetId: subnet(hands, '10.0.11.0/24'),
          MapPublicIpOnLaunch: { Value: true },
        }),
      ),
    planned: ['subnet/private-a publicAddresses'],
  },
  {
    name: 'DNS of the VPC off',
    region: west,
    alter: ({ client, seen }) =>
      client(EC2Client).send(
        new ModifyVpcAttributeCommand({ VpcId: seen.vpc.VpcId, EnableDnsSupport: { Value: false } }),
      ),
    planned: ['vpc/main dnsSupport'],
  },
  ...(['alb', 'task'] as const).map(
    (name): Alteration => ({
      name: `the way out of the group ${name} closed`,
      region: east,
      alter: (hands) =>
        hands.client(EC2Client).send(
          new RevokeSecurityGroupEgressCommand({
            GroupId: group(hands, name),
            IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
          }),
        ),
      planned: [`security-group/${name} egress[all 0.0.0.0/0]`],
    }),
  ),
  {
    name: 'a second after which idle connections are cut',
    region: east,
    alter: ({ client, seen }) =>
      client(ElasticLoadBalancingV2Client).send(
        new ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn: seen.loadBalancer.LoadBalancerArn,
          Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '1' }],
        }),
      ),
    planned: ['load-balancer/main attributes[idle_timeout.timeout_seconds]'],
  },
  {
    name: 'DNS hostnames of the VPC off',
    region: east,
    alter: ({ client, seen }) =>
      client(EC2Client).send(
        new ModifyVpcAttributeCommand({ VpcId: seen.vpc.VpcId, EnableDnsHostnames: { Value: false } }),
      ),
    planned: ['vpc/main dnsHostnames'],
  },
  {
    name: 'flow logs stopped',
    region: east,
    alter: ({ client, seen }) =>
      client(EC2Client).send(
        new DeleteFlowLogsCommand({ FlowLogIds: seen.flowLogs.map(({ FlowLogId }) => FlowLogId ?? '') }),
      ),
    planned: ['flow-log/main'],
  },
  {
    name: 'the VPC’s name in the console',
    region: west,
    alter: ({ client, seen }) =>
      client(EC2Client).send(
        new CreateTagsCommand({ Resources: [seen.vpc.VpcId ?? ''], Tags: [{ Key: 'Name', Value: 'the good one' }] }),
      ),
    planned: ['vpc/main tags[Name]'],
  },
];
