import { afterEach, describe, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/steps/plan.ts';
import { inputSchema } from '../../../../workflow/input.ts';
import { type Answers, emptyAccount } from '../../../support/empty-account.ts';
import { context, type HandlerCloud, handlerCloud } from '../../../support/handler-cloud.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

type Items = readonly Readonly<Record<string, unknown>>[];

const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-provision:run';
const execution = { arn, name: 'run', startedAt: '2026-01-01T00:00:00.000Z' };
const own = 'DEPLOYMENT#platform';
const lock = { pk: own, sk: 'LOCK', holder: arn, fence: 4 };
const asked = { pk: own, sk: 'ASKED', execution: arn, startedAt: execution.startedAt, input: inputSchema.parse({}) };
const document = {
  ...{ verdict: 'go' as const, deployment: 'platform', execution, fence: 4, mode: 'provision' as const },
  approval: { timeoutMinutes: 60, safeRepairs: false },
  regions: [regionConfig(), secondaryConfig()],
};

let cloud: HandlerCloud;
afterEach(() => cloud?.close());
const plan = (over: object = {}, items: Items = [lock, asked], answers: Answers = {}) => {
  cloud = handlerCloud({ items, answers: { ...emptyAccount, ...answers }, environment: { PLANS_BUCKET: 'plans' } });
  return handler({ ...document, ...over }, context);
};
const finished = () => cloud.items().find(({ sk }) => /^EVENT#.*#finished$/.test(String(sk)));

describe('a plan', () => {
  test('of an empty account creates everything, is kept whole, and asks', async () => {
    const { plan: summary, ...rest } = await plan();
    const { create, ...others } = summary.counts;
    expect(others).toEqual({ update: 0, replace: 0, delete: 0, unchanged: 0 });
    expect(create).toBeGreaterThan(100);
    expect(summary).toMatchObject({
      document: { bucket: 'plans', key: 'platform/run.json' },
      ...{ hasChanges: true, production: true, askFirst: false },
    });
    const { orphans, unseen, ...nothing } = rest;
    expect([orphans, nothing]).toStrictEqual([[], {}]);
    expect(unseen?.map(({ region }) => region)).toEqual(['us-east-1', 'us-west-2']);
    const limits = cloud.sent('GetServiceQuota').map(({ region, input }) => `${region} ${String(input.QuotaCode)}`);
    expect(limits).toContain('us-west-2 L-FE5A380F');
    expect(limits).toEqual([...new Set(limits)]);
    // What stands and how much of it is in use come from one answer.
    for (const read of ['Vpcs', 'InternetGateways', 'Subnets', 'Addresses', 'NatGateways', 'SecurityGroups'])
      expect([read, cloud.sent(`Describe${read}`).length]).toEqual([read, 2]);
    const [kept] = cloud.sent('PutObject');
    expect(kept?.input).toMatchObject({ Bucket: 'plans', Key: 'platform/run.json', ContentType: 'application/json' });
    const { changes, regions } = JSON.parse(String(kept?.input.Body)) as { changes: object[]; regions: object[] };
    expect([changes.length, regions]).toEqual([create, JSON.parse(JSON.stringify(document.regions))]);
    expect(finished()).toMatchObject({
      stage: 'plan',
      detail: `${create} create; digest ${summary.digest.slice(0, 12)}`,
    });
    expect(cloud.item(own, 'ASKED')).toMatchObject({ digest: summary.digest });
    expect(cloud.item(own, 'CONFIG')).toBeUndefined();
  });

  test.each([
    ['reconcile', 'false'],
    ['provision', 'false'],
    // Nothing else says what a plan has found.
    ['plan', 'true'],
  ] as const)('of a %s that finds nothing to do is a milestone: %s', async (mode, milestone) => {
    await plan({ mode, regions: [] });
    const mails = cloud.mails().filter(({ Subject }) => Subject === '[Slipway] platform: Plan finished');
    expect(mails).toMatchObject([
      { Message: expect.stringContaining('no changes'), MessageAttributes: { milestone: { StringValue: milestone } } },
    ]);
  });

  test('that people approved before takes their answer, and is what is wanted', async () => {
    const { digest } = (await plan()).plan;
    cloud.close();
    const decision = { decision: 'approved', by: 'ann', at: '2026-01-01T00:01:00.000Z' };
    const before = { pk: own, sk: `APPROVED#${digest}`, closesAt: '2099-01-01T00:00:00.000Z', decision };
    expect(await plan({}, [lock, asked, before])).toMatchObject({ decision });
    expect(cloud.item(own, 'CONFIG')).toMatchObject({ input: { deployment: 'platform' } });
    expect(cloud.item('DEPLOYMENTS', 'platform')).toEqual({ pk: 'DEPLOYMENTS', sk: 'platform' });
  });

  test.each(['reconcile', 'plan'] as const)('of a %s changes nothing of what is asked for', async (mode) => {
    const { digest } = (await plan({ mode })).plan;
    expect(cloud.item(own, 'ASKED')).toEqual(asked);
    cloud.close();
    const before = {
      pk: own,
      sk: `APPROVED#${digest}`,
      closesAt: '2099-01-01T00:00:00.000Z',
      decision: { decision: 'approved', by: 'ann', at: '2026-01-01T00:00:00.000Z' },
    };
    await plan({ mode }, [lock, asked, before]);
    expect(cloud.item(own, 'ASKED')).toEqual(asked);
    expect(cloud.item(own, 'CONFIG')).toBeUndefined();
  });

  test('is made by the holder of the lock only, unless it only looks', async () => {
    await expect(plan({}, [{ ...lock, fence: 5 }])).rejects.toMatchObject({ name: 'FencedError' });
    expect(cloud.sent('PutObject')).toEqual([]);
    cloud.close();
    expect(await plan({ mode: 'plan', fence: 0 }, [])).toMatchObject({ plan: { hasChanges: true } });
  });

  const lost: Answers = {
    DescribeVpcs: (_, region) => {
      if (region === 'us-west-2') throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
      return {};
    },
  };
  test('waits for a region that does not answer, and then goes on without it', async () => {
    await expect(plan({}, [lock, asked], lost)).rejects.toMatchObject({ name: 'TransientError' });
    cloud.close();
    const silent = { region: 'eu-west-1', error: { Error: 'TransientError', Cause: 'before' } };
    const planned = await plan({ attempt: 3, unreachable: [silent] }, [lock, asked], lost);
    expect(planned.regions?.map(({ region }) => region)).toEqual(['us-east-1']);
    expect(planned.unreachable).toMatchObject([silent, { region: 'us-west-2', error: { Error: 'TransientError' } }]);
  });

  const raise = 'raise the quota in the Service Quotas console, or remove what is not needed, and start again';
  const quotasOf = (limits: Readonly<Record<string, number>>, of?: string): Answers => ({
    GetServiceQuota: ({ QuotaCode }, region) => {
      const Value = limits[String(QuotaCode)];
      return Value === undefined || (of !== undefined && of !== region) ? {} : { Quota: { Value } };
    },
  });

  test('is refused where quotas leave no room, in every region and zone, with the numbers', async () => {
    const answers: Answers = {
      ...quotasOf(
        { 'L-F678F1CE': 0, 'L-FE5A380F': 5, 'L-3032A538': 0.5, 'L-DC2B2D3D': 10_000, 'L-244521F2': 100 },
        'us-east-1',
      ),
      ListBuckets: () => ({ Buckets: Array.from({ length: 9_999 }, () => ({})) }),
      // Five of others' NAT gateways stand in zone b.
      DescribeSubnets: () => ({ Subnets: [{ SubnetId: 'subnet-b', AvailabilityZone: 'us-east-1b' }] }),
      DescribeNatGateways: () => ({
        NatGateways: Array.from({ length: 5 }, () => ({ SubnetId: 'subnet-b', State: 'available' })),
      }),
      ListRules: () => ({ Rules: Array.from({ length: 99 }, () => ({})) }),
      GetMetricStatistics: () => ({
        Datapoints: [
          { Timestamp: new Date(1), Maximum: 9 },
          { Timestamp: new Date(2), Maximum: 0.25 },
        ],
      }),
      GetAccountSummary: () => ({ SummaryMap: { Roles: 999, RolesQuota: 1_000 } }),
    };
    const error = (await plan({}, [lock, asked], answers).catch((thrown: unknown) => thrown)) as Error;
    expect(error.name).toBe('QuotaError');
    expect(error.message.split('\n')).toEqual([
      'nothing was changed:',
      'us-east-1: VPCs per Region (L-F678F1CE): 0 in use, 1 more wanted, 0 allowed',
      'us-east-1b: NAT gateways per Availability Zone (L-FE5A380F): 5 in use, 1 more wanted, 5 allowed',
      'us-east-1: Number of rules (L-244521F2): 99 in use, 2 more wanted, 100 allowed',
      'us-east-1: Fargate On-Demand vCPU resource count (L-3032A538): 0.25 in use, 1 more wanted, 0.5 allowed',
      'the account: General purpose buckets (L-DC2B2D3D): 9999 in use, 2 more wanted, 10000 allowed',
      'the account: Roles per account (L-FE177D64): 999 in use, 8 more wanted, 1000 allowed',
      raise,
    ]);
    expect(cloud.item(own, 'ASKED')).toEqual(asked);
  });

  test('is not refused for a quota of zones that it does not use', async () => {
    const crowded: Answers = {
      ...quotasOf({ 'L-FE5A380F': 5 }),
      DescribeSubnets: () => ({ Subnets: [{ SubnetId: 'theirs', AvailabilityZone: 'us-east-1c' }] }),
      DescribeNatGateways: () => ({
        NatGateways: Array.from({ length: 10 }, () => ({ SubnetId: 'theirs', State: 'available' })),
      }),
    };
    expect(await plan({}, [lock, asked], crowded)).toMatchObject({ plan: { hasChanges: true } });
  });

  test('is refused where others have the names, all of them named at once, and the quotas with them', async () => {
    const answers: Answers = {
      ...quotasOf({ 'L-F678F1CE': 0 }),
      DescribeClusters: () => ({ clusters: [{ clusterName: 'platform-cluster', status: 'ACTIVE' }] }),
      GetTopicAttributes: () => ({ Attributes: {} }),
    };
    const error = (await plan({}, [lock, asked], answers).catch((thrown: unknown) => thrown)) as Error;
    expect(error.name).toBe('ConflictError');
    for (const part of [
      'cluster/main in us-east-1: platform-cluster exists already',
      'topic/alarms in us-east-1: platform-alarms exists already',
      'topic/approvals in us-east-1: platform-approvals exists already',
      'cluster/main in us-west-2: platform-cluster exists already',
      'us-west-2: VPCs per Region (L-F678F1CE)',
    ])
      expect(error.message).toContain(part);
    expect(cloud.item(own, 'ASKED')).toEqual(asked);
  });
});
