import { describe, expect, test } from '@jest/globals';
import { remainingSeconds } from '../../../../lambdas/resources/age.ts';

describe('the time that remains', () => {
  test.each([
    ['is all of it in the beginning', 106, 0, 106],
    ['is a whole number', 106, 10.4, 96],
    ['is 5 s at the least', 106, 104, 5],
    ['is 5 s for what is overdue', 106, 1000, 5],
  ])('%s', (_, typical, age, expected) => {
    expect(remainingSeconds(typical, age)).toBe(expected);
  });
});
