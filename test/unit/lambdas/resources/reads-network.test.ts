import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../../../workflow/stages.ts';
import type { Answers } from '../../../support/answering-cloud.ts';
import { tags } from '../../../support/ownership.ts';
import { read } from '../../../support/reading.ts';

describe('what AWS shows is read in our terms', () => {
  test.each<[Kind, Answers, ...object[]]>([
    [
      'vpc',
      {
        DescribeVpcs: () => ({
          Vpcs: [{ VpcId: 'vpc-1', CidrBlock: '10.0.0.0/16', State: 'available', Tags: tags('vpc', 'main') }],
        }),
        DescribeVpcAttribute: ({ Attribute }) =>
          Attribute === 'enableDnsSupport'
            ? { EnableDnsSupport: { Value: false } }
            : { EnableDnsHostnames: { Value: true } },
      },
      { key: 'main', id: 'vpc-1', cidr: '10.0.0.0/16', dnsSupport: false, dnsHostnames: true, available: true },
    ],
    [
      'subnet',
      {
        DescribeSubnets: () => ({
          Subnets: [
            {
              SubnetId: 'subnet-1',
              VpcId: 'vpc-1',
              CidrBlock: '10.0.1.0/24',
              AvailabilityZone: 'us-east-1a',
              MapPublicIpOnLaunch: true,
              State: 'pending',
              Tags: tags('subnet', 'public-a'),
            },
            { SubnetId: 'subnet-2', Tags: [] },
          ],
        }),
      },
      {
        key: 'public-a',
        id: 'subnet-1',
        vpc: 'vpc-1',
        cidr: '10.0.1.0/24',
        zone: 'us-east-1a',
        publicAddresses: true,
        available: false,
      },
    ],
    [
      'internet-gateway',
      {
        DescribeInternetGateways: () => ({
          InternetGateways: [
            {
              InternetGatewayId: 'igw-1',
              Attachments: [
                { State: 'detached', VpcId: 'vpc-3' },
                { State: 'detaching', VpcId: 'vpc-2' },
                { State: 'available', VpcId: 'vpc-1' },
              ],
              Tags: tags('internet-gateway', 'main'),
            },
          ],
        }),
      },
      { key: 'main', id: 'igw-1', vpc: 'vpc-1' },
    ],
    [
      'internet-gateway',
      {
        DescribeInternetGateways: () => ({
          InternetGateways: [{ InternetGatewayId: 'igw-1', Tags: tags('internet-gateway', 'main') }],
        }),
      },
      { key: 'main', id: 'igw-1' },
    ],
    [
      'elastic-ip',
      {
        DescribeAddresses: () => ({
          Addresses: [{ AllocationId: 'eipalloc-1', PublicIp: '192.0.2.1', Tags: tags('elastic-ip', 'a') }],
        }),
      },
      { key: 'a', id: 'eipalloc-1', publicIp: '192.0.2.1' },
    ],
    [
      'nat-gateway',
      {
        DescribeNatGateways: () => ({
          NatGateways: [
            {
              NatGatewayId: 'nat-1',
              SubnetId: 'subnet-1',
              ConnectivityType: 'private',
              State: 'failed',
              FailureCode: 'Gateway.NotAttached',
              FailureMessage: 'no way out',
              NatGatewayAddresses: [{}, { AllocationId: 'eipalloc-1' }],
              Tags: tags('nat-gateway', 'a'),
            },
            { NatGatewayId: 'nat-2', State: 'deleted', Tags: tags('nat-gateway', 'a') },
            { NatGatewayId: 'nat-3', State: 'deleting', Tags: tags('nat-gateway', 'a') },
          ],
        }),
      },
      {
        key: 'a',
        id: 'nat-1',
        subnet: 'subnet-1',
        connectivity: 'private',
        state: 'failed',
        failure: 'Gateway.NotAttached: no way out',
        address: 'eipalloc-1',
        ageSeconds: 0,
      },
    ],
    [
      'security-group',
      {
        DescribeSecurityGroups: () => ({
          SecurityGroups: [
            {
              GroupId: 'sg-1',
              GroupName: 'platform-alb',
              Description: 'from anywhere',
              VpcId: 'vpc-1',
              IpPermissions: [
                {
                  IpProtocol: 'tcp',
                  FromPort: 80,
                  ToPort: 80,
                  IpRanges: [{ CidrIp: '0.0.0.0/0' }],
                  Ipv6Ranges: [{ CidrIpv6: '::/0' }],
                },
                {
                  IpProtocol: '-1',
                  UserIdGroupPairs: [{ GroupId: 'sg-2' }],
                  PrefixListIds: [{ PrefixListId: 'pl-1' }],
                },
              ],
              IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '10.0.0.0/16' }] }],
              Tags: tags('security-group', 'alb'),
            },
          ],
        }),
      },
      {
        key: 'alb',
        id: 'sg-1',
        name: 'platform-alb',
        description: 'from anywhere',
        vpc: 'vpc-1',
        ingress: [
          { protocol: 'tcp', fromPort: 80, toPort: 80, source: '0.0.0.0/0' },
          { protocol: 'tcp', fromPort: 80, toPort: 80, source: '::/0' },
          { protocol: '-1', fromPort: -1, toPort: -1, source: 'sg-2' },
          { protocol: '-1', fromPort: -1, toPort: -1, source: 'pl-1' },
        ],
        egress: [{ protocol: '-1', fromPort: -1, toPort: -1, source: '10.0.0.0/16' }],
      },
    ],
    [
      'flow-log',
      {
        DescribeFlowLogs: () => ({
          FlowLogs: [
            {
              FlowLogId: 'fl-1',
              ResourceId: 'vpc-1',
              TrafficType: 'REJECT',
              LogGroupName: '/slipway/flow-logs',
              DeliverLogsPermissionArn: 'arn:role',
              DeliverLogsStatus: 'FAILED',
              DeliverLogsErrorMessage: 'Access error',
              MaxAggregationInterval: 60,
              Tags: tags('flow-log', 'main'),
            },
          ],
        }),
      },
      {
        key: 'main',
        id: 'fl-1',
        vpc: 'vpc-1',
        traffic: 'REJECT',
        logGroup: '/slipway/flow-logs',
        role: 'arn:role',
        aggregationSeconds: 60,
        ageSeconds: 0,
        deliveryError: 'Access error',
      },
    ],
  ])('%s %#', async (kind, answers, ...expected) => {
    expect((await read(kind, answers)).found).toStrictEqual(expected);
  });
});
