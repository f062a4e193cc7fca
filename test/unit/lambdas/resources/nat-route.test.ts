import { describe, expect, test } from '@jest/globals';
import { natRoute, toFound } from '../../../../lambdas/resources/nat-route.ts';
import { scope, tags } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

test('each private table leads to the NAT gateway of its own zone', () => {
  expect(natRoute.specs(regionConfig())).toEqual([
    { key: 'a', spec: { routeTable: '${route-table/private-a.id}', natGateway: '${nat-gateway/a.id}' } },
    { key: 'b', spec: { routeTable: '${route-table/private-b.id}', natGateway: '${nat-gateway/b.id}' } },
  ]);
});

describe('diff', () => {
  const spec = { routeTable: 'rtb-1', natGateway: 'nat-1' };
  test.each([
    ['sees nothing where the route leads to its gateway', 'nat-1', []],
    ['names another gateway', 'nat-2', [{ path: 'natGateway', was: 'nat-2', want: 'nat-1' }]],
    ['names a black hole', 'blackhole', [{ path: 'natGateway', was: 'blackhole', want: 'nat-1' }]],
    ['names what somebody else put there', 'igw-1', [{ path: 'natGateway', was: 'igw-1', want: 'nat-1' }]],
  ])('%s', (_, target, differences) => {
    const found = { key: 'a', id: 'rtb-1/0.0.0.0/0', routeTable: 'rtb-1', target };
    expect(natRoute.diff(spec, found)).toEqual(differences);
  });
});

describe('what EC2 shows', () => {
  const seen = (key: string, route: object) =>
    toFound(scope, { RouteTableId: 'rtb-1', Routes: [route], Tags: tags('route-table', key) });
  const route = { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1' };

  test('the default route of a private table of ours is ours', () => {
    expect(seen('private-a', route)).toEqual([
      { key: 'a', id: 'rtb-1/0.0.0.0/0', routeTable: 'rtb-1', target: 'nat-1' },
    ]);
  });

  test.each([
    ["the public table's route is not", 'public', route],
    ['a route to anywhere else is not', 'private-a', { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' }],
  ])('%s', (_, key, other) => {
    expect(seen(key, other)).toEqual([]);
  });

  test('a route whose gateway is gone is a black hole', () => {
    expect(seen('private-a', { ...route, State: 'blackhole' })[0]?.target).toBe('blackhole');
  });
});
