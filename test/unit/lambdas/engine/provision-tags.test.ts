import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Cloud } from '../../../../lambdas/aws/cloud.ts';
import { FencedError } from '../../../../lambdas/errors.ts';
import { noCloud } from '../../../support/no-cloud.ts';

import { afresh, at, overtaken, resource, run, type Thing } from './provisioning.ts';

beforeEach(afresh);

describe('tags of a stage', () => {
  const tagged = { ...resource, specs: () => [{ key: 'a', spec: { size: 2 } }] };
  const withTags = (over: Partial<typeof tagged> = {}) => ({
    ...tagged,
    tag: async (_: Cloud, { id }: Thing, tags: Readonly<Record<string, string>>) => {
      at.log.push(`tag ${id} ${JSON.stringify(tags)}`);
      at.things = at.things.map((thing) => (thing.id === id ? { ...thing, tags: { ...thing.tags, ...tags } } : thing));
    },
    ...over,
  });
  const asking = { ...noCloud, scope: { ...noCloud.scope, tags: { 'cost-center': '4711' } } };
  const right = { Name: 'platform-a', 'cost-center': '4711' };

  test('alone are put right without an update of the kind', async () => {
    at.things = [{ key: 'a', id: 'id-a', size: 2, tags: { Name: 'mine', 'cost-center': '4711', team: 'blue' } }];
    const { applied } = await run({ cloud: asking, resources: [withTags()] });
    expect(at.log).toEqual([`tag id-a ${JSON.stringify(right)}`]);
    expect(applied).toEqual({ created: [], updated: ['elastic-ip/a'], unchanged: 0, duplicates: [] });
    expect(at.things[0]?.tags).toEqual({ ...right, team: 'blue' });
    at.log = [];
    expect((await run({ cloud: asking, resources: [withTags()] })).applied.unchanged).toBe(1);
    expect(at.log).toEqual([]);
  });

  test('come after the kind’s own update, which is told of its own differences only', async () => {
    at.things = [{ key: 'a', id: 'id-a', size: 1, tags: {} }];
    const update: typeof resource.update = async (cloud, wanted, found, differences) => {
      at.log.push(differences.map(({ path }) => path).join());
      await resource.update(cloud, wanted, found, differences);
    };
    const { applied } = await run({ cloud: asking, resources: [withTags({ update })] });
    expect(at.log).toEqual(['size', 'update a', `tag id-a ${JSON.stringify(right)}`]);
    expect(applied.updated).toEqual(['elastic-ip/a']);
  });

  test('of what was just made were put on by the creating call', async () => {
    await run({ cloud: asking, resources: [withTags()] });
    expect(at.log).toEqual(['begin elastic-ip/a', 'create a t', 'finish elastic-ip/a id-a', 'update a']);
  });

  test('are let be once a later run works on them', async () => {
    at.things = [{ key: 'a', id: 'id-a', size: 2, tags: {} }];
    await expect(run({ cloud: asking, resources: [withTags()], journal: overtaken })).rejects.toThrow(FencedError);
    expect(at.log).toEqual([]);
  });

  test('of what has an ARN are put right by it', async () => {
    at.things = [{ key: 'a', id: 'id-a', size: 2, tags: {} }];
    const byArn = { ...tagged, arn: ({ id }: Thing, { region }: Cloud['scope']) => `arn:${region}:${id}` };
    const tagByArn = async (_: Cloud, arn: string, tags: object) => {
      at.log.push(`${arn} ${JSON.stringify(tags)}`);
    };
    await run({ cloud: asking, resources: [byArn], tagByArn });
    expect(at.log).toEqual([`arn:us-east-1:id-a ${JSON.stringify(right)}`]);
    await expect(run({ cloud: asking, resources: [byArn] })).rejects.toThrow('nothing is there to tag elastic-ip');
  });

  test('of a revision are put right where it is', async () => {
    at.things = [{ key: 'a', id: 'a:1', size: 2, tags: {} }];
    const { outputs } = await run({ cloud: asking, resources: [{ ...withTags(), revised: true }] });
    expect(outputs['elastic-ip']).toMatchObject({ a: { id: 'a:1' } });
  });

  test('of a kind that carries none are let be', async () => {
    at.things = [{ key: 'a', id: 'id-a', size: 2, tags: {} }];
    expect((await run({ cloud: asking, resources: [tagged] })).applied.unchanged).toBe(1);
  });

  test('that are refused are told of with what, where and why', async () => {
    at.things = [{ key: 'a', id: 'id-a', size: 2, tags: {} }];
    const tag = () => Promise.reject(Object.assign(new Error('too many'), { name: 'TagLimitExceeded' }));
    await expect(run({ cloud: asking, resources: [withTags({ tag })] })).rejects.toThrow(
      'could not tag elastic-ip/a (id-a) in us-east-1 (TagLimitExceeded)',
    );
  });
});
