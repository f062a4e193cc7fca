import { afterEach, describe, expect, test } from '@jest/globals';
import { handler as summariseDestroy } from '../../../../lambdas/steps/summarise-destroy.ts';
import type { Report } from '../../../../workflow/report.ts';
import { type Answers, emptyAccount } from '../../../support/empty-account.ts';
import { context, type HandlerCloud, handlerCloud } from '../../../support/handler-cloud.ts';
import { secondaryConfig } from '../../../support/region-config.ts';
import {
  approved,
  arn,
  asked,
  configs,
  document,
  type Items,
  listed,
  lock,
  own,
  reached,
  standing,
  used,
} from './destroying.ts';

let cloud: HandlerCloud;
afterEach(() => cloud?.close());
const keys = () => cloud.items().flatMap(({ pk, sk }) => (String(pk).startsWith('EXECUTION#') ? [] : [sk]));
const finished = () => cloud.items().find(({ sk }) => /^EVENT#.*#(finished|failed)$/.test(String(sk)));

describe('the end of a removal', () => {
  const everything: Items = [lock, approved, listed, asked, used, ...reached];
  const plan = {
    digest: 'd1',
    counts: { create: 0, update: 0, replace: 0, delete: 1, unchanged: 0 },
    ...{ hasChanges: true, production: true, askFirst: true },
  };
  const removed = configs.map((config) => ({ region: config.region, config, outputs: {} }));
  const yes = { decision: 'approved', by: 'ann', at: '2026-01-01T00:00:02.000Z' } as const;
  const conclude = async (over: object = {}, answers: Answers = {}, items: Items = everything) => {
    cloud = handlerCloud({ items, answers: { ...emptyAccount, ...answers } });
    const removal = { keep: ['repository', 'service-linked-role'] as const };
    await summariseDestroy({ ...document, removal, plan, decision: yes, removed, ...over }, context);
    return cloud.item(`EXECUTION#${arn}`, 'REPORT')?.report as Report;
  };

  test('says that all is gone, in every region that there is, and forgets the deployment', async () => {
    expect(await conclude()).toEqual({
      deployment: 'platform',
      execution: 'gone',
      outcome: 'destroyed',
      decision: yes,
      plan,
      regions: [
        { region: 'us-east-1', status: 'succeeded', urls: {}, outputs: {} },
        { region: 'us-west-2', status: 'succeeded', urls: {}, outputs: {} },
      ],
      timeline: [{ stage: 'summarise', startedAt: expect.any(String) }],
      kept: [],
    });
    expect(keys()).toEqual(['LOCK', 'ASKED']);
    expect(cloud.item(own, 'LOCK')).toEqual({ pk: own, sk: 'LOCK', fence: 4 });
    expect(finished()).toMatchObject({ stage: 'summarise', status: 'finished' });
    const looked = cloud.sent('GetResources').filter(({ input }) => 'TagFilters' in input);
    expect(new Set(looked.map(({ region }) => region)).size).toBe(18);
  });

  test('keeps a region in mind where something was kept', async () => {
    const { DescribeVpcs: _, ...rest } = standing;
    expect(await conclude({}, rest)).toMatchObject({
      outcome: 'destroyed',
      kept: ['us-west-2 repository/app (platform-app)'],
    });
    expect(keys()).toEqual(['LOCK', 'ASKED', 'REGION#us-west-2']);
  });

  test('of one region looks in that one only, and leaves the deployment approved in the others', async () => {
    const west = { regions: [secondaryConfig()], whole: false, removed: removed.slice(1) };
    expect(await conclude(west)).toMatchObject({ outcome: 'destroyed', regions: [{ region: 'us-west-2' }] });
    expect(keys()).toEqual(['LOCK', 'CONFIG', 'platform', 'ASKED', 'REGION#us-east-1']);
    expect(cloud.item(own, 'CONFIG')).toMatchObject({ input: { regions: [{ region: 'us-east-1' }] } });
    expect(new Set(cloud.sent('GetResources').map(({ region }) => region))).toEqual(new Set(['us-west-2']));
  });

  const failed = {
    region: 'us-west-2',
    error: { Error: 'X', Cause: '{"errorType":"QuotaError","errorMessage":"no"}' },
  };
  const tagged = (ResourceARN: string, kind: string): Answers => ({
    GetResources: (_, region) =>
      region === 'eu-west-1'
        ? {
            ResourceTagMappingList: [{ ResourceARN, Tags: [{ Key: 'slipway:kind', Value: kind }] }],
          }
        : {},
  });
  test.each<[string, object, Answers, string]>([
    ['a region failed', { removed: [removed[0], failed] }, {}, 'us-west-2: QuotaError: no'],
    [
      'something stands',
      {},
      { DescribeVpcs: standing.DescribeVpcs ?? (() => ({})) },
      'still there: us-east-1 vpc/main (vpc-1)',
    ],
    ['something carries the tag elsewhere', {}, tagged('arn:topic', 'topic'), 'still tagged: arn:topic'],
  ])('fails where %s, and forgets nothing', async (_, over, answers, cause) => {
    const report = await conclude(over, answers);
    expect(report).toMatchObject({ outcome: 'failed', error: { Error: 'NotEverythingRemoved', Cause: cause } });
    expect(report.regions.map(({ status }) => status)).toEqual([
      'succeeded',
      'removed' in over ? 'failed' : 'succeeded',
    ]);
    expect(keys()).toEqual([
      'LOCK',
      'CONFIG',
      'platform',
      'ASKED',
      'APPROVED#d1',
      'REGION#us-east-1',
      'REGION#us-west-2',
    ]);
    expect(finished()).toMatchObject({ stage: 'summarise', status: 'failed' });
  });

  test('is not held up by what the tag index goes on showing', async () => {
    expect(await conclude({}, tagged('arn:vpc', 'vpc'))).toMatchObject({ outcome: 'destroyed' });
  });

  const disabled = (name: string, where: string): Answers => ({
    GetResources: (_, region) => {
      if (region === where) throw Object.assign(new Error(name), { name });
      return {};
    },
  });
  test('says in which regions it did not look: nothing stands where the account may do nothing', async () => {
    const report = await conclude({}, disabled('UnrecognizedClientException', 'eu-south-1'));
    expect(report).toMatchObject({ outcome: 'destroyed', unasked: ['eu-south-1'] });
  });
  test.each([
    ['another error', 'AccessDeniedException', 'eu-south-1'],
    ['a region of its own', 'UnrecognizedClientException', 'us-west-2'],
  ])('fails with %s', async (_, name, where) => {
    await expect(conclude({}, disabled(name, where))).rejects.toThrow(name);
  });

  test('after a no looks for nothing, keeps everything, and voids what was approved of the plan', async () => {
    const no = { ...yes, decision: 'rejected' };
    const items = [...everything, { ...asked, digest: 'd1' }];
    const report = await conclude({ decision: no, removed: undefined }, standing, items);
    expect(report).toMatchObject({ outcome: 'rejected', decision: no, kept: [] });
    expect(cloud.sent().map(({ operation }) => operation)).toEqual(['Publish', 'Publish']);
    expect(keys()).toEqual(['LOCK', 'CONFIG', 'platform', 'ASKED', 'REGION#us-east-1', 'REGION#us-west-2']);
    expect(cloud.item(own, 'ASKED')).toMatchObject({ refused: true });
    expect(cloud.item(own, 'LOCK')).toEqual({ pk: own, sk: 'LOCK', fence: 4 });
  });

  test('is not told by a run that lost the lock', async () => {
    const later = { ...lock, holder: `${arn}-2`, fence: 5 };
    await expect(conclude({}, {}, [later])).rejects.toMatchObject({ name: 'FencedError' });
    expect(cloud.item(own, 'LOCK')).toEqual(later);
  });
});
