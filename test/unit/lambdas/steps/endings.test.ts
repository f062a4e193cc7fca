import { afterEach, describe, expect, test } from '@jest/globals';
import { handler as reportFailure } from '../../../../lambdas/steps/report-failure.ts';
import { handler as summarise } from '../../../../lambdas/steps/summarise.ts';
import { context, type HandlerCloud, handlerCloud } from '../../../support/handler-cloud.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-provision:run';
const execution = { arn, name: 'run', startedAt: '2026-01-01T00:00:00.000Z' };
const own = 'DEPLOYMENT#platform';
const lock = { pk: own, sk: 'LOCK', holder: arn, fence: 4 };
const asked = { pk: own, sk: 'ASKED', execution: arn, startedAt: execution.startedAt };
const approval = { pk: own, sk: 'APPROVED#d1', closesAt: '2099-01-01T00:00:00.000Z', decision: {} };
const failures = { pk: own, sk: 'RERUNS', counts: { a: 2 } };
const started = {
  pk: `EXECUTION#${arn}`,
  sk: 'EVENT#2026-01-01T00:00:01.000Z##plan#started',
  execution: 'run',
  stage: 'plan',
  status: 'started',
  at: '2026-01-01T00:00:01.000Z',
};
const everything = [lock, asked, approval, failures, started];

let cloud: HandlerCloud;
afterEach(() => cloud?.close());

const reportItem = () => cloud.item(`EXECUTION#${arn}`, 'REPORT')?.report;
/** Of what stood before, what is still there. */
const left = () => everything.filter(({ pk, sk }) => cloud.item(pk, sk) !== undefined).map(({ sk }) => sk.slice(0, 8));
const told = (status: string) =>
  cloud.items().flatMap(({ sk, ...item }) => (String(sk).startsWith('EVENT#') && item.status === status ? [item] : []));

describe('a failure', () => {
  const cause = JSON.stringify({ errorType: 'QuotaError', errorMessage: 'no room' });
  const error = { Error: 'States.TaskFailed', Cause: cause };

  test('of the run is told, kept as its report, and ends its lock', async () => {
    cloud = handlerCloud({ items: everything });
    const failure = { execution, input: { deployment: 'platform' }, stage: 'plan' as const, error };
    expect(await reportFailure(failure, context)).toEqual({ error: { Error: 'QuotaError', Cause: 'no room' } });
    expect(reportItem()).toEqual({
      deployment: 'platform',
      execution: 'run',
      outcome: 'failed',
      error: { Error: 'QuotaError', Cause: 'no room' },
      regions: [],
      timeline: [{ stage: 'plan', startedAt: '2026-01-01T00:00:01.000Z' }],
    });
    expect(cloud.item(own, 'LOCK')).toEqual({ pk: own, sk: 'LOCK', fence: 4 });
    // What people approved covers the next run.
    expect(left()).toEqual(['LOCK', 'ASKED', 'APPROVED', 'RERUNS', 'EVENT#20']);
    const [event] = told('failed');
    expect(event).toMatchObject({
      deployment: 'platform',
      execution: 'run',
      stage: 'plan',
      detail: 'QuotaError: no room\n\nWhat exists is kept. Start again with the same input to continue from there.',
    });
    expect(Object.keys(event ?? {})).not.toContain('region');
  });

  test('of a region is told with its region and stage, and ends neither the run nor its lock', async () => {
    cloud = handlerCloud({ items: everything });
    const failure = {
      ...{ deployment: 'platform', execution, fence: 4, outputs: {}, config: secondaryConfig() },
      ...{ stage: 'await-network' as const, error },
    };
    expect(await reportFailure(failure, context)).toEqual({
      error: { Error: 'QuotaError', Cause: 'us-west-2: Await network: no room' },
    });
    expect(told('failed')).toMatchObject([{ region: 'us-west-2', stage: 'await-network', deployment: 'platform' }]);
    expect(reportItem()).toBeUndefined();
    expect(cloud.item(own, 'LOCK')).toEqual(lock);
  });

  test.each([
    ['names none', {}, 'platform'],
    ['can’t be read', null, undefined],
    ['names one badly', { deployment: 'No Name' }, undefined],
  ])('of a run whose input %s is of the deployment that it means, or of none', async (_, input, deployment) => {
    cloud = handlerCloud({ items: [lock] });
    await reportFailure({ execution, input, stage: 'validate', error }, context);
    expect(told('failed').map((event) => [event.stage, event.deployment])).toEqual([['validate', deployment]]);
    expect(reportItem()).toMatchObject({ outcome: 'failed' });
    expect(reportItem()).toEqual(expect.objectContaining(deployment === undefined ? {} : { deployment }));
    expect(cloud.item(own, 'LOCK')?.holder).toBe(deployment === undefined ? arn : undefined);
  });
});

describe('the end of a run', () => {
  const plan = {
    digest: 'd1',
    counts: { create: 1, update: 0, replace: 0, delete: 0, unchanged: 2 },
    hasChanges: true,
    production: true,
    askFirst: false,
  };
  const result = { region: 'us-east-1', config: regionConfig(), outputs: { vpc: { main: { id: 'vpc-1' } } } };
  const failedRegion = { region: 'us-east-1', error: { Error: 'QuotaError', Cause: 'no room' } };
  const decision = (word: 'approved' | 'rejected') => ({ decision: word, by: 'ann', at: '2026-01-01T00:00:02.000Z' });
  const provisioned = [result];
  const document = {
    ...{ verdict: 'go' as const, deployment: 'platform', execution, fence: 4, mode: 'provision' as const },
    ...{ approval: { timeoutMinutes: 60, safeRepairs: false }, regions: [regionConfig()], plan },
  };
  const conclude = (over: object, items: readonly Readonly<Record<string, unknown>>[] = everything) => {
    cloud = handlerCloud({ items });
    return summarise({ ...document, ...over }, context);
  };

  const kept = ['LOCK', 'ASKED', 'APPROVED', 'RERUNS', 'EVENT#20'];
  test.each<[string, object, string, readonly string[]]>([
    ['that succeeded', { provisioned }, 'succeeded', ['LOCK', 'ASKED', 'EVENT#20']],
    [
      'with nothing to do',
      { provisioned, plan: { ...plan, hasChanges: false } },
      'unchanged',
      ['LOCK', 'ASKED', 'APPROVED', 'EVENT#20'],
    ],
    ['that only planned', { mode: 'plan' }, 'planned', kept],
    ['with a failed region', { provisioned: [failedRegion] }, 'failed', kept],
  ])('%s gives back the lock, and ends what it has carried out', async (_, over, outcome, rest) => {
    expect(await conclude(over)).toMatchObject({ deployment: 'platform', execution: 'run', outcome });
    expect(left()).toEqual(rest);
    expect(cloud.item(own, 'LOCK')).toEqual({ pk: own, sk: 'LOCK', fence: 4 });
    expect(cloud.item(own, 'ASKED')).toEqual(asked);
    // A run that changed nothing says of its last step only that it is over: one write less.
    const steps = ['unchanged', 'planned'].includes(outcome) ? ['plan'] : ['plan', 'summarise'];
    expect(reportItem()).toMatchObject({ outcome, timeline: steps.map((stage) => ({ stage })) });
  });

  test.each([
    ['that finds nothing to do', { plan: { ...plan, hasChanges: false } }, ['Query', 'TransactWrite']],
    ['that succeeds', {}, ['TransactWrite', 'Query', 'TransactWrite']],
  ])('%s is written at once: report, failures, lock and last event', async (_, over, expected) => {
    const calls: string[] = [];
    cloud = handlerCloud({
      items: everything,
      around: ({ operation }, make) => {
        if (operation !== 'Publish') calls.push(operation);
        return make();
      },
    });
    await summarise({ ...document, provisioned, ...over }, context);
    expect(calls).toEqual(expected);
    expect([
      (reportItem() as { outcome?: string } | undefined)?.outcome,
      cloud.item(own, 'LOCK')?.holder,
      cloud.item(own, 'RERUNS'),
    ]).toEqual(['plan' in over ? 'unchanged' : 'succeeded', undefined, undefined]);
    expect(told('finished')).toMatchObject([{ stage: 'summarise' }]);
  });

  test('that was rejected voids the approval of its plan, and is not wanted any more', async () => {
    const report = await conclude({ decision: decision('rejected') }, [...everything, { ...asked, digest: 'd1' }]);
    expect(report).toMatchObject({ outcome: 'rejected', decision: { decision: 'rejected', by: 'ann' } });
    expect(left()).toEqual(['LOCK', 'ASKED', 'RERUNS', 'EVENT#20']);
    expect(cloud.item(own, 'ASKED')).toEqual({ ...asked, digest: 'd1', refused: true });
  });

  test.each([
    ['approved', { decision: decision('approved'), provisioned }, decision('approved')],
    ['not asked', { provisioned }, undefined],
  ])('that was %s says so', async (_, over, said) => {
    expect((await conclude(over)).decision).toEqual(said);
  });

  test.each<[string, object, string]>([
    ['that has changed something', {}, 'FencedError'],
    ['with nothing to do', { plan: { ...plan, hasChanges: false } }, 'unchanged'],
    ['that only planned', { mode: 'plan', provisioned: undefined }, 'planned'],
  ])('%s, after a later one took the lock: %s', async (_, over, expected) => {
    const later = { ...lock, holder: `${arn}-2`, fence: 5 };
    const ended = conclude({ provisioned, ...over }, [later]).then(
      ({ outcome }) => outcome,
      (error: Error) => error.name,
    );
    expect(await ended).toBe(expected);
    expect(cloud.item(own, 'LOCK')).toEqual(later);
  });

  test.each([
    ['well', { provisioned }, 'finished', 'succeeded\nus-east-1: succeeded'],
    [
      'badly',
      { provisioned: [failedRegion] },
      'failed',
      'failed\nRegionsFailed:\nus-east-1: QuotaError: no room\n\nus-east-1: failed (QuotaError: no room)\n\nWhat exists is kept. Start again with the same input to continue from there.',
    ],
  ])('is told, where it ended %s', async (_, over, status, detail) => {
    await conclude(over);
    expect(told(status)).toMatchObject([{ stage: 'summarise', detail }]);
    expect(told('started')).toMatchObject([started, { stage: 'summarise' }].map(({ stage }) => ({ stage })));
  });
});
