import { beforeEach, describe, expect, test } from '@jest/globals';
import { allResources } from '../../../../lambdas/resources/all.ts';
import { decide, refuse } from '../../../../lambdas/store/approvals.ts';
import { claimOf } from '../../../../lambdas/store/asked.ts';
import {
  approveAsked,
  forgetDeployment,
  forgetRegions,
  reachedWrites,
  readApproved,
  readDeployments,
  readReached,
} from '../../../../lambdas/store/deployments.ts';
import { countFailure, forgetFailures } from '../../../../lambdas/store/reruns.ts';
import { type Table, transact } from '../../../../lambdas/store/table.ts';
import { kinds } from '../../../../workflow/stages.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';
import { memoryTable } from '../../../support/table-double.ts';
import { answer, ask, first, large, run, second, small, writeAsked } from './asking.ts';

const writeReached = (...[on, ...what]: Parameters<typeof reachedWrites>) =>
  transact(on, [...reachedWrites(on, ...what)], 'reached');

let table: Table;
let items: ReturnType<typeof memoryTable>['items'];
beforeEach(() => {
  ({ table, items } = memoryTable());
});

describe('what is wanted', () => {
  test('is nothing while it was only asked for: no schedule knows of it', async () => {
    await writeAsked(table, 'platform', first, small);
    expect([await readApproved(table, 'platform'), await readDeployments(table)]).toEqual([undefined, []]);
  });

  test('is what people said yes to, with the very write that records their answer', async () => {
    await writeAsked(table, 'platform', first, small);
    await decide(table, await ask(table, first), answer('approved'));
    expect([await readApproved(table, 'platform'), await readDeployments(table)]).toEqual([small, ['platform']]);
  });

  test('stays what it was when people say no to something else', async () => {
    await writeAsked(table, 'platform', first, small);
    await approveAsked(table, 'platform', first.arn);
    await writeAsked(table, 'platform', second, large);
    await decide(table, await ask(table, second), answer('rejected'));
    await refuse(table, 'platform', second.arn);
    expect(await readApproved(table, 'platform')).toEqual(small);
  });

  test('is not what an older run asked for, even if that is approved late', async () => {
    await writeAsked(table, 'platform', first, small);
    const question = await ask(table, first);
    await writeAsked(table, 'platform', second, large);
    await decide(table, question, answer('approved'));
    expect(await readApproved(table, 'platform')).toBeUndefined();
  });

  test('ends with a destroy, whatever is kept: what was kept can still be found by a later one', async () => {
    await writeAsked(table, 'platform', first, small);
    await approveAsked(table, 'platform', first.arn);
    await writeReached(table, 'platform', small, [regionConfig(), secondaryConfig()], []);
    await transact(table, forgetDeployment(table, 'platform', ['us-west-2']), 'the end');
    expect([await readApproved(table, 'platform'), await readDeployments(table)]).toEqual([undefined, []]);
    expect((await readReached(table, 'platform')).map(({ region }) => region)).toEqual(['us-east-1']);
  });

  test('goes on without the regions that were taken down', async () => {
    await writeAsked(table, 'platform', first, small);
    await approveAsked(table, 'platform', first.arn);
    await transact(table, await forgetRegions(table, 'platform', ['us-west-2']), 'the end');
    expect((await readApproved(table, 'platform'))?.regions.map(({ region }) => region)).toEqual(['us-east-1']);
  });
});

describe('a failed run is started again', () => {
  const destroy = run('gone', 2, 'destroy');
  const destroyed = async () => {
    await writeAsked(table, 'platform', destroy);
    await transact(table, forgetDeployment(table, 'platform', ['us-east-1', 'us-west-2']), 'the end');
  };
  test.each<[string, () => Promise<unknown>, object]>([
    ['while nothing else was asked for', async () => {}, { newest: true, refused: false }],
    [
      'not after something else was',
      () => writeAsked(table, 'platform', second, small),
      { newest: false, refused: false },
    ],
    ['not after a destroy was', () => writeAsked(table, 'platform', destroy), { newest: false, refused: false }],
    ['not after a destroy has ended', destroyed, { newest: false, refused: false }],
    ['not after people said no to it', () => refuse(table, 'platform', first.arn), { newest: true, refused: true }],
  ])('%s', async (_, meanwhile, expected) => {
    await writeAsked(table, 'platform', first, large);
    await meanwhile();
    expect(await claimOf(table, 'platform', first)).toEqual(expected);
  });

  test('also where it failed before it could write down what it asks for', async () => {
    await writeAsked(table, 'platform', first, large);
    expect(await claimOf(table, 'platform', second)).toEqual({ newest: true, refused: false });
  });
});

/** Items as earlier versions wrote them. Frozen: a new field of the input has to find its default, not a new row here. */
const { tags: _tags, prices: _prices, pipeline: _pipeline, ...older } = small;
const stored: readonly (readonly [string, object])[] = [
  ['without a schema version', { input: small, regions: [regionConfig(), secondaryConfig()] }],
  [
    'before tags, prices, the pipeline’s settings and safe repairs',
    { input: { ...older, approval: { timeoutMinutes: 60 } }, regions: [regionConfig(), secondaryConfig()] },
  ],
  ['with an input that says nothing but its regions', { input: { regions: small.regions }, regions: [regionConfig()] }],
];
describe.each(stored)('a configuration that was stored %s', (_, fields) => {
  beforeEach(() => {
    ({ table, items } = memoryTable([{ pk: 'DEPLOYMENT#platform', sk: 'CONFIG', ...fields }]));
  });

  test('is reconciled, with the defaults of what came later', async () => {
    const input = await readApproved(table, 'platform');
    expect(input).toMatchObject({ tags: {}, prices: {}, approval: { safeRepairs: false }, regions: small.regions });
  });

  test('can be destroyed: every kind knows what it looks for', async () => {
    const regions = await readReached(table, 'platform');
    expect(regions.map(({ region }) => region)).toContain('us-east-1');
    for (const config of regions) for (const kind of kinds) allResources[kind].specs(config);
    expect(regions[0]).toMatchObject({ primary: true, tags: {}, network: regionConfig().network });
  });
});

test.each<[string, object, RegExp]>([
  ['holds what is no longer taken', { input: { regions: small.regions, zoneCount: 'two' } }, /\$\.zoneCount: /],
  ['has lost its regions: they are not the default ones', { input: {} }, /\$\.regions: /],
  ['is another deployment’s', { input: { ...small, deployment: 'shop' } }, /\$\.deployment: /],
  ['a later version stored', { schemaVersion: 2, input: small }, /\$\.schemaVersion: /],
])('an input that %s says what to do', async (_, fields, problem) => {
  ({ table } = memoryTable([{ pk: 'DEPLOYMENT#platform', sk: 'CONFIG', ...fields }]));
  await expect(readApproved(table, 'platform')).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(new RegExp(`can't be read any more; start .*again.*:\\n${problem.source}`)),
  });
});

test('a region is written down once, and read as it was written', async () => {
  await writeReached(table, 'platform', small, [regionConfig()], []);
  const known = await readReached(table, 'platform');
  const before = JSON.stringify(items());
  await writeReached(table, 'platform', large, known, known);
  expect(JSON.stringify(items())).toBe(before);
});

test('failures are counted by cause and in all, until the deployment is well', async () => {
  await countFailure(table, 'platform', 'no room');
  await countFailure(table, 'platform', 'no address');
  expect(await countFailure(table, 'platform', 'no room')).toEqual({ ofThisCause: 2, total: 3 });
  await transact(table, [forgetFailures(table, 'platform')], 'that it is well');
  expect(await countFailure(table, 'platform', 'no room')).toEqual({ ofThisCause: 1, total: 1 });
});
