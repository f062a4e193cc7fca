import { describe, expect, test } from '@jest/globals';
import { standingCidr, standingZones, zonesOf } from '../../../../lambdas/aws/zones.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';
import { tags } from '../../../support/ownership.ts';

const filters = (kind: string) => ({
  Filters: [
    { Name: 'tag:slipway:deployment', Values: ['platform'] },
    { Name: 'tag:slipway:kind', Values: [kind] },
  ],
});

test('the zones of a region, as EC2 shows them', async () => {
  const zone = { ZoneName: 'us-east-1a', ZoneId: 'use1-az1', ZoneType: 'availability-zone', State: 'available' };
  const { cloud } = answeringCloud({ DescribeAvailabilityZones: () => ({ AvailabilityZones: [zone, {}] }) });
  expect(await zonesOf(cloud)).toEqual([
    { name: 'us-east-1a', id: 'use1-az1', type: 'availability-zone', state: 'available' },
    { name: '', id: '', type: '', state: '' },
  ]);
  expect(await zonesOf(answeringCloud({}).cloud)).toEqual([]);
});

describe('the zones in which subnets stand', () => {
  const subnet = (key: string, AvailabilityZone: string | undefined) => ({
    AvailabilityZone,
    Tags: tags('subnet', key),
  });
  test.each([
    ['by their letter', [subnet('public-a', 'a1'), subnet('private-b', 'b1')], { a: 'a1', b: 'b1' }],
    ['those of the public ones first', [subnet('private-a', 'a2'), subnet('public-a', 'a1')], { a: 'a1' }],
    ['whatever the order', [subnet('public-a', 'a1'), subnet('private-a', 'a2')], { a: 'a1' }],
    ['without what EC2 does not tell', [subnet('public-a', undefined)], {}],
    ['without what is not ours', [{ AvailabilityZone: 'a1', Tags: tags('subnet', 'public-a', 'other') }, {}], {}],
  ])('%s', async (_, Subnets, expected) => {
    const { cloud, calls } = answeringCloud({ DescribeSubnets: () => ({ Subnets }) });
    const zones = await standingZones(cloud);
    expect([zones, Object.keys(zones)]).toEqual([expected, Object.keys(expected)]);
    expect(calls).toEqual([['DescribeSubnets', expect.objectContaining(filters('subnet'))]]);
  });
});

describe('the network that stands', () => {
  test.each([
    [
      'is that of our VPC',
      [
        { CidrBlock: '10.9.0.0/16', Tags: tags('vpc', 'main', 'other') },
        { CidrBlock: '10.0.0.0/16', Tags: tags('vpc', 'main') },
      ],
      '10.0.0.0/16',
    ],
    ['is none where there is no VPC of ours', [{ CidrBlock: '10.9.0.0/16' }], undefined],
    ['is none where there is no VPC', undefined, undefined],
  ])('%s', async (_, Vpcs, expected) => {
    const { cloud, calls } = answeringCloud({ DescribeVpcs: () => ({ Vpcs }) });
    expect(await standingCidr(cloud)).toBe(expected);
    expect(calls).toEqual([['DescribeVpcs', expect.objectContaining(filters('vpc'))]]);
  });
});
