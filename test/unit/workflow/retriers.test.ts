import { expect, test } from '@jest/globals';
import { callbackRetriers, type Retrier, standardRetriers, startRetriers } from '../../../workflow/retriers.ts';

test.each<[string, readonly Retrier[], readonly (readonly [string, number, number, number, number])[]]>([
  [
    'a Task that may be repeated',
    standardRetriers,
    [
      ['Lambda.ServiceException', 2, 2, 6, 60],
      ['Lambda.Unknown', 2, 2, 4, 30],
      ['SettlingError', 5, 1.5, 18, 60],
      ['TransientError', 3, 2, 8, 60],
    ],
  ],
  [
    'a Task that waits for an answer',
    callbackRetriers,
    [
      ['Lambda.ServiceException', 2, 2, 6, 60],
      ['TransientError', 3, 2, 8, 60],
    ],
  ],
  ['a Task that starts an execution', startRetriers, [['StepFunctions.ThrottlingException', 2, 2, 6, 60]]],
])('%s is retried with pauses that grow', (_, retriers, expected) => {
  expect(
    retriers.map((each) => [
      each.ErrorEquals[0],
      each.IntervalSeconds,
      each.BackoffRate,
      each.MaxAttempts,
      each.MaxDelaySeconds,
    ]),
  ).toEqual(expected);
  expect(retriers.map(({ JitterStrategy }) => JitterStrategy)).toEqual(expected.map(() => 'FULL'));
});
