import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { makingStage, waitingStage } from '../../../../lambdas/middleware/stage-handler.ts';
import type { AnyResource, Found, Readiness } from '../../../../lambdas/resources/resource.ts';
import type { WaitReport } from '../../../../workflow/documents.ts';
import type { Kind } from '../../../../workflow/stages.ts';
import { context, type HandlerCloud, handlerCloud, whole } from '../../../support/handler-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';

const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-provision:run';
const execution = { arn, name: 'run', startedAt: '2026-01-01T00:00:00.000Z' };
const lock = { pk: 'DEPLOYMENT#platform', sk: 'LOCK', holder: arn, fence: 4 };
const document = { deployment: 'platform', execution, fence: 4, config: regionConfig(), outputs: {} };

let cloud: HandlerCloud;
let things: Found[];
let readiness: Readiness;
beforeEach(() => {
  things = [];
  readiness = { state: 'ready' };
});
afterEach(() => cloud?.close());
/** What people are told of the stage. */
const told = () =>
  cloud
    .items()
    .flatMap(({ pk, sk, stage, region, status, detail, pending }) =>
      pk === `EXECUTION#${arn}` && String(sk).startsWith('EVENT#') ? [{ stage, region, status, detail, pending }] : [],
    );
const event = (stage: string, status: string, more: object = {}) => ({
  ...{ stage, region: 'us-east-1', status, detail: undefined, pending: undefined },
  ...more,
});

/** One of a kind for each zone, kept in memory. */
const kindOf = (kind: Kind, more: Partial<AnyResource> = {}): AnyResource => ({
  kind,
  permissions: { read: [], write: [] },
  specs: () => ['a', 'b'].map((key) => ({ key, spec: {} })),
  list: async () => things,
  readiness: () => readiness,
  diff: (_, found) => (found.id === 'old' ? [{ path: 'size', was: 1, want: 2 }] : []),
  create: async (_, { key }) => ({ key, id: `new-${key}` }),
  update: async () => {},
  delete: async () => {},
  output: ({ id }) => ({ id }),
  ...more,
});

describe('a stage that makes resources', () => {
  const run = (more: object = {}, natRoute: AnyResource = kindOf('nat-route')) => {
    cloud = handlerCloud({ items: [lock], environment: { SETTLE_SECONDS: '60' } });
    return makingStage('routes', { natRoute })({ ...document, ...more }, context);
  };

  test.each<[string, readonly Found[], string]>([
    ['what it has created', [], 'created nat-route/a, nat-route/b'],
    [
      'what it has updated',
      [
        { key: 'a', id: 'old' },
        { key: 'b', id: 'old' },
      ],
      'updated nat-route/a, nat-route/b',
    ],
    [
      'what was as it should be',
      [
        { key: 'a', id: '1' },
        { key: 'b', id: '2' },
      ],
      '2 unchanged',
    ],
    ['all of them', [{ key: 'a', id: 'old' }], 'created nat-route/b; updated nat-route/a'],
  ])('tells %s', async (_, seen, detail) => {
    things = [...seen];
    await run();
    expect(told()).toEqual([event('routes', 'started'), event('routes', 'finished', { detail })]);
  });

  test('tells that there was nothing to do', async () => {
    await run({}, kindOf('nat-route', { specs: () => [] }));
    expect(told()).toContainEqual(event('routes', 'finished', { detail: 'nothing to do' }));
  });

  test('hands on what it has made, and writes each intent down', async () => {
    const handed = await run();
    expect(Object.keys((handed as { outputs: object }).outputs)).toEqual(['kept']);
    expect(await whole(arn, handed)).toEqual({
      outputs: { 'nat-route': { a: { id: 'new-a' }, b: { id: 'new-b' } } },
      applied: { created: ['nat-route/a', 'nat-route/b'], updated: [], unchanged: 0, duplicates: [] },
    });
    expect(cloud.item('DEPLOYMENT#platform', 'INTENT#us-east-1#nat-route/b')).toMatchObject({ result: 'new-b' });
  });

  const begun = (key: string) => ({
    ...{ pk: 'DEPLOYMENT#platform', sk: `INTENT#us-east-1#nat-route/${key}` },
    ...{ generation: 1, begunAt: '2026-01-01T00:00:00.000Z' },
  });
  test.each<[string, object, readonly object[], boolean]>([
    ['not for what the plan saw nothing of', { unseen: ['nat-route'] }, [], false],
    ['for every other kind', { unseen: ['vpc'] }, [], true],
    ['in a later attempt', { unseen: ['nat-route'], attempt: 1 }, [], true],
    ['where a create was begun', { unseen: ['nat-route'] }, [begun('b')], true],
    ['where the plan is of an earlier version', {}, [], true],
  ])('looks %s', async (_, more, intents, looks) => {
    let looked = false;
    const list = async () => {
      looked = true;
      return [];
    };
    cloud = handlerCloud({
      items: [lock, ...(intents as readonly (typeof lock)[])],
      environment: { SETTLE_SECONDS: '60' },
    });
    await makingStage('routes', { natRoute: kindOf('nat-route', { list }) })({ ...document, ...more }, context);
    expect(looked).toBe(looks);
  });

  test('leaves other kinds to other stages', async () => {
    await run({}, kindOf('subnet'));
    expect(told()).toContainEqual(event('routes', 'finished', { detail: 'nothing to do' }));
  });

  test('does nothing for a run that has lost its lock', async () => {
    await expect(run({ fence: 3 })).rejects.toMatchObject({ name: 'FencedError' });
    expect(told()).toEqual([]);
  });
});

describe('its removal', () => {
  const remove = (wait: WaitReport | undefined, deletes: AnyResource['delete']) => {
    cloud = handlerCloud({ items: [lock] });
    things = [{ key: 'a', id: '1' }];
    const natRoute = kindOf('nat-route', { delete: deletes });
    return makingStage('routes', { natRoute })({ ...document, removal: { keep: [] }, ...(wait && { wait }) }, context);
  };
  const inUse = async () => {
    throw Object.assign(new Error('in use'), { name: 'DependencyViolation' });
  };
  const pending = [{ kind: 'nat-route' as const, key: 'a', reason: 'DependencyViolation: in use' }];
  const earlier = (waitedSeconds: number, more: Partial<WaitReport> = {}): WaitReport => ({
    ...{ stage: 'remove-routes' as const, ready: false, pending, nextCheckSeconds: 5, waitedSeconds },
    ...more,
  });

  test.each<[string, WaitReport | undefined, AnyResource['delete'], ...object[]]>([
    [
      'at once',
      undefined,
      async () => {},
      event('remove-routes', 'started'),
      event('remove-routes', 'finished', { detail: 'removed at once' }),
    ],
    [
      'after waiting',
      earlier(30),
      async () => {},
      event('remove-routes', 'finished', { detail: 'removed after waiting 30 s' }),
    ],
    [
      'still in use',
      undefined,
      inUse,
      event('remove-routes', 'started'),
      event('remove-routes', 'waiting', { pending }),
    ],
    ['still in use, which was told before', earlier(15), inUse],
    [
      'in use by something else than before',
      earlier(15, { pending: [{ ...pending[0], key: 'b' } as never] }),
      inUse,
      event('remove-routes', 'waiting', { pending }),
    ],
  ])('%s', async (_, wait, deletes, ...events) => {
    await remove(wait, deletes);
    expect(told()).toEqual(events);
  });

  test('adds up what was waited', async () => {
    expect(await remove(earlier(15), inUse)).toEqual(earlier(20));
  });

  test('does nothing for a run that has lost its lock', async () => {
    cloud = handlerCloud({ items: [{ ...lock, fence: 5 }] });
    const natRoute = kindOf('nat-route');
    const removal = { keep: [] };
    await expect(makingStage('routes', { natRoute })({ ...document, removal }, context)).rejects.toMatchObject({
      name: 'FencedError',
    });
  });
});

describe('a stage that waits', () => {
  const wait = (more: object = {}) => {
    cloud = handlerCloud({ items: [lock] });
    things = ['a', 'b'].map((key) => ({ key, id: key }));
    return waitingStage('await-network', { natGateway: kindOf('nat-gateway') })({ ...document, ...more }, context);
  };

  test('tells what it waits for, and when to look again', async () => {
    readiness = { state: 'pending', reason: 'the gateway is pending', nextCheckSeconds: 40 };
    const pending = ['a', 'b'].map((key) => ({ kind: 'nat-gateway', key, reason: 'the gateway is pending' }));
    const report = { stage: 'await-network', ready: false, pending, nextCheckSeconds: 40, waitedSeconds: 40 };
    expect(await wait()).toEqual(report);
    expect(told()).toEqual([event('await-network', 'started'), event('await-network', 'waiting', { pending })]);
    expect(await wait({ wait: report })).toMatchObject({ waitedSeconds: 80 });
    expect(told()).toEqual([]);
  });

  test('tells when everything is ready', async () => {
    expect(await wait()).toMatchObject({ ready: true, pending: [] });
    expect(told()).toContainEqual(event('await-network', 'finished', { detail: 'ready at once' }));
  });

  test('does nothing for a run that has lost its lock', async () => {
    await expect(wait({ fence: 3 })).rejects.toMatchObject({ name: 'FencedError' });
  });

  test('asks for the lock in its first round only', async () => {
    const before = { stage: 'await-network', ready: false, pending: [], nextCheckSeconds: 40, waitedSeconds: 40 };
    expect(await wait({ fence: 3, wait: before })).toMatchObject({ ready: true });
  });
});
