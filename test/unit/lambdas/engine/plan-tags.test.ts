import { describe, expect, test } from '@jest/globals';
import { planRegion } from '../../../../lambdas/engine/plan.ts';
import type { AnyResource, Found } from '../../../../lambdas/resources/resource.ts';
import { ref } from '../../../../lambdas/resources/resource.ts';
import type { Difference } from '../../../../workflow/documents.ts';
import { type Kind, kinds } from '../../../../workflow/stages.ts';
import { noCloud } from '../../../support/no-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';
import { one, type Parts, reading, size } from './planning.ts';

describe('tags in a plan', () => {
  const asked = regionConfig({ tags: { 'cost-center': '4711' } });
  const tagged = { tag: () => Promise.reject(new Error('a plan only reads')) };
  const withTags = async (tags: Found['tags'], over: Partial<AnyResource> = tagged, diff: Parts['diff'] = () => []) => {
    const resources = Object.fromEntries(kinds.map((kind) => [kind, reading(kind, {})])) as Record<Kind, AnyResource>;
    resources['task-definition'] = {
      ...reading('task-definition', { specs: one(), diff }),
      list: async () => [{ key: 'main', id: 'app:1', ...(tags === undefined ? {} : { tags }) }],
      ...over,
    };
    resources.service = reading('service', {
      specs: () => [{ key: 'main', stage: 'deploy-staging', spec: { task: ref('task-definition', 'main') } }],
      alive: { main: 's' },
      diff: (spec) => Object.values(spec).map((want) => ({ path: 'task', was: '', want })),
    });
    const { changes, wanted } = await planRegion({ ...noCloud, scope: asked }, asked, resources);
    const [planned, service] = changes;
    return { planned, task: service?.differences[0]?.want, wanted };
  };
  const right = { Name: 'platform-main', 'cost-center': '4711' };
  const missing = { path: 'tags[cost-center]', was: undefined, want: '4711' };
  const renamed = { path: 'tags[Name]', was: 'mine', want: 'platform-main' };

  test.each<[string, Found['tags'], readonly Difference[]]>([
    ['that are right', right, []],
    ['of which one is missing', { Name: 'platform-main' }, [missing]],
    ['of which one says something else', { ...right, Name: 'mine' }, [renamed]],
    ['of which none is there', {}, [{ ...renamed, was: undefined }, missing]],
    ['that others put there', { ...right, team: 'blue' }, []],
    ['that nobody has read', undefined, []],
  ])('%s are told by their keys', async (_, tags, differences) => {
    const { planned } = await withTags(tags);
    expect(planned).toMatchObject({ action: differences.length === 0 ? 'unchanged' : 'update', differences });
  });

  test('stand behind the kind’s own differences', async () => {
    expect((await withTags({ Name: 'platform-main' }, tagged, () => [size])).planned?.differences).toEqual([
      size,
      missing,
    ]);
  });

  test('of a kind that carries none are not missed', async () => {
    expect((await withTags({}, {})).planned).toMatchObject({ action: 'unchanged', differences: [] });
  });

  test.each([
    ['alone leave a revision where it is', () => [], 'app:1'],
    ['beside another difference come with the next revision', () => [size], '${task-definition/main.id}'],
  ])('%s', async (_, diff, task) => {
    expect((await withTags({ Name: 'platform-main' }, { ...tagged, revised: true }, diff)).task).toBe(task);
  });

  test('are part of what people approve', async () => {
    expect((await withTags(right)).wanted.tags).toEqual({ 'cost-center': '4711' });
  });
});
