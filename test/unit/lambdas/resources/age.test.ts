import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { secondsToLook } from '../../../../lambdas/resources/age.ts';
import { typicalSeconds } from '../../../../workflow/timings.ts';

describe('the next look', () => {
  test.each([
    ['is at four fifths of the typical time', 106, 0, 85],
    ['is then at the typical time', 106, 85, 21],
    ['is a whole number', 106, 10.4, 75],
    ['is in 5 s at the earliest', 106, 104, 5],
    ['is further apart each time', 106, 106, 16],
    ['is in 30 s at the latest at what hangs', 106, 1000, 30],
  ])('%s', (_, typical, age, expected) => {
    expect(secondsToLook(typical, age)).toBe(expected);
  });
});

/** Looks from `from` on until what takes `duration` seconds is ready. */
function looks(typical: number, duration: number, from: number): { readonly count: number; readonly late: number } {
  let [age, count] = [from, 1];
  for (; age < duration; count += 1) age += secondsToLook(typical, age);
  return { count, late: from > duration ? 0 : age - duration };
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
const service = typicalSeconds('taskRunning') + typicalSeconds('targetHealthy') + 2;
/** The loops of a region: how many things each awaits, what they typically take, and how old they are at the first look. */
const loops = [
  { things: 2, typical: typicalSeconds('natAvailable'), from: 15 },
  { things: 2, typical: service, from: 0 },
  { things: 1, typical: service, from: 0 },
];

test('where AWS takes 0.8, 1 or 1.3 of the time, looks are less than 2 s late and at most two a thing', () => {
  const seen = [0.8, 1, 1.3].flatMap((factor) =>
    loops.map(({ typical, from }) => looks(typical, typical * factor, from)),
  );
  expect(mean(seen.map(({ late }) => late))).toBeLessThan(2);
  const things = loops.reduce((sum, each) => sum + each.things, 0);
  expect(seen.reduce((sum, { count }) => sum + count, 0) / (3 * things)).toBeLessThanOrEqual(2);
});

test('whatever it takes: never later than a fifth of it or half a minute, and in few looks', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 200 }), fc.double({ min: 0.1, max: 5, noNaN: true }), (typical, factor) => {
      const { count, late } = looks(typical, typical * factor, 0);
      expect(late).toBeLessThanOrEqual(
        factor < 0.8 ? typical * (0.8 - factor) + 5 : Math.max(typical * factor * 0.25, 6),
      );
      expect(count).toBeLessThan(40);
    }),
  );
});
