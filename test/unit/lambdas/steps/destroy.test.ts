import { afterEach, describe, expect, test } from '@jest/globals';
import { handler as inventory } from '../../../../lambdas/steps/inventory.ts';
import { handler as summariseDestroy } from '../../../../lambdas/steps/summarise-destroy.ts';
import { inputSchema } from '../../../../workflow/input.ts';
import type { Report } from '../../../../workflow/report.ts';
import { type Answers, emptyAccount } from '../../../support/empty-account.ts';
import { context, type HandlerCloud, handlerCloud, reachedItem, whole } from '../../../support/handler-cloud.ts';
import { tags } from '../../../support/ownership.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

type Items = readonly Readonly<Record<string, unknown>>[];

const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-destroy:gone';
const execution = { arn, name: 'gone', startedAt: '2026-01-01T00:00:00.000Z' };
const own = 'DEPLOYMENT#platform';
const configs = [regionConfig(), secondaryConfig()];
const reached: Items = configs.map(reachedItem);
const lock = { pk: own, sk: 'LOCK', holder: arn, fence: 4 };
const approved = { pk: own, sk: 'CONFIG', input: inputSchema.parse({}) };
const listed = { pk: 'DEPLOYMENTS', sk: 'platform' };
const asked = { pk: own, sk: 'ASKED', execution: arn, startedAt: execution.startedAt };
const used = { pk: own, sk: 'APPROVED#d1', closesAt: '2099-01-01T00:00:00.000Z', decision: {} };
const nothing = { images: false, artifacts: false, source: false };

let cloud: HandlerCloud;
afterEach(() => cloud?.close());
const keys = () => cloud.items().flatMap(({ pk, sk }) => (String(pk).startsWith('EXECUTION#') ? [] : [sk]));
const finished = () => cloud.items().find(({ sk }) => /^EVENT#.*#(finished|failed)$/.test(String(sk)));

/** A VPC in the one region, and a repository, which holds images, in the other. */
const standing: Answers = {
  ...emptyAccount,
  DescribeVpcs: (_, region) =>
    region === 'us-east-1' ? { Vpcs: [{ VpcId: 'vpc-1', State: 'available', Tags: tags('vpc', 'main') }] } : {},
  DescribeRepositories: (_, region) =>
    region === 'us-west-2'
      ? {
          repositories: [
            {
              repositoryName: 'platform-app',
              repositoryArn: 'arn:aws:ecr:us-west-2:123456789012:repository/platform-app',
            },
          ],
        }
      : {},
  ListTagsForResource: ({ resourceArn }) =>
    String(resourceArn).includes(':ecr:') ? { tags: tags('repository', 'app') } : {},
};
const vpc = {
  region: 'us-east-1',
  kind: 'vpc',
  key: 'main',
  id: 'vpc-1',
  arn: 'arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1',
};
const repository = {
  region: 'us-west-2',
  kind: 'repository',
  key: 'app',
  id: 'platform-app',
  arn: 'arn:aws:ecr:us-west-2:123456789012:repository/platform-app',
};
const document = {
  ...{ deployment: 'platform', execution, fence: 4, regions: configs, whole: true, empty: nothing },
  approval: { timeoutMinutes: 60 },
};

describe('the list of what stands', () => {
  const list = async (answers: Answers, emptied = nothing, items: Items = [lock]) => {
    cloud = handlerCloud({ items, answers: { ...emptyAccount, ...answers } });
    return whole(arn, await inventory({ ...document, empty: emptied }, context));
  };
  const listed = () =>
    ['us-east-1', 'us-west-2'].map((region) => {
      const { going, kept } = cloud.item(`EXECUTION#${arn}`, `STANDING#${region}`) ?? {};
      return { going, kept };
    });

  test('is refused where something that is not ours would keep ours, all of it named, before anything goes', async () => {
    const refusal = list({
      ...standing,
      DescribeSecurityGroups: ({ Filters }) =>
        JSON.stringify(Filters ?? []).includes('vpc-id')
          ? { SecurityGroups: [{ GroupId: 'sg-9', GroupName: 'db', Tags: [{ Key: 'team', Value: 'data' }] }] }
          : {},
      DescribeNatGateways: ({ Filter }) =>
        JSON.stringify(Filter ?? []).includes('vpc-id') ? { NatGateways: [{ NatGatewayId: 'nat-9' }] } : {},
    });
    await expect(refusal).rejects.toMatchObject({
      name: 'ConflictError',
      message: [
        'nothing was removed: vpc/main (vpc-1) in us-east-1: NAT gateway nat-9 (without tags) is not ours',
        'vpc/main (vpc-1) in us-east-1: security group sg-9 (team=data) is not ours',
        'remove what is in the way, or ask its owner to, and start again',
      ].join('\n'),
    });
  });

  test('tells what goes from what holds something of people’s, and keeps both for the question', async () => {
    const found = await list(standing);
    expect(found.removal.keep).toContain('repository');
    expect(found.plan).toEqual({
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      counts: { create: 0, update: 0, replace: 0, delete: 1, unchanged: 1 },
      hasChanges: true,
      production: true,
      askFirst: true,
    });
    expect(found.found.map(({ config, outputs }) => [config.region, Object.keys(outputs)])).toEqual([
      ['us-east-1', ['vpc']],
      ['us-west-2', ['repository']],
    ]);
    expect(listed()).toEqual([
      { going: [vpc], kept: [] },
      { going: [], kept: [repository] },
    ]);
    expect(finished()).toMatchObject({ stage: 'inventory', detail: '1 resources to remove, 1 to keep' });
  });

  test('has the repository among what goes where its images go', async () => {
    const { plan } = await list(standing, { ...nothing, images: true });
    expect(plan.counts).toMatchObject({ delete: 2, unchanged: 0 });
    expect(listed()).toEqual([
      { going: [vpc], kept: [] },
      { going: [repository], kept: [] },
    ]);
  });

  test.each<[string, Answers, string]>([
    ['nothing', {}, 'nothing to remove'],
    ['nothing but what is kept', { ...standing, DescribeVpcs: () => ({}) }, 'nothing to remove; 1 kept'],
  ])('asks nobody where there is %s', async (_, answers, detail) => {
    expect((await list(answers)).plan).toMatchObject({ hasChanges: false, production: false, askFirst: false });
    expect(finished()).toMatchObject({ detail });
  });

  test('is not made for a run that lost the lock', async () => {
    await expect(list(standing, nothing, [{ ...lock, fence: 5 }])).rejects.toMatchObject({ name: 'FencedError' });
    expect(cloud.sent('DescribeVpcs')).toEqual([]);
  });
});

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
