import { describe, expect, test } from '@jest/globals';
import { allResources } from '../../../../lambdas/resources/all.ts';
import type { AnyResource } from '../../../../lambdas/resources/resource.ts';
import { type Answers, answeringCloud } from '../../../support/answering-cloud.ts';
import { lowerTags, tags } from '../../../support/ownership.ts';

const obstacles = (kind: 'vpc' | 'load-balancer' | 'cluster', found: object, answers: Answers = {}) => {
  const resource: AnyResource = allResources[kind];
  return resource.obstacles?.(answeringCloud(answers).cloud, found);
};

const attachment = 'arn:aws:ecs:us-east-1:123456789012:attachment/0b1c2d3e';

describe('what keeps a VPC from being removed', () => {
  test('is everything in it that is not ours, with its id and its owner’s tags', async () => {
    const owners = [{ Key: 'team', Value: 'data' }];
    const answers = {
      DescribeNatGateways: () => ({
        NatGateways: [
          { NatGatewayId: 'nat-1', Tags: tags('nat-gateway', 'a') },
          { NatGatewayId: 'nat-2', Tags: owners },
        ],
      }),
      DescribeSubnets: () => ({
        Subnets: [{ SubnetId: 'subnet-1', Tags: tags('subnet', 'public-a') }, { SubnetId: 'subnet-2' }],
      }),
      DescribeRouteTables: () => ({
        RouteTables: [
          { RouteTableId: 'rtb-1', Associations: [{ Main: true }] },
          { RouteTableId: 'rtb-2', Tags: tags('route-table', 'public', 'other') },
        ],
      }),
      DescribeSecurityGroups: () => ({
        SecurityGroups: [
          {
            GroupId: 'sg-1',
            GroupName: 'default',
            IpPermissions: [{ UserIdGroupPairs: [{ GroupId: 'sg-3' }, { GroupId: 'sg-1' }] }],
          },
          { GroupId: 'sg-2', GroupName: 'db', Tags: owners },
          { GroupId: 'sg-3', GroupName: 'platform-task', Tags: tags('security-group', 'task') },
        ],
      }),
      DescribeNetworkAcls: () => ({
        NetworkAcls: [
          { NetworkAclId: 'acl-1', IsDefault: true },
          { NetworkAclId: 'acl-2', Tags: owners },
        ],
      }),
      DescribeInternetGateways: () => ({
        InternetGateways: [
          { InternetGatewayId: 'igw-1', Tags: tags('internet-gateway', 'main') },
          { InternetGatewayId: 'igw-2', Tags: owners },
        ],
      }),
      DescribeEgressOnlyInternetGateways: () => ({
        EgressOnlyInternetGateways: [
          { EgressOnlyInternetGatewayId: 'eigw-1', Attachments: [{ VpcId: 'vpc-1', State: 'attached' }] },
          { EgressOnlyInternetGatewayId: 'eigw-2', Attachments: [{ VpcId: 'vpc-2', State: 'attached' }] },
        ],
      }),
      DescribeVpnGateways: () => ({
        VpnGateways: [
          { VpnGatewayId: 'vgw-1', VpcAttachments: [{ VpcId: 'vpc-1', State: 'attached' }], Tags: owners },
          { VpnGatewayId: 'vgw-2', VpcAttachments: [{ VpcId: 'vpc-1', State: 'detached' }] },
        ],
      }),
      DescribeVpcPeeringConnections: ({ Filters }: Readonly<Record<string, unknown>>) => ({
        VpcPeeringConnections: JSON.stringify(Filters).includes('requester')
          ? [
              { VpcPeeringConnectionId: 'pcx-1', Status: { Code: 'active' }, Tags: owners },
              { VpcPeeringConnectionId: 'pcx-2', Status: { Code: 'deleted' } },
            ]
          : [{ VpcPeeringConnectionId: 'pcx-3', Status: { Code: 'pending-acceptance' } }],
      }),
      DescribeVpcEndpoints: () => ({
        VpcEndpoints: [
          { VpcEndpointId: 'vpce-1', State: 'available', Tags: owners },
          { VpcEndpointId: 'vpce-2', State: 'deleted' },
        ],
      }),
      DescribeNetworkInterfaces: () => ({
        NetworkInterfaces: [
          ...['nat_gateway', 'vpc_endpoint', 'gateway_load_balancer_endpoint'].map((InterfaceType) => ({
            NetworkInterfaceId: 'eni-0',
            InterfaceType,
          })),
          { NetworkInterfaceId: 'eni-1', Description: 'ELB app/platform-alb/0123456789abcdef' },
          { NetworkInterfaceId: 'eni-2', Description: 'ELB app/platform-alb-2/0123456789abcdef' },
          { NetworkInterfaceId: 'eni-3', Description: attachment, Groups: [{ GroupId: 'sg-3' }] },
          { NetworkInterfaceId: 'eni-4', Description: attachment, Groups: [{ GroupId: 'sg-2' }], TagSet: owners },
          { NetworkInterfaceId: 'eni-5', InterfaceType: 'interface', Groups: [{ GroupId: 'sg-3' }] },
        ],
      }),
    };
    expect(await obstacles('vpc', { id: 'vpc-1' }, answers)).toEqual([
      'NAT gateway nat-2 (team=data) is not ours',
      'subnet subnet-2 (without tags) is not ours',
      'route table rtb-2 (Name=other-public, slipway:deployment=other, slipway:kind=route-table, slipway:key=public) is not ours',
      'network ACL acl-2 (team=data) is not ours',
      'internet gateway igw-2 (team=data) is not ours',
      'egress-only internet gateway eigw-1 (without tags) is not ours',
      'VPN gateway vgw-1 (team=data) is not ours',
      'VPC peering connection pcx-1 (team=data) is not ours',
      'VPC peering connection pcx-3 (without tags) is not ours',
      "the VPC's default security group sg-1 has a rule that names sg-3",
      'security group sg-2 (team=data) is not ours',
      'VPC endpoint vpce-1 (team=data) is not ours',
      'network interface "ELB app/platform-alb-2/0123456789abcdef" eni-2 (without tags) is not ours',
      `network interface "${attachment}" eni-4 (team=data) is not ours`,
      'network interface eni-5 (without tags) is not ours',
    ]);
  });

  test('is nothing where everything is ours', async () => {
    expect(await obstacles('vpc', { id: 'vpc-1' })).toEqual([]);
  });
});

test.each([
  ['true', ['its deletion protection is on: switch it off']],
  ['false', []],
])('a load balancer’s deletion protection: %s', async (protection, expected) => {
  const attributes = { 'deletion_protection.enabled': protection };
  expect(await obstacles('load-balancer', { attributes })).toEqual(expected);
});

test('a cluster stays where others run something in it', async () => {
  const owners = [{ key: 'team', value: 'data' }];
  const answers = {
    ListServices: () => ({ serviceArns: ['staging', 'theirs', 'gone'] }),
    DescribeServices: () => ({
      services: [
        { serviceArn: 'arn:staging', status: 'ACTIVE', tags: lowerTags('service', 'staging') },
        { serviceArn: 'arn:theirs', status: 'ACTIVE', tags: owners },
        { serviceArn: 'arn:gone', status: 'INACTIVE' },
      ],
    }),
    ListTasks: () => ({ taskArns: ['one', 'two'] }),
    DescribeTasks: () => ({
      tasks: [
        { taskArn: 'arn:one', group: 'service:staging' },
        { taskArn: 'arn:two', group: 'family:batch' },
      ],
    }),
  };
  expect(await obstacles('cluster', { name: 'platform-cluster' }, answers)).toEqual([
    'service arn:theirs (team=data) is not ours',
    'task arn:two (without tags) is not ours',
  ]);
  expect(await obstacles('cluster', { name: 'platform-cluster' })).toEqual([]);
  expect(await obstacles('cluster', { name: 'platform-cluster', instances: 2 })).toEqual([
    '2 container instances are registered in it: deregister them',
  ]);
});
