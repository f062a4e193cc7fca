import { describe, expect, test } from '@jest/globals';
import { elasticIp, toFound } from '../../../../lambdas/resources/elastic-ip.ts';
import { scope, tags } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

test('there is one address a zone', () => {
  expect(elasticIp.specs(regionConfig())).toEqual([
    { key: 'a', spec: {} },
    { key: 'b', spec: {} },
  ]);
});

test('there is nothing about an address that could differ', () => {
  expect(elasticIp.diff({}, { key: 'a', id: 'eipalloc-1', publicIp: '192.0.2.1' })).toEqual([]);
});

describe('what EC2 shows', () => {
  test.each([
    ['our address is ours', tags('elastic-ip', 'a'), 'a'],
    ["another deployment's is not", tags('elastic-ip', 'a', 'other'), undefined],
    ['an untagged one is not', [], undefined],
  ])('%s', (_, Tags, expected) => {
    const [found] = toFound(scope, { AllocationId: 'eipalloc-1', PublicIp: '192.0.2.1', Tags });
    expect(found?.key).toBe(expected);
  });
});

test('gives allocation and address', () => {
  const found = { key: 'a', id: 'eipalloc-1', publicIp: '192.0.2.1' };
  expect(elasticIp.output(found)).toEqual({ id: 'eipalloc-1', publicIp: '192.0.2.1' });
});
