import { describe, expect, test } from '@jest/globals';
import { referencesIn, resolve } from '../../../../lambdas/engine/resolve.ts';
import { ref } from '../../../../lambdas/resources/resource.ts';

describe('resolve', () => {
  const outputs = { vpc: { main: { id: 'vpc-1' } }, role: { execution: { id: 'r', arn: 'arn:r' } } };
  test.each([
    ['a reference', ref('vpc', 'main'), 'vpc-1'],
    ['an attribute', ref('role', 'execution', 'arn'), 'arn:r'],
    ['a reference inside text', `a/${ref('vpc', 'main')}/b`, 'a/vpc-1/b'],
    ['nested values', { list: [{ vpc: ref('vpc', 'main') }], n: 1 }, { list: [{ vpc: 'vpc-1' }], n: 1 }],
    [
      'text of people’s own stays',
      '${HOME} ${vpc-1/main.id} ${path/old.new}',
      '${HOME} ${vpc-1/main.id} ${path/old.new}',
    ],
    ['what does not exist yet stays', ref('subnet', 'public-a'), '${subnet/public-a.id}'],
  ])('%s', (_, spec, expected) => {
    expect(resolve(spec, outputs)).toEqual(expected);
  });

  test('referencesIn names every reference', () => {
    expect(referencesIn({ a: ref('vpc', 'main'), b: [`x${ref('subnet', 'public-a', 'arn')}`] })).toEqual([
      'vpc/main',
      'subnet/public-a',
    ]);
  });
});
