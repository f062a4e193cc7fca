import { describe, expect, test } from '@jest/globals';
import { causeOf, type Ending, pauseBeforeRerun } from '../../../workflow/reruns.ts';

const failed: Ending = { status: 'FAILED', error: 'RegionsFailed', cause: 'us-west-2: no room' };

describe('pauseBeforeRerun', () => {
  test.each<[string, Ending, number, number, number | undefined]>([
    ['a minute before the first', failed, 1, 3, 60],
    ['twice as long before the second', failed, 2, 3, 120],
    ['and again before the third', failed, 3, 3, 240],
    ['none once the limit is used up', failed, 4, 3, undefined],
    ['none where the limit is 0', failed, 1, 0, undefined],
    ['a minute after a time-out', { status: 'TIMED_OUT', error: '', cause: '' }, 1, 3, 60],
    ['none after a person aborted it', { ...failed, status: 'ABORTED' }, 1, 3, undefined],
    ['none for bad input', { ...failed, error: 'InputError' }, 1, 3, undefined],
    ['none for a lock that somebody else holds', { ...failed, error: 'LockedError' }, 1, 3, undefined],
    ['none for a run that a later one replaced', { ...failed, error: 'FencedError' }, 1, 3, undefined],
    ['none for what can’t be changed in place', { ...failed, error: 'UnsupportedChangeError' }, 1, 3, undefined],
    ['none for a destroy that left something', { ...failed, error: 'NotEverythingRemoved' }, 1, 3, undefined],
  ])('%s', (_, ending, count, limit, expected) => {
    expect(pauseBeforeRerun(ending, count, limit)).toBe(expected);
  });
});

describe('causeOf', () => {
  test.each<[string, string, string]>([
    ['ids', 'nat-0123456789abcdef0 failed', 'nat-0fedcba9876543210 failed'],
    ['numbers', 'waited 900 s', 'waited 905 s'],
    [
      'request ids',
      'RequestId: 0a1b2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d Error: Task timed out after 300.00 seconds',
      'RequestId: f9e8d7c6-b5a4-9382-716f-5e4d3c2b1a09 Error: Task timed out after 300.00 seconds',
    ],
  ])('is the same for %s that differ', (_, one, other) => {
    expect(causeOf({ ...failed, cause: one })).toBe(causeOf({ ...failed, cause: other }));
  });

  test.each<[string, Partial<Ending>]>([
    ['status', { status: 'TIMED_OUT' }],
    ['error', { error: 'States.Timeout' }],
    ['text', { cause: 'us-west-2: no address' }],
  ])('differs with the %s', (_, other) => {
    expect(causeOf({ ...failed, ...other })).not.toBe(causeOf(failed));
  });

  test('is short enough for an item of the table', () => {
    expect(causeOf({ ...failed, cause: 'long '.repeat(10_000) }).length).toBeLessThanOrEqual(300);
  });
});
