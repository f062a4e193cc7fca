import { describe, expect, test } from '@jest/globals';
import { canonicalJson, digestOf } from '../../../../lambdas/engine/digest.ts';

describe('digest', () => {
  test('does not depend on the order of keys', () => {
    expect(digestOf({ a: 1, b: { c: 2, d: 3 } })).toBe(digestOf({ b: { d: 3, c: 2 }, a: 1 }));
  });
  test('depends on the order of lists', () => {
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });
});
