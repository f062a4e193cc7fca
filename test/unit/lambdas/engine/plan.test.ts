import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Cloud } from '../../../../lambdas/aws/cloud.ts';
import { impossible, orphans, planRegion, type RegionPlan, summarisePlan } from '../../../../lambdas/engine/plan.ts';
import type { AnyResource, Found, Readiness, Resource } from '../../../../lambdas/resources/resource.ts';
import { ref } from '../../../../lambdas/resources/resource.ts';
import type { Difference, Outputs, PlannedChange } from '../../../../workflow/documents.ts';
import { environmentNamed } from '../../../../workflow/environments.ts';
import { impactOf, type Kind, kinds } from '../../../../workflow/stages.ts';
import { regionConfig } from '../../../support/region-config.ts';

const cloud: Cloud = {
  scope: { deployment: 'platform', account: '1', partition: 'aws', region: 'us-east-1' },
  client: () => {
    throw new Error('a unit test reaches no cloud');
  },
};

interface Parts {
  readonly specs?: Resource['specs'];
  readonly alive?: Readonly<Record<string, string>>;
  readonly diff?: (spec: object, id: string) => readonly Difference[];
  readonly readiness?: Readiness;
  readonly onList?: () => void;
}

const reading = (kind: Kind, { specs, alive = {}, diff, readiness, onList }: Parts): AnyResource => {
  const never = () => Promise.reject(new Error('a plan only reads'));
  return {
    kind,
    permissions: { read: [], write: [] },
    environmentOf: environmentNamed,
    specs: specs ?? (() => []),
    list: async () => {
      onList?.();
      return Object.entries(alive).map(([key, id]) => ({ key, id }));
    },
    readiness: () => readiness ?? { state: 'ready' },
    diff: (spec, found) => diff?.(spec, found.id) ?? [],
    create: never,
    update: never,
    delete: never,
    output: ({ id }) => ({ id }),
  } satisfies Resource;
};

const plan = (parts: Partial<Record<Kind, Parts>>): Promise<RegionPlan> =>
  planRegion(
    cloud,
    regionConfig(),
    Object.fromEntries(kinds.map((kind) => [kind, reading(kind, parts[kind] ?? {})])) as Record<Kind, AnyResource>,
  );

const one =
  (spec: object = {}): Resource['specs'] =>
  () => [{ key: 'main', spec }];
const size: Difference = { path: 'size', was: 1, want: 2 };

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
    await planRegion(cloud, regionConfig(), resources);
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
      return planRegion(cloud, regionConfig(), resources);
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

  describe('tags', () => {
    const asked = regionConfig({ tags: { 'cost-center': '4711' } });
    const tagged = { tag: () => Promise.reject(new Error('a plan only reads')) };
    const withTags = async (
      tags: Found['tags'],
      over: Partial<AnyResource> = tagged,
      diff: Parts['diff'] = () => [],
    ) => {
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
      const { changes, wanted } = await planRegion({ ...cloud, scope: asked }, asked, resources);
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
    await planRegion(cloud, regionConfig(), resources);
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

describe('summarisePlan', () => {
  const change = (over: Partial<PlannedChange>): PlannedChange => ({
    region: 'us-east-1',
    stage: 'vpc',
    kind: 'vpc',
    key: 'main',
    action: 'unchanged',
    differences: [],
    impact: impactOf(over.stage ?? 'vpc', over.kind ?? 'vpc', environmentNamed(over.key)),
    ...over,
  });
  const summary = (changes: readonly PlannedChange[], wanted: RegionPlan['wanted'] = {}) =>
    summarisePlan([{ changes, wanted }]);

  test.each<[string, readonly PlannedChange[], { hasChanges: boolean; production: boolean }]>([
    ['nothing to do', [change({})], { hasChanges: false, production: false }],
    ['something of the network', [change({ action: 'update' })], { hasChanges: true, production: false }],
    ['something that is not ready yet', [change({ waiting: 'pending' })], { hasChanges: true, production: false }],
    [
      'something of staging',
      [change({ action: 'update', stage: 'deploy-staging', kind: 'service' })],
      { hasChanges: true, production: false },
    ],
    [
      'something of production',
      [change({ action: 'update', stage: 'deploy-production', kind: 'service' })],
      { hasChanges: true, production: true },
    ],
    [
      'the pipeline’s way to production',
      [change({ action: 'update', stage: 'finish-production', kind: 'pipeline-transition' })],
      { hasChanges: true, production: true },
    ],
    [
      'something of the network that waits for production',
      [change({ action: 'update', stage: 'alb', kind: 'security-group', deferredTo: 'finish-production' })],
      { hasChanges: true, production: true },
    ],
    [
      'production as it should be, beside a change elsewhere',
      [change({ stage: 'deploy-production', kind: 'service' }), change({ action: 'create' })],
      { hasChanges: true, production: false },
    ],
  ])('tells %s', (_, changes, expected) => {
    expect(summary(changes)).toMatchObject(expected);
  });

  const touching = { action: 'update', touchesProduction: true } as const;
  test.each<[string, Partial<PlannedChange>, boolean, boolean]>([
    ['is not asked about what touches no production', { action: 'update' }, false, false],
    ['is asked about what touches it', touching, true, false],
    [
      'is asked about a load balancer even where safe repairs go ahead',
      { ...touching, stage: 'alb', kind: 'listener' },
      true,
      true,
    ],
    [
      'is not asked about a repair where safe repairs go ahead',
      { ...touching, differences: [{ path: 'dns', was: false, want: true }] },
      true,
      false,
    ],
    [
      'is asked about a rule that somebody added',
      { ...touching, differences: [{ path: 'ingress[x]', was: { port: 22 }, want: undefined }] },
      true,
      true,
    ],
    [
      'is asked about a member of a set that somebody added',
      { ...touching, differences: [{ path: 'actions', was: ['theirs', 'ours'], want: ['ours'] }] },
      true,
      true,
    ],
    [
      'is not asked about a member that is missing',
      { ...touching, differences: [{ path: 'actions', was: ['one'], want: ['one', 'other'] }] },
      true,
      false,
    ],
    ['is asked about a replacement', { action: 'replace', kind: 'flow-log' }, true, true],
    ['is asked about what goes', { action: 'delete' }, true, true],
  ])('%s first', (_, over, askFirst, askFirstOfRepairs) => {
    const plans = [{ changes: [change(over)], outputs: {}, wanted: {} }];
    expect([summarisePlan(plans).askFirst, summarisePlan(plans, true).askFirst]).toEqual([askFirst, askFirstOfRepairs]);
  });

  test('counts over all regions', () => {
    const plans = [
      { changes: [change({ action: 'create' }), change({})], outputs: {}, wanted: {} },
      { changes: [change({ action: 'create' }), change({ action: 'replace' })], outputs: {}, wanted: {} },
    ];
    expect(summarisePlan(plans).counts).toEqual({ create: 2, update: 0, replace: 1, delete: 0, unchanged: 1 });
  });

  test('has a digest of what is wanted, whatever stands', () => {
    const wanted = { 'vpc/main': { cidr: '10.0.0.0/16' } };
    const { digest } = summary([change({ action: 'create' })], wanted);
    expect(summary([change({})], wanted).digest).toBe(digest);
    expect(summary([change({})], { 'vpc/main': { cidr: '10.9.0.0/16' } }).digest).not.toBe(digest);
  });

  test('has another digest when something goes that people have not seen', () => {
    const digests = [
      summary([]),
      ...(['delete', 'replace'] as const).map((action) => summary([change({ action })])),
      ...[{ key: 'other' }, { kind: 'subnet' as const }].map((over) =>
        summary([change({ action: 'delete', ...over })]),
      ),
    ].map(({ digest }) => digest);
    expect(new Set(digests).size).toBe(5);
  });

  test('counts what goes, and does not take it for a deployment', () => {
    expect(summary([change({ action: 'delete', stage: 'deploy-production', kind: 'scaling-policy' })])).toMatchObject({
      counts: { delete: 1 },
      production: false,
    });
  });

  test('names what is left behind by region', () => {
    const plans = [
      { changes: [change({ action: 'delete', key: 'c' }), change({})], outputs: {}, wanted: {} },
      { changes: [change({ region: 'us-west-2' })], outputs: {}, wanted: {} },
    ];
    expect(orphans(plans)).toEqual([{ region: 'us-east-1', only: ['vpc/c'] }]);
  });

  test('is impossible where something would be replaced that something else hangs on', () => {
    const resources = Object.fromEntries(
      kinds.map((kind) => [kind, { ...reading(kind, {}), ...(kind === 'flow-log' ? { replaceable: true } : {}) }]),
    ) as Record<Kind, AnyResource>;
    const replaced = { action: 'replace', differences: [{ ...size, replace: true }] } as const;
    expect(impossible([change({ ...replaced, kind: 'flow-log' })], resources)).toEqual([]);
    expect(impossible([change(replaced)], resources)).toEqual([
      "vpc/main in us-east-1 can't be changed in place: size is 1, wanted 2; use another deployment name, or put the old value back",
    ]);
  });
});
