import { describe, expect, test } from '@jest/globals';
import { denials } from '../../../workflow/denials.ts';
import { causeOf, type Ending, pauseBeforeRerun, whyNotRerun } from '../../../workflow/reruns.ts';

const failed: Ending = {
  machine: 'provision',
  status: 'FAILED',
  error: 'RegionsFailed',
  cause: 'us-west-2: no room',
  regionErrors: [{ Error: 'QuotaError', Cause: 'no room' }],
  rejected: false,
  newest: true,
};

const failing = (...names: readonly string[]) => names.map((name) => ({ Error: name, Cause: 'why' }));
const notAllowed = (action: string) => ({
  error: 'Lambda.AWSLambdaException',
  cause: `User: arn:aws:sts::1:assumed-role/machine/x is not authorized to perform: ${action} on resource: f because no identity-based policy allows the ${action} action (Service: Lambda, Status Code: 403)`,
});

describe('whyNotRerun', () => {
  test.each<[string, Partial<Ending>]>([
    ['a region that failed', {}],
    ['a time-out', { status: 'TIMED_OUT', error: '', cause: '', regionErrors: [] }],
    [
      'one region that can’t be helped beside one that can',
      { regionErrors: failing('UnsupportedChangeError', 'TransientError') },
    ],
    ['an error outside the regions', { error: 'TransientError', regionErrors: [] }],
  ])('leaves the way open after %s', (_, over) => {
    expect(whyNotRerun({ ...failed, ...over })).toBeUndefined();
  });

  const same = 'the same input would fail again';
  test.each<[string, Partial<Ending>, string]>([
    ['a removal', { machine: 'destroy' }, 'a removal is only ever started by a person'],
    ['an execution that was stopped', { status: 'ABORTED' }, 'somebody stopped it'],
    ['a run with a failed region that people rejected', { rejected: true }, 'it was rejected'],
    ['a run after which something else was asked for', { newest: false }, 'something else was asked for since'],
    ['bad input', { error: 'InputError', regionErrors: [] }, same],
    ['a lock that somebody else holds', { error: 'LockedError', regionErrors: [] }, same],
    ['a run that a later one replaced', { error: 'FencedError', regionErrors: [] }, same],
    ['what can’t be changed in place', { error: 'UnsupportedChangeError', regionErrors: [] }, same],
    ['regions none of which can be helped', { regionErrors: failing('FencedError', 'UnsupportedChangeError') }, same],
    ['what the role of the machine is not allowed', { ...notAllowed('lambda:InvokeFunction'), regionErrors: [] }, same],
    // A step passes these on as they came: some do not even say what is denied.
    ...[...denials, 'Lambda.KMSAccessDeniedException'].map((error): [string, Partial<Ending>, string] => [
      error,
      { error, cause: 'no', regionErrors: [] },
      same,
    ]),
    [
      'the same in a region',
      { regionErrors: [{ Error: 'Lambda.AWSLambdaException', Cause: notAllowed('lambda:InvokeFunction').cause }] },
      same,
    ],
  ])('names the reason after %s', (_, over, reason) => {
    expect(whyNotRerun({ ...failed, ...over })).toBe(reason);
  });
});

test.each<[string, number, number, number, number | undefined]>([
  ['a minute before the first', 1, 1, 3, 60],
  ['twice as long before the second', 2, 2, 3, 120],
  ['and again before the third', 3, 3, 3, 240],
  ['none once the limit of a cause is used up', 4, 4, 3, undefined],
  ['a minute for another cause', 1, 9, 3, 60],
  ['none for the tenth failure, even of a new cause', 1, 10, 3, undefined],
  ['none where the limit is 0', 1, 1, 0, undefined],
])('pauseBeforeRerun: %s', (_, ofThisCause, total, limit, expected) => {
  expect(pauseBeforeRerun({ ofThisCause, total }, limit)).toBe(expected);
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

  test('names status, error and cause', () => {
    expect(causeOf({ ...failed, cause: 'waited 900 s for nat-0123456789abcdef0' })).toBe(
      'FAILED RegionsFailed waited # s for nat-#',
    );
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
