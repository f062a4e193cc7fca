import { expect, test } from '@jest/globals';
import { trials } from '../../bench/trials.ts';

const options = { mode: 'kill', every: '4', shard: '1/1', together: '3', repeat: '2' };

test('every fourth of 40 calls, three in one run, is struck once, spread over the runs', () => {
  expect(trials(40, options).map(({ points }) => points)).toEqual([
    [4, 20, 36],
    [8, 24, 40],
    [12, 28],
    [16, 32],
  ]);
});

test('a shard has its part of the points, and --points are taken as they are', () => {
  expect(trials(40, { ...options, shard: '2/5', together: '9' }).map(({ points }) => points)).toEqual([[8, 28]]);
  expect(trials(40, { ...options, points: '7,9' }).map(({ faults }) => faults)).toEqual([[{ do: 'kill', at: [7, 9] }]]);
});

test('what lasts for a whole run is repeated with another seed, and an unknown mode is refused', () => {
  expect(trials(40, { ...options, mode: 'throttle' }).map(({ seed }) => seed)).toEqual([1, 2]);
  expect(() => trials(40, { ...options, mode: 'burn' })).toThrow('--mode is one of kill, drop, fail500, throttle');
});
