import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Cloud } from '../../../../lambdas/aws/cloud.ts';
import { planRegion, type RegionPlan } from '../../../../lambdas/engine/plan.ts';
import type { AnyResource, Resource } from '../../../../lambdas/resources/resource.ts';
import { ref } from '../../../../lambdas/resources/resource.ts';
import type { Difference, Outputs, PlannedChange } from '../../../../workflow/documents.ts';
import { type Kind, kinds } from '../../../../workflow/stages.ts';
import { noCloud } from '../../../support/no-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';
import { one, type Parts, plan, reading, size } from './planning.ts';

describe('planRegion', () => {
  test.each<[string, Parts, Partial<PlannedChange>]>([
    ['create what is missing', {}, { action: 'create', differences: [] }],
    ['leave what is as wanted', { alive: { main: 'v' } }, { action: 'unchanged', differences: [] }],
    ['update what differs', { alive: { main: 'v' }, diff: () => [size] }, { action: 'update', differences: [size] }],
    [
      'replace where one difference needs it',
      { alive: { main: 'v' }, diff: () => [size, { ...size, replace: true }] },
      { action: 'replace' },
    ],
    [
      'wait for what is not ready',
      { alive: { main: 'v' }, readiness: { state: 'pending', reason: 'is pending', nextCheckSeconds: 5 } },
      { action: 'unchanged', waiting: 'is pending' },
    ],
  ])('would %s', async (_, parts, expected) => {
    const { changes } = await plan({ vpc: { specs: one(), ...parts } });
    expect(changes).toEqual([expect.objectContaining({ region: 'us-east-1', stage: 'vpc', kind: 'vpc', key: 'main' })]);
    expect(changes[0]).toMatchObject(expected);
  });

  test('fills references in with what stands, and leaves those to what does not', async () => {
    const seen: object[] = [];
    const watching = (alive: Parts['alive'], differences: readonly Difference[] = []): Promise<RegionPlan> =>
      plan({
        vpc: { specs: one(), diff: () => differences, ...(alive === undefined ? {} : { alive }) },
        'internet-gateway': {
          specs: one({ vpc: ref('vpc', 'main') }),
          alive: { main: 'igw' },
          diff: (spec) => {
            seen.push(spec);
            return [];
          },
        },
      });
    await watching({ main: 'vpc-1' });
    await watching({});
    await watching({ main: 'vpc-1' }, [size]);
    // What is replaced will have another id.
    await watching({ main: 'vpc-1' }, [{ ...size, replace: true }]);
    expect(seen.map((spec) => (spec as { vpc: string }).vpc)).toEqual([
      'vpc-1',
      '${vpc/main.id}',
      'vpc-1',
      '${vpc/main.id}',
    ]);
  });

  test('reads kinds side by side, each once, and after the one that it is part of', async () => {
    const begun: [Kind, Outputs][] = [];
    let open = 0;
    const most: number[] = [];
    const resources = Object.fromEntries(
      kinds.map((kind): [string, AnyResource] => {
        const list = async (_: Cloud, outputs: Outputs) => {
          begun.push([kind, outputs]);
          open += 1;
          most.push(open);
          await turn();
          open -= 1;
          return [{ key: 'main', id: kind }];
        };
        const parts = kind === 'listener' ? { parent: 'load-balancer' as const } : {};
        return [kind, { ...reading(kind, { specs: one() }), ...parts, list }];
      }),
    ) as Record<Kind, AnyResource>;
    await planRegion(noCloud, regionConfig(), resources);
    expect(begun).toEqual([
      ...kinds.filter((kind) => kind !== 'listener').map((kind) => [kind, {}]),
      ['listener', { 'load-balancer': { main: { id: 'load-balancer' } } }],
    ]);
    expect(Math.max(...most)).toBe(kinds.length - 1);
  });

  describe('names that something else has', () => {
    const stranger = (id: string, over: object = {}) => ({ key: id, id, unmanaged: true as const, ...over });
    const withList = async (list: Awaited<ReturnType<AnyResource['list']>>, specs = one({ name: 'platform-alb' })) => {
      const resources = Object.fromEntries(kinds.map((kind) => [kind, reading(kind, {})])) as Record<Kind, AnyResource>;
      resources['load-balancer'] = { ...reading('load-balancer', { specs }), list: async () => list };
      return planRegion(noCloud, regionConfig(), resources);
    };

    test('are all told, and nothing of them is counted as ours', async () => {
      const two: Resource['specs'] = () => [
        { key: 'main', spec: { name: 'platform-alb' } },
        { key: 'staging', spec: { name: 'staging' } },
      ];
      const { conflicts, changes } = await withList(
        [stranger('platform-alb'), stranger('staging', { id: 'cluster/staging' })],
        two,
      );
      expect(conflicts).toEqual([
        "load-balancer/main in us-east-1: platform-alb exists already and does not carry this deployment's tags; remove or rename it, or choose another deployment name",
        "load-balancer/staging in us-east-1: cluster/staging exists already and does not carry this deployment's tags; remove or rename it, or choose another deployment name",
      ]);
      expect(changes.map(({ action }) => action)).toEqual(['create', 'create']);
    });

    test.each<[string, Awaited<ReturnType<AnyResource['list']>>]>([
      ['where ours stands', [{ key: 'main', id: 'arn' }, stranger('platform-alb')]],
      ['where the name is another', [stranger('platform-alb-2')]],
      ['where a create takes it over', [stranger('platform-alb', { adopted: true })]],
    ])('are in nobody’s way %s', async (_, list) => {
      const { conflicts, unseen } = await withList(list);
      expect(conflicts).toEqual([]);
      expect(unseen).toEqual([]);
    });

    test('nothing at all is unseen', async () => {
      expect((await withList([])).unseen).toEqual(['load-balancer']);
    });
  });

  test.each([
    ['is made anew', [{ ...size, replace: true as const }], {}, true],
    ['gets another revision', [size], { revised: true as const }, true],
    ['is updated in place', [size], {}, false],
  ])('what refers to something that %s differs, or not', async (_, differences, over, differs) => {
    const seen: object[] = [];
    const resources = Object.fromEntries(kinds.map((kind) => [kind, reading(kind, {})])) as Record<Kind, AnyResource>;
    resources['task-definition'] = {
      ...reading('task-definition', { specs: one(), alive: { main: 'app:1' }, diff: () => differences }),
      ...over,
    };
    resources.service = reading('service', {
      specs: () => [{ key: 'main', stage: 'deploy-staging', spec: { task: ref('task-definition', 'main') } }],
      alive: { main: 's' },
      diff: (spec) => {
        seen.push(spec);
        return [];
      },
    });
    await planRegion(noCloud, regionConfig(), resources);
    expect(seen).toEqual([{ task: differs ? '${task-definition/main.id}' : 'app:1' }]);
  });

  test('keeps logical specs for the digest, never ids', async () => {
    const { wanted } = await plan({
      vpc: { specs: one(), alive: { main: 'vpc-1' } },
      'internet-gateway': { specs: one({ vpc: ref('vpc', 'main') }) },
    });
    expect(wanted).toEqual({ tags: {}, 'vpc/main': {}, 'internet-gateway/main': { vpc: '${vpc/main.id}' } });
  });

  test('reads a kind once, even where several stages make it', async () => {
    let reads = 0;
    const { changes } = await plan({
      service: {
        specs: () => [
          { key: 'staging', stage: 'deploy-staging', spec: {} },
          { key: 'production', stage: 'deploy-production', spec: {} },
        ],
        onList: () => {
          reads += 1;
        },
      },
    });
    expect(reads).toBe(1);
    expect(changes.map(({ stage, key }) => `${stage} ${key}`)).toEqual([
      'deploy-staging staging',
      'deploy-production production',
    ]);
  });

  test('would delete what an older configuration left behind, with the first stage that makes its kind', async () => {
    const { changes } = await plan({
      vpc: { specs: one(), alive: { main: 'v' } },
      role: { specs: () => [{ key: 'execution', stage: 'ecs', spec: {} }], alive: { execution: 'r', build: 's' } },
    });
    expect(changes.filter(({ action }) => action === 'delete')).toEqual([
      {
        region: 'us-east-1',
        stage: 'vpc',
        kind: 'role',
        key: 'build',
        impact: 'network',
        action: 'delete',
        differences: [],
      },
    ]);
  });

  describe('where production stands', () => {
    const production = {
      specs: () => [{ key: 'production', stage: 'deploy-production' as const, spec: {} }],
      alive: { production: 's' },
    };
    const touched = async (parts: Partial<Record<Kind, Parts>>) =>
      (await plan({ service: production, ...parts })).changes
        .filter(({ touchesProduction }) => touchesProduction)
        .map(({ kind, key }) => `${kind}/${key}`);
    const differing = { specs: one(), alive: { main: 'x' }, diff: () => [size] };

    test.each<[string, Partial<Record<Kind, Parts>>, readonly string[]]>([
      ['a route table that differs', { 'route-table': differing }, ['route-table/main']],
      ['a network’s part that is missing', { 'nat-gateway': { specs: one() } }, ['nat-gateway/main']],
      ['an alarm that differs', { alarm: differing }, ['alarm/main']],
      ['the listener', { listener: differing }, ['listener/main']],
      ['what is left behind', { 'elastic-ip': { specs: one(), alive: { main: 'x', c: 'y' } } }, ['elastic-ip/c']],
      ['what is as it should be', { 'route-table': { specs: one(), alive: { main: 'x' } } }, []],
      ['a new revision of the tasks', { 'task-definition': differing }, []],
      ['the image and the way to it', { repository: differing, image: differing, pipeline: differing }, []],
      [
        'staging’s own',
        {
          'target-group': { specs: () => [{ key: 'staging', spec: {} }], alive: { staging: 'x' }, diff: () => [size] },
        },
        [],
      ],
      [
        'who or what is released, though nothing that runs is changed',
        { pipeline: { ...differing, diff: () => [{ ...size, release: true }] }, 'source-trigger': differing },
        ['pipeline/main'],
      ],
      ['its own service, which waits for an approval anyway', { service: { ...production, diff: () => [size] } }, []],
    ])('touches it or not: %s', async (_, parts, expected) => {
      expect(await touched(parts)).toEqual(expected);
    });

    test('and where it does not, nothing touches it', async () => {
      const { changes } = await plan({ 'route-table': differing });
      expect(changes.some(({ touchesProduction }) => touchesProduction)).toBe(false);
    });
  });

  test('does not read a kind of which nothing is wanted', async () => {
    let reads = 0;
    await plan({
      pipeline: {
        onList: () => {
          reads += 1;
        },
      },
    });
    expect(reads).toBe(0);
  });
});
