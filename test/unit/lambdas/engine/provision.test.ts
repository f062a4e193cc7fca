import { mock } from 'node:test';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Cloud } from '../../../../lambdas/aws/cloud.ts';
import { FencedError } from '../../../../lambdas/errors.ts';
import type { Difference } from '../../../../workflow/documents.ts';

import { afresh, at, journal, overtaken, resource, run, type Thing } from './provisioning.ts';

beforeEach(afresh);

describe('provisionStage', () => {
  test('writes the intent down, creates, records, and brings to the wanted state', async () => {
    at.things = [{ key: 'b', id: 'id-b', size: 2 }];
    const { outputs, applied } = await run();
    expect(at.log).toEqual(['begin elastic-ip/a', 'create a t', 'finish elastic-ip/a id-a', 'update a']);
    expect(applied).toEqual({ created: ['elastic-ip/a'], updated: [], unchanged: 1, duplicates: [] });
    expect(outputs).toEqual({ 'elastic-ip': { a: { id: 'id-a' }, b: { id: 'id-b' } } });
  });

  test('applied nothing of what stands once a later run works on it', async () => {
    at.things = ['a', 'b'].map((key) => ({ key, id: `id-${key}`, size: 1 }));
    await expect(run({ journal: overtaken })).rejects.toThrow(FencedError);
    expect(at.log).toEqual([]);
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
    expect([end, at.log.at(-1)]).toEqual([expected, last]);
  });

  test('applied nothing the second time', async () => {
    await run();
    at.log = [];
    expect((await run()).applied).toEqual({ created: [], updated: [], unchanged: 2, duplicates: [] });
    expect(at.log).toEqual([]);
  });

  test('records what a dead attempt made', async () => {
    at.things = ['a', 'b'].map((key) => ({ key, id: `id-${key}`, size: 2 }));
    await run({
      journal: journal([
        ['elastic-ip/b', undefined],
        ['elastic-ip/a', 'id-a'],
      ]),
    });
    expect(at.log).toEqual(['finish elastic-ip/b id-b']);
  });

  test('replaces what AWS can’t change, where nothing hangs on it', async () => {
    at.things = ['a', 'b'].map((key) => ({ key, id: `old-${key}`, size: key === 'a' ? 1 : 2 }));
    at.fixedSize = true;
    const replaceable = {
      ...resource,
      replaceable: true as const,
      delete: async (_: Cloud, { id }: Thing) => {
        at.log.push(`delete ${id}`);
        at.things = at.things.filter((thing) => thing.id !== id);
      },
      create: async (_: Cloud, { key }: { key: string }) => {
        at.log.push(`create ${key}`);
        const thing = { key, id: `id-${key}`, size: 2 };
        at.things.push(thing);
        return thing;
      },
    };
    await run({ resources: [replaceable] });
    expect(at.log).toEqual(['delete old-a', 'begin elastic-ip/a', 'create a', 'finish elastic-ip/a id-a']);
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
      at.things = small();
      expect((await run({ resources: [patient] })).applied).toMatchObject({ updated: ['elastic-ip/b'], unchanged: 1 });
      expect(at.log).toEqual(['update b']);
    });

    test('is made by the stage that appliesDeferred it, and only by that', async () => {
      at.things = small();
      await run({ stage: 'deploy-production', resources: [], appliesDeferred: [patient] });
      expect(at.log).toEqual([]);
      const { applied } = await run({ stage: 'finish-production', resources: [], appliesDeferred: [patient] });
      expect(applied).toEqual({ created: [], updated: ['elastic-ip/a'], unchanged: 0, duplicates: [] });
      expect(at.log).toEqual(['update a']);
    });

    test('is handed on, and nothing else is looked for later', async () => {
      at.things = small();
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
      at.things = small();
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
      at.things = small();
      const finishing = { stage: 'finish-production', resources: [], appliesDeferred: [patient] } as const;
      await expect(run({ ...finishing, journal: overtaken })).rejects.toThrow(FencedError);
      expect(at.log).toEqual([]);
    });

    test('of what is no longer there is for the next run', async () => {
      await run({ stage: 'finish-production', resources: [], appliesDeferred: [patient] });
      expect(at.log).toEqual([]);
    });
  });

  test('goes on with the new revision, where an update makes one', async () => {
    at.things = ['a', 'b'].map((key) => ({ key, id: `${key}:1`, size: 1 }));
    const revised = {
      ...resource,
      revised: true as const,
      update: async (_: Cloud, { key }: { key: string }) => ({ key, id: `${key}:2`, size: 2 }),
    };
    const { outputs } = await run({ resources: [revised] });
    expect(outputs['elastic-ip']).toMatchObject({ a: { id: 'a:2' }, b: { id: 'b:2' } });
  });

  const twins = ['eipalloc-0a', 'eipalloc-0b'].map((id) => ({ key: 'a', id, size: 2 }));

  test('refuses two of a key that were never recorded, names both and the command that parts them', async () => {
    at.things = twins;
    await expect(run()).rejects.toThrow(
      'elastic-ip/a exists 2 times in us-east-1: eipalloc-0a, eipalloc-0b; check them, then take them out of the deployment with: aws ec2 delete-tags --region us-east-1 --resources <all but the one to keep> --tags Key=slipway:key; then start again',
    );
    expect(at.log).toEqual([]);
  });

  test('goes on with the recorded one of two, and tells of the other', async () => {
    at.things = [...twins, { key: 'b', id: 'id-b', size: 2 }];
    const { outputs, applied } = await run({ journal: journal([['elastic-ip/a', 'eipalloc-0b']]) });
    expect(outputs['elastic-ip']?.a?.id).toBe('eipalloc-0b');
    expect(applied.duplicates).toEqual([
      'elastic-ip/a exists 2 times in us-east-1: eipalloc-0a, eipalloc-0b; eipalloc-0b is used; check them, then take them out of the deployment with: aws ec2 delete-tags --region us-east-1 --resources eipalloc-0a --tags Key=slipway:key',
    ]);
    expect(at.log).toEqual([]);
  });

  test('refuses what AWS cannot change in place', async () => {
    at.fixedSize = true;
    at.things = [{ key: 'a', id: 'id-a', size: 5 }];
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
    expect(at.log).toContain('finish elastic-ip/a refused: AddressLimitExceeded');
  });

  test('leaves the intent open when nobody knows whether the create happened', async () => {
    const lost = Object.assign(new Error('socket hang up'), { name: 'Error', code: 'ECONNRESET' });
    await expect(run({ resources: [{ ...resource, create: () => Promise.reject(lost) }] })).rejects.toMatchObject({
      name: 'TransientError',
    });
    expect(at.log).toEqual(['begin elastic-ip/a,elastic-ip/b']);
  });
});
