import { describe, expect, test } from '@jest/globals';
import {
  type RouteTableFound,
  type RouteTableSpec,
  routeTable,
  toFound,
} from '../../../../lambdas/resources/route-table.ts';
import { scope, tags } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const spec: RouteTableSpec = { vpc: 'vpc-1', routes: { '0.0.0.0/0': 'igw-1' }, subnets: ['subnet-1', 'subnet-2'] };
const found = (overrides: Partial<RouteTableFound> = {}): RouteTableFound => ({
  key: 'public',
  id: 'rtb-1',
  vpc: 'vpc-1',
  routes: { '0.0.0.0/0': 'igw-1' },
  associations: { 'subnet-2': 'rtbassoc-2', 'subnet-1': 'rtbassoc-1' },
  ...overrides,
});

describe('specs', () => {
  const wanted = Object.fromEntries(routeTable.specs(regionConfig()).map(({ key, spec }) => [key, spec]));

  test('there is one public table and a private one a zone', () => {
    expect(Object.keys(wanted)).toEqual(['public', 'private-a', 'private-b']);
  });

  test('the public table leads to the internet gateway, for all public subnets', () => {
    expect(wanted.public).toEqual({
      vpc: '${vpc/main.id}',
      routes: { '0.0.0.0/0': '${internet-gateway/main.id}' },
      subnets: ['${subnet/public-a.id}', '${subnet/public-b.id}'],
    });
  });

  test('a private table has no way out of its own: nat-route adds it once the gateway is available', () => {
    expect(wanted['private-b']).toEqual({ vpc: '${vpc/main.id}', routes: {}, subnets: ['${subnet/private-b.id}'] });
  });
});

describe('diff', () => {
  test.each<[string, Partial<RouteTableFound>, object[]]>([
    ['sees nothing where nothing differs, in whatever order EC2 lists it', {}, []],
    ['names a route that is missing', { routes: {} }, [{ path: 'routes[0.0.0.0/0]', was: undefined, want: 'igw-1' }]],
    [
      'names a route that somebody added',
      { routes: { '0.0.0.0/0': 'igw-1', '192.168.0.0/16': 'igw-2' } },
      [{ path: 'routes[192.168.0.0/16]', was: 'igw-2', want: undefined }],
    ],
    [
      'names a route whose target is gone',
      { routes: { '0.0.0.0/0': 'blackhole' } },
      [{ path: 'routes[0.0.0.0/0]', was: 'blackhole', want: 'igw-1' }],
    ],
    [
      'names the subnets where one was taken away',
      { associations: { 'subnet-1': 'rtbassoc-1' } },
      [{ path: 'subnets', was: ['subnet-1'], want: ['subnet-1', 'subnet-2'] }],
    ],
    [
      'asks for a replacement in another VPC',
      { vpc: 'vpc-2' },
      [{ path: 'vpc', was: 'vpc-2', want: 'vpc-1', replace: true }],
    ],
  ])('%s', (_, overrides, differences) => {
    expect(routeTable.diff(spec, found(overrides))).toEqual(differences);
  });
});

describe('what EC2 shows', () => {
  const seen = (key: string, Routes: object[], Associations: object[] = []) =>
    toFound(scope, { RouteTableId: 'rtb-1', VpcId: 'vpc-1', Routes, Associations, Tags: tags('route-table', key) });

  test.each([
    ["the VPC's own route is not counted", [{ DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' }], {}],
    ["an endpoint's route is not counted", [{ DestinationPrefixListId: 'pl-1', GatewayId: 'vpce-1' }], {}],
    [
      'a route that a VPN propagates is not counted',
      [{ DestinationCidrBlock: '10.8.0.0/16', GatewayId: 'vgw-1', Origin: 'EnableVgwRoutePropagation' }],
      {},
    ],
    [
      'a route to a gateway that is gone is a black hole',
      [{ DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1', State: 'blackhole' }],
      { '0.0.0.0/0': 'blackhole' },
    ],
    [
      'a route for IPv6 counts',
      [{ DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: 'eigw-1' }],
      { '::/0': 'eigw-1' },
    ],
  ])('%s', (_, routes, expected) => {
    expect(seen('public', routes)[0]?.routes).toEqual(expected);
  });

  test.each([
    ['VpcPeeringConnectionId', 'pcx-1'],
    ['TransitGatewayId', 'tgw-1'],
    ['GatewayId', 'vgw-1'],
    ['LocalGatewayId', 'lgw-1'],
    ['CarrierGatewayId', 'cagw-1'],
    ['CoreNetworkArn', 'arn:aws:networkmanager::123456789012:core-network/1'],
  ])('a route to another network (%s) is somebody else’s, unless it takes everything', (member, target) => {
    expect(seen('private-a', [{ DestinationCidrBlock: '192.168.0.0/16', [member]: target }])[0]?.routes).toEqual({});
    const [all] = seen('public', [{ DestinationCidrBlock: '0.0.0.0/0', [member]: target }]);
    expect(Object.keys(all?.routes ?? {})).toEqual(['0.0.0.0/0']);
  });

  test("a private table's default route is nat-route's", () => {
    expect(seen('private-a', [{ DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1' }])[0]?.routes).toEqual({});
  });

  test('an association that is being taken away is gone', () => {
    const association = { SubnetId: 'subnet-1', RouteTableAssociationId: 'rtbassoc-1' };
    const leaving = { ...association, AssociationState: { State: 'disassociating' } };
    expect(seen('public', [], [association])[0]?.associations).toEqual({ 'subnet-1': 'rtbassoc-1' });
    expect(seen('public', [], [leaving])[0]?.associations).toEqual({});
  });

  test("another deployment's table is not ours", () => {
    expect(toFound(scope, { RouteTableId: 'rtb-1', Tags: tags('route-table', 'public', 'other') })).toEqual([]);
  });
});
