import { mock } from 'node:test';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Cloud } from '../../../../lambdas/aws/cloud.ts';
import { provisionStage } from '../../../../lambdas/engine/provision.ts';
import { FencedError } from '../../../../lambdas/errors.ts';
import type { Journal } from '../../../../lambdas/journal.ts';
import type { Found, Readiness, Resource } from '../../../../lambdas/resources/resource.ts';
import type { Difference } from '../../../../workflow/documents.ts';
import { noCloud } from '../../../support/no-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';

interface Thing extends Found {
  readonly size: number;
}

describe('provisionStage', () => {
  let things: Thing[];
  let log: string[];
  let fixedSize: boolean;
  beforeEach(() => {
    things = [];
    log = [];
    fixedSize = false;
  });

  const resource: Resource<{ size: number }, Thing> = {
    kind: 'elastic-ip',
    permissions: { read: [], write: [] },
    specs: () => ['a', 'b'].map((key) => ({ key, spec: { size: 2 } })),
    list: async () => things,
    readiness: (): Readiness => ({ state: 'ready' }),
    diff: (spec, found): Difference[] =>
      spec.size === found.size
        ? []
        : [{ path: 'size', was: found.size, want: spec.size, ...(fixedSize ? { replace: true as const } : {}) }],
    create: async (_, { key }, token) => {
      log.push(`create ${key} ${token}`);
      const thing = { key, id: `id-${key}`, size: 1 };
      things.push(thing);
      return thing;
    },
    update: async (_, { spec }, found) => {
      log.push(`update ${found.key}`);
      things = things.map((thing) => (thing.id === found.id ? { ...thing, size: spec.size } : thing));
    },
    delete: async () => {},
    output: ({ id }) => ({ id }),
  };
  const journal = (
    results: readonly (readonly [string, string | undefined])[] = [],
    over: Partial<Journal> = {},
  ): Journal => ({
    begin: async (names) => {
      if (names.length > 0) log.push(`begin ${names.join()}`);
      return names.map(() => 't');
    },
    finish: (name, result) => void log.push(`finish ${name} ${result}`),
    fence: async () => {},
    flush: async () => {},
    results: new Map(results),
    ...over,
  });
  const overtaken = journal([], { fence: () => Promise.reject(new FencedError('later')) });
  const run = (over: Partial<Parameters<typeof provisionStage>[0]> = {}) =>
    provisionStage({
      cloud: noCloud,
      config: regionConfig(),
      stage: 'nat',
      resources: [resource],
      appliesDeferred: [],
      outputs: {},
      journal: journal(),
      ...over,
    });

  test('writes the intent down, creates, records, and brings to the wanted state', async () => {
    things = [{ key: 'b', id: 'id-b', size: 2 }];
    const { outputs, applied } = await run();
    expect(log).toEqual(['begin elastic-ip/a', 'create a t', 'finish elastic-ip/a id-a', 'update a']);
    expect(applied).toEqual({ created: ['elastic-ip/a'], updated: [], unchanged: 1, duplicates: [] });
    expect(outputs).toEqual({ 'elastic-ip': { a: { id: 'id-a' }, b: { id: 'id-b' } } });
  });

  test('applied nothing of what stands once a later run works on it', async () => {
    things = ['a', 'b'].map((key) => ({ key, id: `id-${key}`, size: 1 }));
    await expect(run({ journal: overtaken })).rejects.toThrow(FencedError);
    expect(log).toEqual([]);
  });

  test.each<[string, number, unknown, string]>([
    ['is completed without another question to the lock', 4_999, { created: ['elastic-ip/a'] }, 'update a'],
    ['is left to a later run, if its create took long', 5_000, 'FencedError', 'finish elastic-ip/a id-a'],
  ])('what is new %s', async (_, milliseconds, expected, last) => {
    mock.timers.enable({ apis: ['Date'], now: 0 });
    const create: typeof resource.create = (...asked) => {
      mock.timers.tick(milliseconds);
      return resource.create(...asked);
    };
    const one = { ...resource, specs: () => [{ key: 'a', spec: { size: 2 } }], create };
    const end = await run({ resources: [one], journal: overtaken }).then(
      ({ applied: { created } }) => ({ created }),
      ({ name }: Error) => name,
    );
    mock.timers.reset();
    expect([end, log.at(-1)]).toEqual([expected, last]);
  });

  test('applied nothing the second time', async () => {
    await run();
    log = [];
    expect((await run()).applied).toEqual({ created: [], updated: [], unchanged: 2, duplicates: [] });
    expect(log).toEqual([]);
  });

  test('records what a dead attempt made', async () => {
    things = ['a', 'b'].map((key) => ({ key, id: `id-${key}`, size: 2 }));
    await run({
      journal: journal([
        ['elastic-ip/b', undefined],
        ['elastic-ip/a', 'id-a'],
      ]),
    });
    expect(log).toEqual(['finish elastic-ip/b id-b']);
  });

  test('replaces what AWS can’t change, where nothing hangs on it', async () => {
    things = ['a', 'b'].map((key) => ({ key, id: `old-${key}`, size: key === 'a' ? 1 : 2 }));
    fixedSize = true;
    const replaceable = {
      ...resource,
      replaceable: true as const,
      delete: async (_: Cloud, { id }: Thing) => {
        log.push(`delete ${id}`);
        things = things.filter((thing) => thing.id !== id);
      },
      create: async (_: Cloud, { key }: { key: string }) => {
        log.push(`create ${key}`);
        const thing = { key, id: `id-${key}`, size: 2 };
        things.push(thing);
        return thing;
      },
    };
    await run({ resources: [replaceable] });
    expect(log).toEqual(['delete old-a', 'begin elastic-ip/a', 'create a', 'finish elastic-ip/a id-a']);
  });

  describe('a change that tasks may still hang on', () => {
    const patient = {
      ...resource,
      specs: () => [
        { key: 'a', spec: { size: 2 }, deferredTo: 'finish-production' as const },
        { key: 'b', spec: { size: 2 } },
      ],
      diff: (...both: Parameters<typeof resource.diff>) =>
        resource.diff(...both).map((difference) => ({ ...difference, deferred: true as const })),
    };
    const small = () => ['a', 'b'].map((key) => ({ key, id: `id-${key}`, size: 1 }));

    test('waits, unless no stage would ever make it', async () => {
      things = small();
      expect((await run({ resources: [patient] })).applied).toMatchObject({ updated: ['elastic-ip/b'], unchanged: 1 });
      expect(log).toEqual(['update b']);
    });

    test('is made by the stage that appliesDeferred it, and only by that', async () => {
      things = small();
      await run({ stage: 'deploy-production', resources: [], appliesDeferred: [patient] });
      expect(log).toEqual([]);
      const { applied } = await run({ stage: 'finish-production', resources: [], appliesDeferred: [patient] });
      expect(applied).toEqual({ created: [], updated: ['elastic-ip/a'], unchanged: 0, duplicates: [] });
      expect(log).toEqual(['update a']);
    });

    test('is handed on, and nothing else is looked for later', async () => {
      things = small();
      const { deferred } = await run({ resources: [patient], deferred: ['vpc/main'] });
      expect(deferred).toEqual(['vpc/main', 'elastic-ip/a']);
      const later = { stage: 'finish-production', resources: [], appliesDeferred: [patient] } as const;
      expect(await run({ ...later, deferred })).toMatchObject({ deferred, applied: { updated: ['elastic-ip/a'] } });
      const list = () => Promise.reject(new Error('looked'));
      const unasked = { ...later, appliesDeferred: [{ ...patient, list }] };
      expect(await run({ ...unasked, deferred: ['vpc/main'] })).toMatchObject({ applied: { updated: [] } });
      await expect(run(unasked)).rejects.toThrow('looked');
    });

    test('of something new is left to its stage like any other', async () => {
      expect(await run({ resources: [patient], deferred: [] })).toMatchObject({ deferred: ['elastic-ip/a'] });
    });

    test('is made alone: what else differs is for the next run', async () => {
      things = small();
      const told: (readonly Difference[])[] = [];
      const both: typeof resource = {
        ...patient,
        diff: (spec, found) => [...patient.diff(spec, found), { path: 'colour', was: 'red', want: 'blue' }],
        update: async (_cloud, _wanted, _found, differences) => void told.push(differences),
      };
      await run({ stage: 'finish-production', resources: [], appliesDeferred: [both] });
      expect(told.map((differences) => differences.map(({ path }) => path))).toEqual([['size']]);
    });

    test('is not made once a later run works on it', async () => {
      things = small();
      const finishing = { stage: 'finish-production', resources: [], appliesDeferred: [patient] } as const;
      await expect(run({ ...finishing, journal: overtaken })).rejects.toThrow(FencedError);
      expect(log).toEqual([]);
    });

    test('of what is no longer there is for the next run', async () => {
      await run({ stage: 'finish-production', resources: [], appliesDeferred: [patient] });
      expect(log).toEqual([]);
    });
  });

  test('goes on with the new revision, where an update makes one', async () => {
    things = ['a', 'b'].map((key) => ({ key, id: `${key}:1`, size: 1 }));
    const revised = {
      ...resource,
      revised: true as const,
      update: async (_: Cloud, { key }: { key: string }) => ({ key, id: `${key}:2`, size: 2 }),
    };
    const { outputs } = await run({ resources: [revised] });
    expect(outputs['elastic-ip']).toMatchObject({ a: { id: 'a:2' }, b: { id: 'b:2' } });
  });

  describe('tags', () => {
    const tagged = { ...resource, specs: () => [{ key: 'a', spec: { size: 2 } }] };
    const withTags = (over: Partial<typeof tagged> = {}) => ({
      ...tagged,
      tag: async (_: Cloud, { id }: Thing, tags: Readonly<Record<string, string>>) => {
        log.push(`tag ${id} ${JSON.stringify(tags)}`);
        things = things.map((thing) => (thing.id === id ? { ...thing, tags: { ...thing.tags, ...tags } } : thing));
      },
      ...over,
    });
    const asking = { ...noCloud, scope: { ...noCloud.scope, tags: { 'cost-center': '4711' } } };
    const right = { Name: 'platform-a', 'cost-center': '4711' };

    test('alone are put right without an update of the kind', async () => {
      things = [{ key: 'a', id: 'id-a', size: 2, tags: { Name: 'mine', 'cost-center': '4711', team: 'blue' } }];
      const { applied } = await run({ cloud: asking, resources: [withTags()] });
      expect(log).toEqual([`tag id-a ${JSON.stringify(right)}`]);
      expect(applied).toEqual({ created: [], updated: ['elastic-ip/a'], unchanged: 0, duplicates: [] });
      expect(things[0]?.tags).toEqual({ ...right, team: 'blue' });
      log = [];
      expect((await run({ cloud: asking, resources: [withTags()] })).applied.unchanged).toBe(1);
      expect(log).toEqual([]);
    });

    test('come after the kind’s own update, which is told of its own differences only', async () => {
      things = [{ key: 'a', id: 'id-a', size: 1, tags: {} }];
      const update: typeof resource.update = async (at, wanted, found, differences) => {
        log.push(differences.map(({ path }) => path).join());
        await resource.update(at, wanted, found, differences);
      };
      const { applied } = await run({ cloud: asking, resources: [withTags({ update })] });
      expect(log).toEqual(['size', 'update a', `tag id-a ${JSON.stringify(right)}`]);
      expect(applied.updated).toEqual(['elastic-ip/a']);
    });

    test('of what was just made were put on by the creating call', async () => {
      await run({ cloud: asking, resources: [withTags()] });
      expect(log).toEqual(['begin elastic-ip/a', 'create a t', 'finish elastic-ip/a id-a', 'update a']);
    });

    test('are let be once a later run works on them', async () => {
      things = [{ key: 'a', id: 'id-a', size: 2, tags: {} }];
      await expect(run({ cloud: asking, resources: [withTags()], journal: overtaken })).rejects.toThrow(FencedError);
      expect(log).toEqual([]);
    });

    test('of what has an ARN are put right by it', async () => {
      things = [{ key: 'a', id: 'id-a', size: 2, tags: {} }];
      const byArn = { ...tagged, arn: ({ id }: Thing, { region }: Cloud['scope']) => `arn:${region}:${id}` };
      const tagByArn = async (_: Cloud, arn: string, tags: object) => {
        log.push(`${arn} ${JSON.stringify(tags)}`);
      };
      await run({ cloud: asking, resources: [byArn], tagByArn });
      expect(log).toEqual([`arn:us-east-1:id-a ${JSON.stringify(right)}`]);
      await expect(run({ cloud: asking, resources: [byArn] })).rejects.toThrow('nothing is there to tag elastic-ip');
    });

    test('of a revision are put right where it is', async () => {
      things = [{ key: 'a', id: 'a:1', size: 2, tags: {} }];
      const { outputs } = await run({ cloud: asking, resources: [{ ...withTags(), revised: true }] });
      expect(outputs['elastic-ip']).toMatchObject({ a: { id: 'a:1' } });
    });

    test('of a kind that carries none are let be', async () => {
      things = [{ key: 'a', id: 'id-a', size: 2, tags: {} }];
      expect((await run({ cloud: asking, resources: [tagged] })).applied.unchanged).toBe(1);
    });

    test('that are refused are told of with what, where and why', async () => {
      things = [{ key: 'a', id: 'id-a', size: 2, tags: {} }];
      const tag = () => Promise.reject(Object.assign(new Error('too many'), { name: 'TagLimitExceeded' }));
      await expect(run({ cloud: asking, resources: [withTags({ tag })] })).rejects.toThrow(
        'could not tag elastic-ip/a (id-a) in us-east-1 (TagLimitExceeded)',
      );
    });
  });

  const twins = ['eipalloc-0a', 'eipalloc-0b'].map((id) => ({ key: 'a', id, size: 2 }));

  test('refuses two of a key that were never recorded, names both and the command that parts them', async () => {
    things = twins;
    await expect(run()).rejects.toThrow(
      'elastic-ip/a exists 2 times in us-east-1: eipalloc-0a, eipalloc-0b; check them, then take them out of the deployment with: aws ec2 delete-tags --region us-east-1 --resources <all but the one to keep> --tags Key=slipway:key; then start again',
    );
    expect(log).toEqual([]);
  });

  test('goes on with the recorded one of two, and tells of the other', async () => {
    things = [...twins, { key: 'b', id: 'id-b', size: 2 }];
    const { outputs, applied } = await run({ journal: journal([['elastic-ip/a', 'eipalloc-0b']]) });
    expect(outputs['elastic-ip']?.a?.id).toBe('eipalloc-0b');
    expect(applied.duplicates).toEqual([
      'elastic-ip/a exists 2 times in us-east-1: eipalloc-0a, eipalloc-0b; eipalloc-0b is used; check them, then take them out of the deployment with: aws ec2 delete-tags --region us-east-1 --resources eipalloc-0a --tags Key=slipway:key',
    ]);
    expect(log).toEqual([]);
  });

  test('refuses what AWS cannot change in place', async () => {
    fixedSize = true;
    things = [{ key: 'a', id: 'id-a', size: 5 }];
    await expect(run()).rejects.toThrow(
      "elastic-ip/a (id-a) in us-east-1 can't be changed in place: size is 5, wanted 2",
    );
  });

  test('says what, where and why when AWS refuses, and records that nothing was made', async () => {
    const refused = Object.assign(new Error('too many'), {
      name: 'AddressLimitExceeded',
      $metadata: { httpStatusCode: 400 },
    });
    const failing = { ...resource, create: () => Promise.reject(refused) };
    await expect(run({ resources: [failing] })).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringContaining(
        'could not create elastic-ip/a in us-east-1: AddressLimitExceeded: too many; raise the quota',
      ) as unknown,
    });
    expect(log).toContain('finish elastic-ip/a refused: AddressLimitExceeded');
  });

  test('leaves the intent open when nobody knows whether the create happened', async () => {
    const lost = Object.assign(new Error('socket hang up'), { name: 'Error', code: 'ECONNRESET' });
    await expect(run({ resources: [{ ...resource, create: () => Promise.reject(lost) }] })).rejects.toMatchObject({
      name: 'TransientError',
    });
    expect(log).toEqual(['begin elastic-ip/a,elastic-ip/b']);
  });
});
