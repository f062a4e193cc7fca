import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { secondsToLook } from '../../../../lambdas/resources/age.ts';
import { type Takes, takes } from '../../../../workflow/timings.ts';

describe('the next look', () => {
  test.each([
    ['is at four fifths of the typical time', 0, 85],
    ['is then at the typical time', 85, 21],
    ['is a whole number', 10.4, 75],
    ['is in 5 s at the earliest', 104, 5],
    ['is then at p90', 106, 17],
    ['is further apart each time', 123, 16],
    ['is in 30 s at the latest at what hangs', 1000, 30],
  ])('%s', (_, age, expected) => {
    expect(secondsToLook({ typical: 106, p90: 123 }, age)).toBe(expected);
  });
});

/** Looks from `from` on until what takes `duration` seconds is ready. */
function looks(expected: Takes, duration: number, from: number): { readonly count: number; readonly late: number } {
  let [age, count] = [from, 1];
  for (; age < duration; count += 1) age += secondsToLook(expected, age);
  return { count, late: from > duration ? 0 : age - duration };
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
const service: Takes = { typical: 68, p90: 79 };
/** The loops of a region: how many things each awaits, what they take, and how old they are at the first look. */
const loops = [
  { things: 2, expected: takes('natAvailable'), from: 15 },
  { things: 2, expected: service, from: 0 },
  { things: 1, expected: service, from: 0 },
];

const looksAt = (durationOf: (expected: Takes) => number) =>
  loops.map(({ expected, from }) => looks(expected, durationOf(expected), from));

const byFactor = [0.8, 1, 1.3].flatMap((factor) => looksAt(({ typical }) => typical * factor));

test('where AWS takes 0.8, 1 or 1.3 of the typical time, there are at most two looks a thing', () => {
  const things = loops.reduce((sum, each) => sum + each.things, 0);
  expect(byFactor.reduce((sum, { count }) => sum + count, 0) / (3 * things)).toBeLessThanOrEqual(2);
});

test('there and at p90, looks are less than 2 s late', () => {
  expect(mean(byFactor.map(({ late }) => late))).toBeLessThan(2);
  expect(mean(looksAt(({ p90 }) => p90).map(({ late }) => late))).toBeLessThan(2);
});

test('whatever it takes: never later than a fifth of it or half a minute, and in few looks', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 200 }), fc.double({ min: 0.1, max: 5, noNaN: true }), (typical, factor) => {
      const { count, late } = looks({ typical, p90: 1.16 * typical }, typical * factor, 0);
      expect(late).toBeLessThanOrEqual(
        factor < 0.8 ? typical * (0.8 - factor) + 5 : Math.max(typical * factor * 0.25, 6),
      );
      expect(count).toBeLessThan(40);
    }),
  );
});
