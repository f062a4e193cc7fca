import { beforeEach, describe, expect, test } from '@jest/globals';
import { allResources } from '../../../../lambdas/resources/all.ts';
import {
  decide,
  endQuestions,
  findRequest,
  markMailed,
  openRequest,
  questionsOf,
  refuse,
} from '../../../../lambdas/store/approvals.ts';
import { approvalOf } from '../../../../lambdas/store/approved.ts';
import { askedWrite, claimOf, noteDigest } from '../../../../lambdas/store/asked.ts';
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
import { inputSchema } from '../../../../workflow/input.ts';
import { kinds } from '../../../../workflow/stages.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';
import { memoryTable } from '../../../support/table-double.ts';

const run = (name: string, minute: number, machine = 'provision') => ({
  name,
  arn: `arn:aws:states:us-east-1:123456789012:execution:slipway-${machine}:${name}`,
  startedAt: `2026-01-01T00:0${minute}:00.000Z`,
});
const [first, second] = [run('first', 1), run('second', 2)] as const;
const small = inputSchema.parse({ app: { cpu: 256 } });
const large = inputSchema.parse({ app: { cpu: 512, memory: 1024 } });
const now = new Date('2026-01-01T00:10:00.000Z');

const writeAsked = (...[on, ...what]: Parameters<typeof askedWrite>) =>
  transact(on, [askedWrite(on, ...what)], 'asked');
const writeReached = (...[on, ...what]: Parameters<typeof reachedWrites>) =>
  transact(on, [...reachedWrites(on, ...what)], 'reached');

let table: Table;
let items: ReturnType<typeof memoryTable>['items'];
beforeEach(() => {
  ({ table, items } = memoryTable());
});

const ask = (execution: typeof first, digest = 'd1') =>
  openRequest(table, {
    deployment: 'platform',
    execution: execution.name,
    executionArn: execution.arn,
    digest,
    step: 'approve-production',
    question: 'Deploy platform to production?',
    summary: '',
    taskToken: 'token',
    approvalUrl: 'https://approvals',
    closesAt: '2026-01-02T00:00:00.000Z',
  });
const answer = (decision: 'approved' | 'rejected', by = 'ann') => ({
  decision,
  by,
  at: now.toISOString(),
  from: '192.0.2.1',
});

describe('what is wanted', () => {
  test('is nothing while it was only asked for: no schedule knows of it', async () => {
    await writeAsked(table, 'platform', first, small);
    expect([await readApproved(table, 'platform'), await readDeployments(table)]).toEqual([undefined, []]);
  });

  test('is what people said yes to, with the very write that records their answer', async () => {
    await writeAsked(table, 'platform', first, small);
    await decide(table, await ask(first), answer('approved'));
    expect([await readApproved(table, 'platform'), await readDeployments(table)]).toEqual([small, ['platform']]);
  });

  test('stays what it was when people say no to something else', async () => {
    await writeAsked(table, 'platform', first, small);
    await approveAsked(table, 'platform', first.arn);
    await writeAsked(table, 'platform', second, large);
    await decide(table, await ask(second), answer('rejected'));
    await refuse(table, 'platform', second.arn);
    expect(await readApproved(table, 'platform')).toEqual(small);
  });

  test('is not what an older run asked for, even if that is approved late', async () => {
    await writeAsked(table, 'platform', first, small);
    const question = await ask(first);
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

describe('a question', () => {
  test('that its run left open is mailed again by a redrive', async () => {
    const { id } = await ask(first);
    await markMailed(table, id);
    expect((await ask(first)).mailed).toBe(true);
    await endQuestions(table, 'platform', first.arn, { revoke: true });
    const again = await ask(first);
    expect([again.mailed, again.endedAt]).toEqual([undefined, undefined]);
  });

  test('can’t be answered once its run has ended', async () => {
    const question = await ask(first);
    await endQuestions(table, 'platform', first.arn, { revoke: true });
    expect(await decide(table, question, answer('approved'))).toBe(false);
    expect(await approvalOf(table, 'platform', 'd1', now)).toBeUndefined();
    expect(await questionsOf(table, first.arn, now)).toEqual([]);
    expect((await findRequest(table, question.id, now))?.endedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test('is asked again under the same link when its run is redriven', async () => {
    const question = await ask(first);
    await endQuestions(table, 'platform', first.arn, { revoke: true });
    const again = await ask(first);
    expect([again.id, again.endedAt]).toEqual([question.id, undefined]);
    expect(await decide(table, again, answer('approved'))).toBe(true);
  });

  test('is answered once, by the first', async () => {
    const question = await ask(first);
    expect(await decide(table, question, answer('rejected', 'ann'))).toBe(true);
    expect(await decide(table, question, answer('approved', 'bob'))).toBe(false);
    expect((await findRequest(table, question.id, now))?.decision).toMatchObject({ decision: 'rejected', by: 'ann' });
    expect(await approvalOf(table, 'platform', 'd1', now)).toBeUndefined();
  });

  test('of an execution of the same name in another machine is another one', async () => {
    const one = await ask(run('same', 1));
    const other = await ask(run('same', 1, 'destroy'));
    expect(other.id).not.toBe(one.id);
    expect((await questionsOf(table, run('same', 1).arn, now)).map(({ id }) => id)).toEqual([one.id]);
  });

  test('is nobody’s after its time', async () => {
    const { id } = await ask(first);
    expect(await findRequest(table, id, new Date('2026-01-02T00:00:00.000Z'))).toBeUndefined();
  });
});

describe('an approval that is not carried out yet', () => {
  beforeEach(async () => {
    await writeAsked(table, 'platform', first, small);
    await decide(table, await ask(first), answer('approved'));
  });

  test('covers the next run of the same plan after a failure', async () => {
    await endQuestions(table, 'platform', first.arn, { revoke: false });
    expect(await approvalOf(table, 'platform', 'd1', now)).toMatchObject({ decision: 'approved', by: 'ann' });
  });

  test('is void once the run is stopped', async () => {
    await endQuestions(table, 'platform', first.arn, { revoke: true });
    expect(await approvalOf(table, 'platform', 'd1', now)).toBeUndefined();
  });

  test('is void once a later run of the same plan, which needed to ask nobody, is stopped', async () => {
    await writeAsked(table, 'platform', second, small);
    await noteDigest(table, 'platform', second.arn, 'd1');
    await endQuestions(table, 'platform', second.arn, { revoke: true });
    expect(await approvalOf(table, 'platform', 'd1', now)).toBeUndefined();
  });

  test('is void once people say no to the same plan', async () => {
    await decide(table, await ask(second), answer('rejected'));
    await refuse(table, 'platform', second.arn);
    expect(await approvalOf(table, 'platform', 'd1', now)).toBeUndefined();
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
