import { describe, expect, test } from '@jest/globals';
import { made, orUnmanaged, ownedBy, tagsOf } from '../../../../lambdas/aws/ownership.ts';
import { scope, tags } from '../../../support/ownership.ts';

test.each([
  ['EC2 and most others', [{ Key: 'a', Value: 'b' }], { a: 'b' }],
  ['ECS', [{ key: 'a', value: 'b' }], { a: 'b' }],
  ['a service that leaves a part out', [{ Key: 'a' }, { value: 'b' }], { a: '', '': 'b' }],
  ['a service that shows none', undefined, {}],
])('tags as %s shows them', (_, list, expected) => {
  expect(tagsOf(list)).toEqual(expected);
});

describe('ours', () => {
  const own = tagsOf(tags('vpc', 'main'));
  test('is what carries deployment, kind and key', () => {
    expect(ownedBy(scope, 'vpc', own)).toEqual({ key: 'main', tags: own });
  });
  test.each(['slipway:deployment', 'slipway:kind', 'slipway:key'])('is nothing with a tag %s that is not', (name) => {
    const { [name]: _, ...without } = own;
    expect(ownedBy(scope, 'vpc', without)).toBeUndefined();
    if (name !== 'slipway:key') expect(ownedBy(scope, 'vpc', { ...own, [name]: 'other' })).toBeUndefined();
  });
  test('is looked for under a name, and what has the name otherwise is told of', () => {
    expect(orUnmanaged([], 'platform-alb')).toEqual([{ key: 'platform-alb', id: 'platform-alb', unmanaged: true }]);
    expect(orUnmanaged(['ours'], 'platform-alb')).toEqual(['ours']);
  });
});

test('a create that answers without what it made is an error', () => {
  expect(() => made([], 'CreateVpc')).toThrow('CreateVpc did not return what it made');
  expect(made(['vpc-1'], 'CreateVpc')).toBe('vpc-1');
});
