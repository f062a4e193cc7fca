import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../../../workflow/stages.ts';
import { type Creation, create, neededOf } from '../../../support/changes.ts';
import { tags } from '../../../support/ownership.ts';

/** EC2's shape of the tags. */
const tagged = (ResourceType: string, kind: Kind, key: string) => ({
  TagSpecifications: [{ ResourceType, Tags: tags(kind, key) }],
});

const rows: readonly Creation[] = [
  [
    'vpc',
    'main',
    {
      CreateVpc: () => ({
        Vpc: { VpcId: 'vpc-1', CidrBlock: '10.0.0.0/16', State: 'pending', Tags: tags('vpc', 'main') },
      }),
    },
    { id: 'vpc-1', cidr: '10.0.0.0/16', dnsSupport: true, dnsHostnames: false, available: false },
    ['CreateVpc', { CidrBlock: '10.0.0.0/16', ...tagged('vpc', 'vpc', 'main') }],
  ],
  [
    'subnet',
    'private-b',
    {
      CreateSubnet: () => ({
        Subnet: {
          SubnetId: 'subnet-4',
          VpcId: 'vpc-1',
          CidrBlock: '10.0.12.0/24',
          AvailabilityZone: 'us-east-1b',
          MapPublicIpOnLaunch: false,
          State: 'available',
          Tags: tags('subnet', 'private-b'),
        },
      }),
    },
    {
      key: 'private-b',
      id: 'subnet-4',
      vpc: 'vpc-1',
      cidr: '10.0.12.0/24',
      zone: 'us-east-1b',
      publicAddresses: false,
      available: true,
    },
    [
      'CreateSubnet',
      {
        VpcId: '${vpc/main.id}',
        CidrBlock: '10.0.12.0/24',
        AvailabilityZone: 'us-east-1b',
        ...tagged('subnet', 'subnet', 'private-b'),
      },
    ],
  ],
  [
    'internet-gateway',
    'main',
    {
      CreateInternetGateway: () => ({
        InternetGateway: { InternetGatewayId: 'igw-1', Attachments: [], Tags: tags('internet-gateway', 'main') },
      }),
    },
    { key: 'main', id: 'igw-1' },
    ['CreateInternetGateway', tagged('internet-gateway', 'internet-gateway', 'main')],
  ],
  [
    'elastic-ip',
    'a',
    { AllocateAddress: () => ({ AllocationId: 'eipalloc-1', PublicIp: '192.0.2.1' }) },
    { key: 'a', id: 'eipalloc-1', publicIp: '192.0.2.1' },
    ['AllocateAddress', { Domain: 'vpc', ...tagged('elastic-ip', 'elastic-ip', 'a') }],
  ],
  [
    'nat-gateway',
    'a',
    {
      CreateNatGateway: () => ({
        NatGateway: { NatGatewayId: 'nat-1', SubnetId: 'subnet-1', State: 'pending', Tags: tags('nat-gateway', 'a') },
      }),
    },
    { key: 'a', id: 'nat-1', subnet: 'subnet-1', connectivity: 'public', state: 'pending' },
    [
      'CreateNatGateway',
      {
        SubnetId: '${subnet/public-a.id}',
        AllocationId: '${elastic-ip/a.id}',
        ConnectivityType: 'public',
        ClientToken: 'token-1',
        ...tagged('natgateway', 'nat-gateway', 'a'),
      },
    ],
  ],
  [
    'route-table',
    'public',
    {
      CreateRouteTable: () => ({
        RouteTable: { RouteTableId: 'rtb-1', VpcId: 'vpc-1', Tags: tags('route-table', 'public') },
      }),
    },
    { key: 'public', id: 'rtb-1', vpc: 'vpc-1', routes: {}, associations: {} },
    [
      'CreateRouteTable',
      { VpcId: '${vpc/main.id}', ClientToken: 'token-1', ...tagged('route-table', 'route-table', 'public') },
    ],
  ],
  [
    'nat-route',
    'b',
    {},
    {
      key: 'b',
      id: '${route-table/private-b.id}/0.0.0.0/0',
      routeTable: '${route-table/private-b.id}',
      target: '${nat-gateway/b.id}',
    },
    [
      'CreateRoute',
      {
        RouteTableId: '${route-table/private-b.id}',
        DestinationCidrBlock: '0.0.0.0/0',
        NatGatewayId: '${nat-gateway/b.id}',
      },
    ],
  ],
  [
    'security-group',
    'alb',
    { CreateSecurityGroup: () => ({ GroupId: 'sg-1' }) },
    {
      key: 'alb',
      id: 'sg-1',
      name: 'platform-alb',
      description: 'HTTP and HTTPS from anywhere to the load balancer',
      vpc: '${vpc/main.id}',
      ingress: [],
      egress: [{ protocol: '-1', fromPort: -1, toPort: -1, source: '0.0.0.0/0' }],
    },
    [
      'CreateSecurityGroup',
      {
        GroupName: 'platform-alb',
        Description: 'HTTP and HTTPS from anywhere to the load balancer',
        VpcId: '${vpc/main.id}',
        ...tagged('security-group', 'security-group', 'alb'),
      },
    ],
  ],
  [
    'flow-log',
    'main',
    { CreateFlowLogs: () => ({ FlowLogIds: ['fl-1'], Unsuccessful: [] }) },
    { key: 'main', id: 'fl-1', traffic: 'ALL', ageSeconds: 0 },
    [
      'CreateFlowLogs',
      {
        ResourceType: 'VPC',
        ResourceIds: ['${vpc/main.id}'],
        TrafficType: 'ALL',
        LogDestinationType: 'cloud-watch-logs',
        LogGroupName: '${log-group/flow-logs.id}',
        DeliverLogsPermissionArn: '${role/flow-logs.arn}',
        MaxAggregationInterval: 600,
        ClientToken: 'token-1',
        ...tagged('vpc-flow-log', 'flow-log', 'main'),
      },
    ],
  ],
];

describe('one call makes the whole, tags in it, and its answer shows what still differs', () => {
  test.each(rows)('%s/%s', async (kind, key, answers, found, ...expected) => {
    const made = await create(kind, key, answers);
    expect(made.calls).toEqual(expected);
    expect(made.found).toMatchObject(found);
    expect(Object.keys(made.output)).toEqual(expect.arrayContaining([...neededOf(kind, key)]));
  });
});
