import { afterEach, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/events/execution-ended.ts';
import { context, type HandlerCloud, handlerCloud, reachedItem } from '../../../support/handler-cloud.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-provision:run';
const deployment = 'DEPLOYMENT#platform';
const startedAt = '2026-01-01T00:00:00.000Z';
/** What the execution asked for, of which the table knows. */
const asked = { pk: deployment, sk: 'ASKED', execution: arn, startedAt, digest: 'd1' };
const lock = { pk: deployment, sk: 'LOCK', holder: arn, fence: 4 };
const approved = { pk: deployment, sk: 'APPROVED#d1', closesAt: '2099-01-01T00:00:00.000Z', decision: {} };
const question = [
  { pk: `QUESTIONS#${arn}`, sk: 'd2', id: 'q' },
  { pk: 'APPROVAL#q', sk: 'REQUEST', question: 'Change platform?' },
  { pk: deployment, sk: 'APPROVED#d2', closesAt: '2099-01-01T00:00:00.000Z', decision: {} },
];

let cloud: HandlerCloud;
afterEach(() => cloud?.close());

const ended = (
  detail: object = {},
  items: readonly Record<string, unknown>[] = [asked, lock],
  { answers = {}, limit = '3' }: { answers?: Record<string, () => object>; limit?: string } = {},
) => {
  cloud = handlerCloud({ items, answers, environment: { MAX_RERUNS: limit } });
  const event = {
    detail: {
      executionArn: arn,
      startDate: Date.parse(startedAt),
      status: 'FAILED',
      input: '{"deployment":"platform","zoneCount":3}',
      error: 'TransientError',
      cause: '{"errorType":"QuotaError","errorMessage":"no room"}',
      ...detail,
    },
  };
  return handler(event as never, context);
};
const told = () => cloud.items().find(({ sk }) => String(sk).startsWith('EVENT#'))?.detail;
const regions = [regionConfig(), secondaryConfig()].map(reachedItem);

test('a failed run is started again with its own input, under a name that its ARN decides', async () => {
  expect(await ended()).toEqual({
    again: true,
    afterSeconds: 60,
    stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:slipway-provision',
    name: 'rerun-5a5aaefee57eab9b0cb6d0a117492ba1',
    input: { deployment: 'platform', zoneCount: 3 },
    deployment: 'platform',
    execution: { arn, startedAt },
  });
  expect(told()).toBe(
    'The execution ended as FAILED (QuotaError). What exists is kept. It is started again automatically in 60 s.',
  );
  expect(cloud.item(deployment, 'LOCK')).toEqual({ pk: deployment, sk: 'LOCK', fence: 4 });
  expect(cloud.mails().map(({ TopicArn, Subject }) => [TopicArn, Subject])).toEqual([
    ['arn:aws:sns:us-east-1:123456789012:slipway-progress', '[Slipway] platform: Execution failed'],
  ]);
});

test.each(['RUNNING', 'PENDING_REDRIVE'])(
  'one that was redriven since (%s) keeps its lock and its question',
  async (status) => {
    const answers = { DescribeExecution: () => ({ status }) };
    const items = [asked, lock, approved, ...question];
    expect(await ended({ status: 'ABORTED' }, items, { answers })).toEqual({ again: false });
    expect([cloud.items(), cloud.mails()]).toEqual([items, []]);
  },
);

const reported = (report: object) => ({
  pk: `EXECUTION#${arn}`,
  sk: 'REPORT',
  report: { deployment: 'platform', execution: 'run', outcome: 'failed', timeline: [], ...report },
});
const inRegion = { region: 'us-east-1', status: 'failed', urls: {}, outputs: {} };
const failedIn = (...errors: string[]) =>
  reported({
    regions: [
      { ...inRegion, status: 'succeeded' },
      ...errors.map((name) => ({ ...inRegion, error: { Error: name, Cause: '' } })),
    ],
  });
const rejected = { decision: { decision: 'rejected', by: 'ann', at: startedAt }, regions: [] };
const later = { ...asked, execution: `${arn}-2`, startedAt: '2026-01-01T00:00:01.000Z' };

test.each<[string, object, readonly Record<string, unknown>[], string]>([
  ['people said no', {}, [reported(rejected)], 'it was rejected'],
  ['people said no, and there is no report', {}, [{ ...asked, refused: true }], 'it was rejected'],
  ['something else was asked for', {}, [later], 'something else was asked for since'],
  ['it was stopped', { status: 'ABORTED', error: null, cause: null }, [asked], 'somebody stopped it'],
  ['its input was refused', { error: 'InputError', cause: 'no' }, [asked], 'the same input would fail again'],
  ['no region can be helped', {}, [asked, failedIn('FencedError', 'InputError')], 'the same input would fail again'],
  [
    'it took things down',
    { executionArn: arn.replace('provision', 'destroy') },
    [],
    'a removal is only ever started by a person',
  ],
])('a run is not started again where %s, and nothing is counted', async (_, detail, items, why) => {
  expect(await ended(detail, items)).toEqual({ again: false });
  expect(told()).toMatch(new RegExp(`What exists is kept\\. It is not started again automatically: ${why}\\.$`));
  expect(cloud.item(deployment, 'RERUNS')).toBeUndefined();
  expect(cloud.sent('Publish')).toHaveLength(1);
});

test('one region that can be helped is reason enough, and the report’s regions go before the run’s own error', async () => {
  const result = await ended({ error: 'InputError', cause: 'x' }, [asked, failedIn('FencedError', 'QuotaError')]);
  expect(result).toMatchObject({ again: true });
});

test('a run that was approved and failed is started again', async () => {
  const approval = { decision: { decision: 'approved', by: 'ann', at: startedAt }, regions: [] };
  expect(await ended({}, [asked, reported(approval)])).toMatchObject({ again: true });
});

test('a run that ended without an error is told by its status alone', async () => {
  await ended({ status: 'TIMED_OUT', error: null, cause: null });
  expect(told()).toBe(
    'The execution ended as TIMED_OUT. What exists is kept. It is started again automatically in 60 s.',
  );
});

test.each([
  [
    'a failure keeps what people approved and closes what they did not answer',
    'FAILED',
    ['APPROVED#d1', 'APPROVED#d2'],
  ],
  ['an abort voids both: the link decides nothing any more', 'ABORTED', []],
])('%s', async (_, status, kept) => {
  await ended({ status }, [asked, lock, approved, ...question]);
  expect(cloud.item('APPROVAL#q', 'REQUEST')).toEqual({
    pk: 'APPROVAL#q',
    sk: 'REQUEST',
    question: 'Change platform?',
    endedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
  const left = cloud.items().flatMap(({ sk }) => (String(sk).startsWith('APPROVED#') ? [sk] : []));
  expect(left).toEqual(kept);
});

test('another run’s lock stays its own', async () => {
  await ended({}, [asked, { ...lock, holder: `${arn}-2` }]);
  expect(cloud.item(deployment, 'LOCK')).toEqual({ ...lock, holder: `${arn}-2` });
});

test.each([[undefined], [null]])('an input that the event leaves out (%s) is asked for', async (input) => {
  const answers = { DescribeExecution: () => ({ input: '{"deployment":"shop"}' }) };
  expect(await ended({ input }, [], { answers })).toMatchObject({
    again: true,
    deployment: 'shop',
    input: { deployment: 'shop' },
  });
  expect(cloud.sent('DescribeExecution').map(({ input: request, region }) => [request, region])).toEqual(
    // The first asks whether it has ended.
    [1, 2].map(() => [{ executionArn: arn }, 'us-east-1']),
  );
});

test('an input that nobody knows is never taken for an empty one', async () => {
  await expect(ended({ input: null })).rejects.toThrow(`Step Functions returned no input for ${arn}`);
  expect(cloud.items()).toEqual([asked, lock]);
});

test.each([
  ['null', 'null'],
  ['a bad name', '{"deployment":"No Name"}'],
])(
  'an input of %s is nobody’s: it is told, and no deployment’s lock, question or count is touched',
  async (_, input) => {
    expect(await ended({ input, error: 'InputError', cause: 'no' })).toEqual({ again: false });
    const [event] = cloud.items().filter(({ sk }) => String(sk).startsWith('EVENT#'));
    expect(event?.deployment).toBeUndefined();
    expect(event?.detail).toBe(
      'The execution ended as FAILED (InputError). Nothing was changed. It is not started again automatically: its input names no deployment.',
    );
    expect(cloud.items().filter((item) => item !== event)).toEqual([asked, lock]);
  },
);

const counted = (counts: Record<string, number>) => ({ pk: deployment, sk: 'RERUNS', counts });
/** SHA-256 of `FAILED QuotaError no room`. */
const thisCause = 'd806f11a9df0e490';

test.each<[string, Record<string, number>, number]>([
  ['its cause has failed too often', { [thisCause]: 3 }, 4],
  ['all causes together have', { a: 3, b: 3, c: 3 }, 10],
])('the platform’s alarms topic hears when %s', async (_, counts, times) => {
  expect(await ended({}, [asked, ...regions.toReversed(), counted(counts)])).toEqual({ again: false });
  expect(told()).toBe(
    'The execution ended as FAILED (QuotaError). What exists is kept. It is not started again automatically: it has failed too often.',
  );
  const [, alarm] = cloud.sent('Publish');
  expect(alarm).toEqual({
    operation: 'Publish',
    region: 'us-east-1',
    input: {
      TopicArn: 'arn:aws:sns:us-east-1:123456789012:platform-alarms',
      Subject: `[Slipway] platform: failed ${times} times in a row`,
      Message: `QuotaError: no room\n\nIt is not started again automatically. Find the cause, then start it again.\nhttps://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${arn}`,
      MessageAttributes: {},
    },
  });
});

test.each<[string, readonly Record<string, unknown>[], string]>([
  ['no region was ever reached', [], '3'],
  ['runs are never started again by themselves', regions, '0'],
])('nobody is alarmed where %s', async (_, items, limit) => {
  await ended({}, [asked, ...items, counted({ [thisCause]: 3 })], { limit });
  expect(cloud.sent('Publish')).toHaveLength(1);
});

test('an alarms topic that does not stand yet ends nothing', async () => {
  const answers = {
    Publish: () => {
      throw new Error('no such topic');
    },
  };
  const result = await ended({}, [asked, ...regions, counted({ [thisCause]: 3 })], { answers });
  expect(result).toEqual({ again: false });
  expect(cloud.logged).toEqual(['event-not-delivered', 'alarm-not-delivered']);
});
