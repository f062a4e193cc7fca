import { beforeEach, describe, expect, test } from '@jest/globals';
import { type RemovalWork, removeStage } from '../../../../lambdas/engine/remove.ts';
import { FencedError } from '../../../../lambdas/errors.ts';
import { type AnyResource, type Found, type Resource, ref } from '../../../../lambdas/resources/resource.ts';
import type { Kind, MakingStageName } from '../../../../workflow/stages.ts';
import { noCloud } from '../../../support/no-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';

const refusal = (name: string): Error => Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: 400 } });

describe('removeStage', () => {
  let alive: Record<string, readonly string[]>;
  let refusing: Record<string, Error>;
  let log: string[];
  beforeEach(() => {
    alive = { 'elastic-ip': ['a', 'b'], 'nat-gateway': ['a', 'b'] };
    refusing = {};
    log = [];
  });

  const resource = (kind: Kind, stageOf: (key: string) => MakingStageName | undefined = () => undefined): AnyResource =>
    ({
      kind,
      permissions: { read: [], write: [] },
      specs: () =>
        ['a', 'b'].map((key) => {
          const stage = stageOf(key);
          const spec = kind === 'nat-gateway' ? { address: ref('elastic-ip', key) } : {};
          return { key, spec, ...(stage === undefined ? {} : { stage }) };
        }),
      list: async () => (alive[kind] ?? []).map((key) => ({ key, id: `id-${key}` })),
      readiness: () => ({ state: 'ready' }),
      diff: () => [],
      create: () => Promise.reject(new Error('removes only')),
      update: () => Promise.reject(new Error('removes only')),
      delete: async (_, { key }) => {
        const error = refusing[`${kind}/${key}`];
        if (error !== undefined) throw error;
        log.push(`${kind}/${key}`);
        alive[kind] = (alive[kind] ?? []).filter((each) => each !== key);
      },
      output: ({ id }) => ({ id }),
    }) satisfies Resource<object, Found>;

  const remove = (over: Partial<RemovalWork> = {}) =>
    removeStage({
      cloud: noCloud,
      config: regionConfig(),
      stage: 'nat',
      resources: [resource('elastic-ip'), resource('nat-gateway')],
      outputs: {},
      removal: { keep: [] },
      fence: async () => {},
      waitedSeconds: 0,
      ...over,
    });

  test('removes nothing more once a later run works on the deployment', async () => {
    let asked = 0;
    const fence = async (): Promise<void> => {
      asked += 1;
      if (asked === 2) throw new FencedError('later');
    };
    await expect(remove({ fence })).rejects.toThrow(FencedError);
    expect(log).toEqual(['nat-gateway/a', 'nat-gateway/b']);
  });

  test('removes what refers to something before it, and the rest side by side', async () => {
    expect(await remove()).toEqual({
      stage: 'remove-nat',
      ready: true,
      pending: [],
      nextCheckSeconds: 0,
      waitedSeconds: 0,
    });
    expect(log).toEqual(['nat-gateway/a', 'nat-gateway/b', 'elastic-ip/a', 'elastic-ip/b']);
  });

  test('does not try what comes after something that goes slowly, until that is gone', async () => {
    const resources = [resource('elastic-ip'), { ...resource('nat-gateway'), goneAfterSeconds: 58 }];
    const reason = 'waits until nat-gateway/a, nat-gateway/b is gone';
    expect(await remove({ resources })).toEqual({
      stage: 'remove-nat',
      ready: false,
      pending: ['a', 'b'].map((key) => ({ kind: 'elastic-ip', key, reason })),
      nextCheckSeconds: 58,
      waitedSeconds: 58,
    });
    expect(log).toEqual(['nat-gateway/a', 'nat-gateway/b']);
    expect(await remove({ resources, waitedSeconds: 58 })).toMatchObject({ ready: true, pending: [] });
    expect(log.slice(2)).toEqual(['elastic-ip/a', 'elastic-ip/b']);
  });

  test('is ready at once the second time', async () => {
    await remove();
    log = [];
    expect(await remove()).toMatchObject({ ready: true });
    expect(log).toEqual([]);
  });

  test('leaves a kind that is kept', async () => {
    expect(await remove({ removal: { keep: ['elastic-ip'] } })).toMatchObject({ ready: true });
    expect(alive['elastic-ip']).toEqual(['a', 'b']);
  });

  test('asks for what the stage makes, and for what stands and is no longer wanted', async () => {
    const asked: (readonly string[] | undefined)[] = [];
    const list: AnyResource['list'] = async (_cloud, _outputs, only) => {
      asked.push(only);
      return [];
    };
    const role = { ...resource('elastic-ip', (key) => (key === 'a' ? 'nat' : 'ecs')), list };
    await remove({
      resources: [role],
      outputs: { 'elastic-ip': { a: { id: '1' }, b: { id: '2' }, old: { id: '3' } } },
    });
    expect(asked).toEqual([['a', 'old']]);
  });

  test('takes nothing but what is named, where something is named', async () => {
    expect(await remove({ removal: { keep: [], only: ['elastic-ip/b', 'nat-gateway/b'] } })).toMatchObject({
      ready: true,
    });
    expect(alive).toEqual({ 'elastic-ip': ['a'], 'nat-gateway': ['a'] });
  });

  test.each(['DependencyViolation', 'InvalidIPAddress.InUse', 'ResourceInUse', 'ClusterContainsTasksException'])(
    'takes %s for a reason to try again, after the rest',
    async (name) => {
      refusing = { 'elastic-ip/b': refusal(name) };
      expect(await remove({ waitedSeconds: 30 })).toEqual({
        stage: 'remove-nat',
        ready: false,
        pending: [{ kind: 'elastic-ip', key: 'b', reason: `${name}: no` }],
        nextCheckSeconds: 5,
        waitedSeconds: 35,
      });
      expect(log).toEqual(['nat-gateway/a', 'nat-gateway/b', 'elastic-ip/a']);
    },
  );

  test.each([
    { waitedSeconds: 0, nextCheckSeconds: 58 },
    { waitedSeconds: 50, nextCheckSeconds: 8 },
    { waitedSeconds: 58, nextCheckSeconds: 6 },
    { waitedSeconds: 400, nextCheckSeconds: 40 },
  ])('looks again when the slowest kind is typically gone, then more and more seldom: %j', async (round) => {
    refusing = { 'elastic-ip/b': refusal('InvalidIPAddress.InUse') };
    const slow = { ...resource('nat-gateway'), goneAfterSeconds: 58 };
    const { waitedSeconds, nextCheckSeconds } = round;
    expect(await remove({ resources: [resource('elastic-ip'), slow], waitedSeconds })).toMatchObject({
      nextCheckSeconds,
      waitedSeconds: waitedSeconds + nextCheckSeconds,
    });
  });

  test('waits for everything that is under way before it fails', async () => {
    refusing = { 'nat-gateway/a': refusal('AccessDenied') };
    await expect(remove()).rejects.toThrow('AccessDenied');
    expect(log).toEqual(['nat-gateway/b']);
  });

  test('takes what is no longer wanted backwards in the order of making', async () => {
    alive = { 'elastic-ip': ['old'], 'nat-gateway': ['old'] };
    const unwanted = (kind: Kind): AnyResource => ({ ...resource(kind), specs: () => [] });
    await remove({ stage: 'nat', resources: [unwanted('elastic-ip'), unwanted('nat-gateway')] });
    expect(log).toEqual(['nat-gateway/old', 'elastic-ip/old']);
  });

  test('gives up in the end, and names what is in the way', async () => {
    refusing = { 'elastic-ip/b': refusal('DependencyViolation') };
    await expect(remove({ waitedSeconds: 1_200 })).rejects.toMatchObject({
      name: 'WaitTimeoutError',
      message: expect.stringMatching(
        /waited 1200 s in us-east-1 .*elastic-ip\/b: DependencyViolation: no; .*start again/,
      ) as unknown,
    });
  });

  test('fails with kind, key, id and region on any other refusal', async () => {
    refusing = { 'nat-gateway/a': refusal('AccessDenied') };
    await expect(remove()).rejects.toThrow(
      'could not remove nat-gateway/a (id-a) in us-east-1: AccessDenied: no; grant the action to the function',
    );
  });

  test('removes only what its own stage makes', async () => {
    alive.role = ['a', 'b'];
    const role = resource('role', (key) => (key === 'a' ? 'vpc' : 'ecs'));
    await remove({ stage: 'ecs', resources: [role] });
    expect(log).toEqual(['role/b']);
    await remove({ stage: 'vpc', resources: [role] });
    expect(log).toEqual(['role/b', 'role/a']);
  });

  test('removes what no configuration asks for any more, with the first stage that makes its kind', async () => {
    alive.role = ['old'];
    await remove({ stage: 'ecs', resources: [resource('role')] });
    expect(log).toEqual([]);
    await remove({ stage: 'vpc', resources: [resource('role')] });
    expect(log).toEqual(['role/old']);
  });
});
