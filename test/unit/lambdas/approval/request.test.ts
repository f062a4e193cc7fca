import { afterEach, describe, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/approval/request.ts';
import { context, type HandlerCloud, handlerCloud } from '../../../support/handler-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';

type Items = readonly Readonly<Record<string, unknown>>[];

const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-provision:run';
const topic = 'arn:aws:sns:us-east-1:123456789012:slipway-approvals';
const lock = { pk: 'DEPLOYMENT#platform', sk: 'LOCK', holder: arn, fence: 4 };
const id = 'b'.repeat(43);
const known = { pk: `QUESTIONS#${arn}`, sk: 'd1', id };
const open = {
  ...{ pk: `APPROVAL#${id}`, sk: 'REQUEST', deployment: 'platform', execution: 'run', executionArn: arn, digest: 'd1' },
  ...{ step: 'approve-changes', question: 'Change platform?', summary: 's', taskToken: 'old-token' },
  ...{ approvalUrl: 'https://approvals', closesAt: '2099-01-01T00:00:00.000Z' },
};
const vpc = { region: 'us-east-1', kind: 'vpc', key: 'main', id: 'vpc-1' };
const standing = { pk: `EXECUTION#${arn}`, sk: 'STANDING', going: [vpc], kept: [] };
const location = { bucket: 'plans', key: 'platform/run.json' };
const change = {
  ...{ region: 'us-east-1', stage: 'vpc', kind: 'vpc', key: 'main', action: 'update', differences: [] },
  impact: 'network',
};
const document = {
  ...{ deployment: 'platform', execution: { arn, name: 'run', startedAt: '2026-01-01T00:00:00.000Z' }, fence: 4 },
  ...{ verdict: 'go', mode: 'provision', approval: { timeoutMinutes: 60, safeRepairs: false }, taskToken: 'new-token' },
  regions: [regionConfig()],
  plan: {
    ...{ digest: 'd1', document: location, hasChanges: true, production: true, askFirst: true },
    counts: { create: 0, update: 1, replace: 0, delete: 0, unchanged: 0 },
  },
};

let cloud: HandlerCloud;
afterEach(() => cloud?.close());
const ask = (over: object = {}, items: Items = [lock], answers: Readonly<Record<string, () => object>> = {}) => {
  const kept = JSON.stringify({ changes: [change], regions: [] });
  cloud = handlerCloud({
    items,
    answers: {
      GetObject: () => ({ Body: { transformToString: async () => kept } }),
      GetTopicAttributes: () => ({ Attributes: { SubscriptionsConfirmed: '1' } }),
      ...answers,
    },
    environment: { APPROVALS_TOPIC_ARN: topic, APPROVAL_URL: 'https://approvals' },
  });
  return handler({ ...document, ...over } as never, context);
};
const stored = () => cloud.items().find(({ sk }) => sk === 'REQUEST');
const questions = () => cloud.mails().filter(({ TopicArn }) => TopicArn === topic);

describe('a question', () => {
  const result = { region: 'us-east-1', config: regionConfig(), outputs: {} };
  test.each<[string, object, string, string, string]>([
    ['before anything changes', {}, 'approve-changes', 'Change platform in production?', '  update vpc/main\n'],
    [
      'before production',
      { provisioned: [result] },
      'approve-production',
      'Deploy platform to production?',
      'us-east-1:\n  image sha256:',
    ],
    [
      'before a removal',
      { removal: { keep: [] }, plan: { ...document.plan, document: undefined } },
      'approve-removal',
      'Destroy platform, production included?',
      '  us-east-1 vpc/main (vpc-1)\n',
    ],
  ])('%s is kept, mailed and told', async (_, over, step, question, summary) => {
    const before = Date.now();
    await ask(over, [lock, standing]);
    expect(stored()).toMatchObject({
      ...{ deployment: 'platform', execution: 'run', executionArn: arn, digest: 'd1', step, question },
      ...{ summary: expect.stringContaining(summary), taskToken: 'new-token', approvalUrl: 'https://approvals' },
      mailed: true,
    });
    const { closesAt } = stored() as { closesAt: string };
    // An hour, as the input says.
    expect(Math.round((Date.parse(closesAt) - before) / 60_000)).toBe(60);
    expect(questions()).toMatchObject([{ Subject: `[Slipway] ${question}` }]);
    expect(JSON.stringify(cloud.mails())).not.toContain('token');
    expect(cloud.items().find(({ sk }) => String(sk).startsWith('EVENT#'))).toMatchObject({
      deployment: 'platform',
      execution: 'run',
      stage: step,
      status: 'waiting',
      detail: `the approvers were asked by e-mail; no answer by ${closesAt} is a rejection`,
    });
  });

  test.each<[string, object]>([
    ['subscribed', { Attributes: { SubscriptionsConfirmed: '0', SubscriptionsPending: '1' } }],
    ['known', {}],
  ])('that nobody is %s to be asked of says so at once, and how to answer it', async (_, answer) => {
    await ask({}, [lock], { GetTopicAttributes: () => answer });
    const { detail } = cloud.items().find(({ sk }) => String(sk).startsWith('EVENT#')) as { detail: string };
    expect(detail).toContain('NOBODY WAS ASKED BY E-MAIL');
    expect(detail).toContain('npx slipway approve run');
    expect(cloud.sent('GetTopicAttributes').map(({ input }) => input)).toEqual([{ TopicArn: topic }]);
  });

  test('reads the plan where it was kept', async () => {
    await ask();
    expect(cloud.sent('GetObject').map(({ input }) => input)).toEqual([{ Bucket: 'plans', Key: 'platform/run.json' }]);
  });

  test.each<[string, object, Record<string, () => object>, string]>([
    ['was not kept', { plan: { ...document.plan, document: undefined } }, {}, 'the plan of run was not kept'],
    ['has no content', {}, { GetObject: () => ({}) }, 's3://plans/platform/run.json has no content'],
  ])('is not asked where the plan %s', async (_, over, answers, message) => {
    await expect(ask(over, [lock], answers)).rejects.toThrow(message);
    expect(cloud.items()).toEqual([lock]);
  });

  test('is not asked by a run that lost the lock', async () => {
    await expect(ask({}, [{ ...lock, fence: 5 }])).rejects.toMatchObject({ name: 'FencedError' });
    expect(cloud.sent()).toEqual([]);
  });
});

describe('a question that is asked again', () => {
  test('gets the new token and its time, and no second mail', async () => {
    const start = Date.now();
    await ask({}, [lock, known, { ...open, closesAt: '2026-01-01T00:00:00.000Z', mailed: true }]);
    expect(stored()).toMatchObject({ question: 'Change platform?', taskToken: 'new-token' });
    const minutes = (Date.parse(String(stored()?.closesAt)) - start) / 60_000;
    expect(Math.round(minutes)).toBe(60);
    expect([questions(), cloud.sent('SendTaskSuccess')]).toEqual([[], []]);
  });

  test('is mailed where the mail did not go out', async () => {
    await ask({}, [lock, known, open]);
    expect(questions()).toMatchObject([{ Subject: '[Slipway] Change platform?' }]);
  });

  test('and was answered before is answered at once, as it was', async () => {
    const decision = { decision: 'approved', by: 'ann', at: '2026-01-01T00:01:00.000Z' };
    await ask({}, [lock, known, { ...open, mailed: true, decision: { ...decision, from: '192.0.2.1' } }]);
    expect(cloud.sent('SendTaskSuccess').map(({ input }) => input)).toEqual([
      { taskToken: 'new-token', output: JSON.stringify(decision) },
    ]);
    expect(questions()).toEqual([]);
  });
});
