import { describe, expect, test } from '@jest/globals';
import { type SubnetFound, type SubnetSpec, subnet } from '../../../../lambdas/resources/subnet.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const spec: SubnetSpec = { vpc: 'vpc-1', cidr: '10.0.1.0/24', zone: 'us-east-1a', publicAddresses: false };
const found = (overrides: Partial<SubnetFound> = {}): SubnetFound => ({
  ...spec,
  key: 'public-a',
  id: 'subnet-1',
  available: true,
  ...overrides,
});

describe('specs', () => {
  test.each([
    [
      'the primary region has a public and a private subnet in each of two zones',
      regionConfig(),
      [
        ['public-a', '10.0.1.0/24', 'us-east-1a'],
        ['public-b', '10.0.2.0/24', 'us-east-1b'],
        ['private-a', '10.0.11.0/24', 'us-east-1a'],
        ['private-b', '10.0.12.0/24', 'us-east-1b'],
      ],
    ],
    [
      'the secondary region has them in its own range',
      secondaryConfig(),
      [
        ['public-a', '10.1.1.0/24', 'us-west-2a'],
        ['public-b', '10.1.2.0/24', 'us-west-2b'],
        ['private-a', '10.1.11.0/24', 'us-west-2a'],
        ['private-b', '10.1.12.0/24', 'us-west-2b'],
      ],
    ],
  ])('%s', (_, config, rows) => {
    expect(subnet.specs(config).map((wanted) => [wanted.key, wanted.spec.cidr, wanted.spec.zone])).toEqual(rows);
  });

  test('no subnet gives out public addresses', () => {
    expect(subnet.specs(regionConfig()).every((wanted) => !wanted.spec.publicAddresses)).toBe(true);
  });
});

describe('diff', () => {
  test.each<[string, Partial<SubnetFound>, object[]]>([
    ['sees nothing where nothing differs', {}, []],
    [
      'names public addresses that somebody switched on',
      { publicAddresses: true },
      [{ path: 'publicAddresses', was: true, want: false }],
    ],
    [
      'asks for a replacement where range, zone or VPC differ',
      { vpc: 'vpc-2', cidr: '10.0.3.0/24', zone: 'us-east-1c' },
      [
        { path: 'vpc', was: 'vpc-2', want: 'vpc-1', replace: true },
        { path: 'cidr', was: '10.0.3.0/24', want: '10.0.1.0/24', replace: true },
        { path: 'zone', was: 'us-east-1c', want: 'us-east-1a', replace: true },
      ],
    ],
  ])('%s', (_, overrides, differences) => {
    expect(subnet.diff(spec, found(overrides))).toEqual(differences);
  });
});

test('is ready when it is available', () => {
  expect(subnet.readiness(found(), spec).state).toBe('ready');
  expect(subnet.readiness(found({ available: false }), spec).state).toBe('pending');
  expect(subnet.output(found())).toEqual({ id: 'subnet-1' });
});
