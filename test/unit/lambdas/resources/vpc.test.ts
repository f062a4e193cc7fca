import { describe, expect, test } from '@jest/globals';
import { type VpcFound, type VpcSpec, vpc } from '../../../../lambdas/resources/vpc.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const spec: VpcSpec = { cidr: '10.0.0.0/16', dnsSupport: true, dnsHostnames: true };
const found = (overrides: Partial<VpcFound> = {}): VpcFound => ({
  key: 'main',
  id: 'vpc-1',
  cidr: '10.0.0.0/16',
  dnsSupport: true,
  dnsHostnames: true,
  available: true,
  ...overrides,
});

describe('specs', () => {
  test.each([
    ['the primary region has the first network of the diagrams', regionConfig(), '10.0.0.0/16'],
    ['the secondary region has the second', secondaryConfig(), '10.1.0.0/16'],
  ])('%s', (_, config, cidr) => {
    expect(vpc.specs(config)).toEqual([{ key: 'main', spec: { cidr, dnsSupport: true, dnsHostnames: true } }]);
  });
});

describe('diff', () => {
  test.each([
    ['sees nothing where nothing differs', {}, []],
    [
      'asks for a replacement where the range differs',
      { cidr: '10.9.0.0/16' },
      [{ path: 'cidr', was: '10.9.0.0/16', want: '10.0.0.0/16', replace: true }],
    ],
    ['names DNS that was switched off', { dnsSupport: false }, [{ path: 'dnsSupport', was: false, want: true }]],
    [
      'names DNS hostnames that were switched off',
      { dnsHostnames: false },
      [{ path: 'dnsHostnames', was: false, want: true }],
    ],
  ])('%s', (_, overrides, differences) => {
    expect(vpc.diff(spec, found(overrides))).toEqual(differences);
  });
});

describe('readiness', () => {
  test.each([
    ['an available VPC is ready', true, 'ready'],
    ['a VPC that is being created is pending', false, 'pending'],
  ])('%s', (_, available, state) => {
    expect(vpc.readiness(found({ available }), spec).state).toBe(state);
  });
});

test('gives its id', () => {
  expect(vpc.output(found())).toEqual({ id: 'vpc-1' });
});
