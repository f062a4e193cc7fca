import { describe, expect, test } from '@jest/globals';
import {
  type NatGatewayFound,
  type NatGatewaySpec,
  natGateway,
  toFound,
} from '../../../../lambdas/resources/nat-gateway.ts';
import { scope, tags } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const spec: NatGatewaySpec = { subnet: 'subnet-1', address: 'eipalloc-1', connectivity: 'public' };
const found = (overrides: Partial<NatGatewayFound> = {}): NatGatewayFound => ({
  ...spec,
  key: 'a',
  id: 'nat-1',
  state: 'available',
  ageSeconds: 0,
  ...overrides,
});

test('each zone has one in its public subnet, on its own address', () => {
  expect(natGateway.specs(regionConfig()).map(({ key, spec: { subnet, address } }) => [key, subnet, address])).toEqual([
    ['a', '${subnet/public-a.id}', '${elastic-ip/a.id}'],
    ['b', '${subnet/public-b.id}', '${elastic-ip/b.id}'],
  ]);
});

describe('readiness', () => {
  test.each<[string, Partial<NatGatewayFound>, object]>([
    ['an available gateway is ready', { state: 'available' }, { state: 'ready' }],
    ['a new one takes 85 s at the least', { state: 'pending' }, { state: 'pending', nextCheckSeconds: 85 }],
    ['its age counts', { state: 'pending', ageSeconds: 66.4 }, { state: 'pending', nextCheckSeconds: 19 }],
    [
      'an overdue one is looked at more and more seldom',
      { state: 'pending', ageSeconds: 300 },
      { nextCheckSeconds: 27 },
    ],
    [
      "a failed one says EC2's reason",
      { state: 'failed', failure: 'Gateway.NotAttached: no gateway' },
      { state: 'failed', reason: 'the NAT gateway failed: Gateway.NotAttached: no gateway' },
    ],
  ])('%s', (_, overrides, expected) => {
    expect(natGateway.readiness(found(overrides), spec)).toMatchObject(expected);
  });
});

describe('diff', () => {
  const { address: _address, ...withoutAddress } = found();
  test.each<[string, NatGatewayFound, string[]]>([
    ['sees nothing where nothing differs', found(), []],
    ['says nothing of an address that EC2 does not show yet', withoutAddress, []],
    [
      'asks for a replacement where anything differs',
      found({ subnet: 'subnet-2', address: 'eipalloc-2', connectivity: 'private' }),
      ['subnet', 'address', 'connectivity'],
    ],
  ])('%s', (_, seen, paths) => {
    const differences = natGateway.diff(spec, seen);
    expect(differences.map(({ path }) => path)).toEqual(paths);
    expect(differences.every(({ replace }) => replace)).toBe(true);
  });
});

describe('what EC2 shows', () => {
  const seen = (State: 'pending' | 'available' | 'deleting' | 'deleted' | 'failed', more: object = {}) =>
    toFound(scope, { NatGatewayId: 'nat-1', SubnetId: 'subnet-1', State, Tags: tags('nat-gateway', 'a'), ...more });

  test.each([
    ['treats a deleted gateway as absent', 'deleted', 0],
    ['treats a gateway that is being deleted as absent', 'deleting', 0],
    ['keeps a failed gateway: it still stands and holds its address', 'failed', 1],
    ['keeps a pending gateway', 'pending', 1],
  ] as const)('%s', (_, state, count) => {
    expect(seen(state)).toHaveLength(count);
  });

  test('counts its age from its creation', () => {
    const [gateway] = seen('pending', { CreateTime: new Date(Date.now() - 60_000) });
    expect(Math.round(gateway?.ageSeconds ?? 0)).toBe(60);
  });

  test('joins code and message of a failure', () => {
    const [gateway] = seen('failed', { FailureCode: 'InternalError', FailureMessage: 'try again' });
    expect(gateway?.failure).toBe('InternalError: try again');
  });
});
