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
afterEach(() => cloud.close());
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
    expect(rest).toEqual({ orphans: [] });
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
    await plan({ mode });
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

  test('is refused where a quota leaves no room', async () => {
    const answers: Answers = {
      GetServiceQuota: ({ QuotaCode }) => (QuotaCode === 'L-F678F1CE' ? { Quota: { Value: 0 } } : {}),
    };
    await expect(plan({ regions: [regionConfig()] }, [lock, asked], answers)).rejects.toMatchObject({
      name: 'QuotaError',
      message:
        'us-east-1 has no room, nothing was changed: VPCs per Region (L-F678F1CE): 0 in use, 1 more wanted, 0 allowed; raise the quota in the Service Quotas console, or remove what is not needed, and start again',
    });
    expect(cloud.item(own, 'ASKED')).toEqual(asked);
  });
});
