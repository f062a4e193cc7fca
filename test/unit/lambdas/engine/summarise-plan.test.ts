import { describe, expect, test } from '@jest/globals';
import { impossible, orphans, type RegionPlan, summarisePlan } from '../../../../lambdas/engine/plan.ts';
import type { AnyResource } from '../../../../lambdas/resources/resource.ts';
import type { PlannedChange } from '../../../../workflow/documents.ts';
import { environmentNamed } from '../../../../workflow/environments.ts';
import { impactOf, type Kind, kinds } from '../../../../workflow/stages.ts';

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
      kinds.map((kind) => [kind, kind === 'flow-log' ? { replaceable: true } : {}]),
    ) as Record<Kind, AnyResource>;
    const replaced = { action: 'replace', differences: [{ path: 'size', was: 1, want: 2, replace: true }] } as const;
    expect(impossible([change({ ...replaced, kind: 'flow-log' })], resources)).toEqual([]);
    expect(impossible([change(replaced)], resources)).toEqual([
      "vpc/main in us-east-1 can't be changed in place: size is 1, wanted 2; use another deployment name, or put the old value back",
    ]);
  });
});
