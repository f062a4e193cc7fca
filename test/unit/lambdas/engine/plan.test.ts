import { describe, expect, test } from '@jest/globals';
import type { Cloud } from '../../../../lambdas/aws/cloud.ts';
import { type PlannedChange, planRegion, type RegionPlan, summarisePlan } from '../../../../lambdas/engine/plan.ts';
import type { AnyResource, Difference, Readiness, Resource } from '../../../../lambdas/resources/resource.ts';
import { ref } from '../../../../lambdas/resources/resource.ts';
import { type Kind, kinds } from '../../../../workflow/stages.ts';
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
    owned: 'by tag',
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
      { alive: { main: 'v' }, readiness: { state: 'pending', reason: 'is pending', typicalSeconds: 5 } },
      { action: 'unchanged', waiting: 'is pending' },
    ],
  ])('would %s', async (_, parts, expected) => {
    const { changes } = await plan({ vpc: { specs: one(), ...parts } });
    expect(changes).toEqual([expect.objectContaining({ region: 'us-east-1', stage: 'vpc', kind: 'vpc', key: 'main' })]);
    expect(changes[0]).toMatchObject(expected);
  });

  test('fills references in with what stands, and leaves those to what does not', async () => {
    const seen: object[] = [];
    const watching = (alive: Parts['alive']): Promise<RegionPlan> =>
      plan({
        vpc: { specs: one(), ...(alive === undefined ? {} : { alive }) },
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
    expect(seen).toEqual([{ vpc: 'vpc-1' }, { vpc: '${vpc/main.id}' }]);
  });

  test('keeps logical specs for the digest, never ids', async () => {
    const { wanted } = await plan({
      vpc: { specs: one(), alive: { main: 'vpc-1' } },
      'internet-gateway': { specs: one({ vpc: ref('vpc', 'main') }) },
    });
    expect(wanted).toEqual({ 'vpc/main': {}, 'internet-gateway/main': { vpc: '${vpc/main.id}' } });
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
    ...over,
  });
  const summary = (changes: readonly PlannedChange[], wanted: RegionPlan['wanted'] = {}) =>
    summarisePlan([{ changes, upstream: {}, wanted }]);

  test.each<[string, readonly PlannedChange[], { changes: boolean; production: boolean }]>([
    ['nothing to do', [change({})], { changes: false, production: false }],
    ['something of the network', [change({ action: 'update' })], { changes: true, production: false }],
    ['something that is not ready yet', [change({ waiting: 'pending' })], { changes: true, production: false }],
    [
      'something of staging',
      [change({ action: 'update', stage: 'deploy-staging', kind: 'service' })],
      { changes: true, production: false },
    ],
    [
      'something of production',
      [change({ action: 'update', stage: 'deploy-production', kind: 'service' })],
      { changes: true, production: true },
    ],
    [
      'the pipeline’s way to production',
      [change({ action: 'update', stage: 'open-pipeline', kind: 'pipeline-transition' })],
      { changes: true, production: true },
    ],
    [
      'production as it shall be, beside a change elsewhere',
      [change({ stage: 'deploy-production', kind: 'service' }), change({ action: 'create' })],
      { changes: true, production: false },
    ],
  ])('tells %s', (_, changes, expected) => {
    expect(summary(changes)).toMatchObject(expected);
  });

  test('counts over all regions', () => {
    const plans = [
      { changes: [change({ action: 'create' }), change({})], upstream: {}, wanted: {} },
      { changes: [change({ action: 'create' }), change({ action: 'replace' })], upstream: {}, wanted: {} },
    ];
    expect(summarisePlan(plans).counts).toEqual({ create: 2, update: 0, replace: 1, delete: 0, unchanged: 1 });
  });

  test('has a digest of what is wanted, whatever stands', () => {
    const wanted = { 'vpc/main': { cidr: '10.0.0.0/16' } };
    const { digest } = summary([change({ action: 'create' })], wanted);
    expect(summary([change({})], wanted).digest).toBe(digest);
    expect(summary([change({})], { 'vpc/main': { cidr: '10.9.0.0/16' } }).digest).not.toBe(digest);
  });
});
