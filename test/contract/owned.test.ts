import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { decisions } from '../../infra/owned/index.ts';
import { allResources } from '../../lambdas/resources/all.ts';
import type { Difference } from '../../workflow/documents.ts';
import { type Kind, kinds } from '../../workflow/stages.ts';
import { alterations } from '../emulator/drift/alterations/index.ts';
import { keysOf, type Member, ownedPage, ownedPath, settable, writesOwned } from '../support/owned-page.ts';
import { recordRequests } from '../support/recorded-requests.ts';
import { regionConfig } from '../support/region-config.ts';

/** The first part of a difference's path. */
const headOf = (path: string): string => path.split(/[.[]/)[0] ?? '';

/** Owned differences of a kind; the engine compares tags, and not the kind. */
const ownedHeads = (kind: Kind): readonly string[] =>
  [...new Set(Object.values(decisions[kind].owned))].filter((head) => kind === 'image' || head !== 'tags');

function otherThan(value: unknown): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value + 1_000;
  if (Array.isArray(value)) return ['somebody’s'];
  return typeof value === 'object' && value !== null ? { somebody: {} } : 'somebody’s';
}

/** The same thing with one property altered, or one of a property’s own; one after the other. */
function* alterationsOf(found: object, more: readonly string[]): Generator<object> {
  const known = Object.entries(found);
  const added = more.filter((name) => !(name in found)).map((name) => [name, undefined] as const);
  for (const [name, value] of [...known, ...added]) {
    yield { ...found, [name]: otherThan(value) };
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [part, own] of Object.entries(value)) yield { ...found, [name]: { ...value, [part]: otherThan(own) } };
  }
}

/** An alteration that is of no shape which AWS shows can’t be compared, and shows nothing. */
function differences(compare: () => readonly Difference[]): readonly Difference[] {
  try {
    return compare();
  } catch {
    return [];
  }
}

const members = new Map<Kind, readonly Member[]>();
/** What of each kind shows as a difference when it is altered; `false` where only a new one helps. */
const shown = new Map<Kind, Map<string, boolean>>();

beforeAll(async () => {
  for (const kind of kinds) members.set(kind, await settable(kind));
  for (const config of [regionConfig(), regionConfig({ certificateArn: 'arn:aws:acm:us-east-1:1:certificate/1' })])
    await recordRequests(config, ({ kind, diff }, spec, found) => {
      const known = shown.get(kind) ?? new Map<string, boolean>();
      shown.set(kind, known);
      for (const seen of [found, ...alterationsOf(found, ownedHeads(kind))])
        for (const { path, replace } of differences(() => diff(spec, seen))) known.set(headOf(path), replace !== true);
    });
});

describe.each(kinds)('%s', (kind) => {
  test('every member that can be set is decided', () => {
    expect(members.get(kind)?.filter(({ key }) => key === undefined)).toEqual([]);
  });

  test('no decision is about an unknown member, and none is made twice', () => {
    const used = new Set(members.get(kind)?.map(({ key }) => key));
    expect(keysOf(kind).filter((key) => !used.has(key))).toEqual([]);
    expect(keysOf(kind)).toEqual([...new Set(keysOf(kind))]);
  });

  test('what is owned shows as a difference when somebody alters it', () => {
    // An image’s bytes go by another protocol than what is recorded: test/unit/lambdas/resources/image.test.ts.
    if (kind === 'image') return;
    const heads = shown.get(kind) ?? new Map();
    expect(ownedHeads(kind).filter((head) => !heads.has(head))).toEqual([]);
  });
});

test('every kind that carries tags has them from the call that makes it', () => {
  const tagged = kinds.filter((kind) => (allResources[kind].arn ?? allResources[kind].tag) !== undefined);
  const known = kinds.filter((kind) =>
    members.get(kind)?.some(({ key }) => /(^|\.)(Tags|tags|TagSpecifications)$/.test(key ?? '')),
  );
  expect(tagged.filter((kind) => !known.includes(kind))).toEqual([]);
});

test('workflow/OWNED.md says so', async () => {
  const page = await ownedPage();
  if (writesOwned) writeFileSync(ownedPath, page);
  expect(page).toBe(readFileSync(ownedPath, 'utf8'));
});

/**
 * What the drift suite does not alter on the local cloud; the test above alters each of them in process, and so does
 * test/unit/lambdas/resources/differences.test.ts.
 */
const notAltered: Partial<Readonly<Record<Kind, string>>> = {
  'artifact-bucket': 'ownership',
  'internet-gateway': 'vpc',
  'route-table': 'subnets',
  'task-definition': 'containers taskRole executionRole networkMode compatibility cpu memory architecture system',
  'load-balancer': 'subnets securityGroups',
  listener: 'protocol port tlsPolicy certificate',
  'listener-rule': 'priority action rewrites',
  topic: 'displayName',
  'build-project':
    'source buildspec artifacts environmentType computeType privileged roleArn description timeoutMinutes queuedTimeoutMinutes cacheModes logGroup',
  pipeline: 'roleArn artifactStores executionMode type',
  'pipeline-transition': 'enabled',
  'source-trigger': 'pattern',
  alarm:
    'description actionsEnabled okActions alarmActions metric namespace statistic dimensions periodSeconds periods periodsOver comparison missingData unit fewSamples',
  service:
    'taskDefinition zoneRebalancing strategy targetGroup maximumPercent minimumHealthyPercent subnets healthCheckGraceSeconds managedTags propagateTags executeCommand',
  'scalable-target': 'minCount suspended',
  'scaling-policy': 'metric scaleOutCooldownSeconds scaleInCooldownSeconds scaleInDisabled',
};

test('the drift suite alters what is owned and can be put right in place, but for what is named', () => {
  const altered = new Set(
    alterations.flatMap(({ planned }) =>
      planned.map((line) => {
        const [, kind = '', path = ''] = /^([^/]+)\/\S+ ?(.*)$/.exec(line) ?? [];
        return `${kind} ${headOf(path)}`;
      }),
    ),
  );
  const missing = kinds.flatMap((kind) =>
    ownedHeads(kind)
      .filter((head) => shown.get(kind)?.get(head) === true && !altered.has(`${kind} ${head}`))
      .map((head) => `${kind} ${head}`),
  );
  const named = kinds.flatMap((kind) => (notAltered[kind]?.split(' ') ?? []).map((head) => `${kind} ${head}`));
  expect(missing).toEqual(named);
});
