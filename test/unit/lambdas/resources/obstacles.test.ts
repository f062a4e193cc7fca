import { describe, expect, test } from '@jest/globals';
import { allResources } from '../../../../lambdas/resources/all.ts';
import type { AnyResource } from '../../../../lambdas/resources/resource.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';
import { tags } from '../../../support/ownership.ts';

const obstacles = (kind: 'vpc' | 'load-balancer', found: object, answers = {}) => {
  const resource: AnyResource = allResources[kind];
  return resource.obstacles?.(answeringCloud(answers).cloud, found);
};

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
          { GroupId: 'sg-1', GroupName: 'default' },
          { GroupId: 'sg-2', GroupName: 'db', Tags: owners },
        ],
      }),
    };
    expect(await obstacles('vpc', { id: 'vpc-1' }, answers)).toEqual([
      'NAT gateway nat-2 (team=data) is not ours',
      'subnet subnet-2 (without tags) is not ours',
      'route table rtb-2 (Name=other-public, slipway:deployment=other, slipway:kind=route-table, slipway:key=public) is not ours',
      'security group sg-2 (team=data) is not ours',
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
