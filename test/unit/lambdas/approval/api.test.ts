import { afterEach, describe, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/approval/api.ts';
import { context, type HandlerCloud, handlerCloud } from '../../../support/handler-cloud.ts';

type Items = readonly Readonly<Record<string, unknown>>[];

const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-provision:run';
const id = 'a'.repeat(43);
const own = 'DEPLOYMENT#platform';
const asked = { pk: own, sk: 'ASKED', execution: arn, startedAt: '2026-01-01T00:00:00.000Z', input: { zoneCount: 3 } };
const question = {
  ...{ pk: `APPROVAL#${id}`, sk: 'REQUEST', deployment: 'platform', execution: 'run', executionArn: arn, digest: 'd1' },
  ...{ step: 'approve-production', question: 'Deploy?', summary: '', taskToken: 'secret-token' },
  ...{ approvalUrl: 'https://approvals', closesAt: '2099-01-01T00:00:00.000Z' },
};
const past = { decision: 'rejected', by: 'bob', at: '2026-01-01T00:01:00.000Z', from: '192.0.2.9' };
const over = { ...question, endedAt: '2026-01-01T00:01:00.000Z' };

let cloud: HandlerCloud;
afterEach(() => cloud?.close());

type Answers = Readonly<Record<string, () => object>>;
const call = async (method: 'GET' | 'POST', event: object, items: Items = [question, asked], answers: Answers = {}) => {
  cloud = handlerCloud({ items, answers: { DescribeExecution: () => ({ status: 'RUNNING' }), ...answers } });
  const http = { method, sourceIp: '192.0.2.1' };
  const reply = await handler({ pathParameters: { id }, requestContext: { http }, ...event } as never, context);
  const [, title] = /<h1>(.*)<\/h1>/.exec(reply.body ?? '') ?? [];
  return { ...reply, title };
};
const stored = () => cloud.item(`APPROVAL#${id}`, 'REQUEST');
const operations = () => cloud.sent().flatMap(({ operation }) => (/^Describe/.test(operation) ? [] : [operation]));

describe('the page', () => {
  test.each<[string, object, Items, number, string]>([
    ['asks', {}, [question], 200, 'Deploy?'],
    ['says what was decided', {}, [{ ...question, decision: past }], 200, 'Already rejected'],
    ['still says it after the run has ended', {}, [{ ...over, decision: past }], 200, 'Already rejected'],
    ['says that the run has ended', {}, [over], 410, 'The run has ended'],
    ['tells nothing of an unknown link', {}, [], 404, 'Nothing to decide'],
    ['tells nothing after the time', {}, [{ ...question, closesAt: '2026-01-01T00:00:00Z' }], 404, 'Nothing to decide'],
    [
      'tells nothing of a link that is longer than ours are',
      { pathParameters: { id: `${id}a` } },
      [{ ...question, pk: `APPROVAL#${id}a` }],
      404,
      'Nothing to decide',
    ],
    [
      'tells nothing of a link in which there is more than an id',
      { pathParameters: { id: `/${id}` } },
      [{ ...question, pk: `APPROVAL#/${id}` }],
      404,
      'Nothing to decide',
    ],
    ['tells nothing without an id', { pathParameters: undefined }, [question], 404, 'Nothing to decide'],
  ])('%s, and changes nothing', async (_, event, items, statusCode, title) => {
    expect(await call('GET', event, items)).toMatchObject({ statusCode, title });
    expect([cloud.items(), operations()]).toEqual([items, []]);
  });

  test.each([
    ['approve', 1, 0],
    ['reject', 0, 1],
    ['else', 0, 0],
  ])('that a link to %s opens makes that button stand out', async (decision, approve, reject) => {
    const { body = '' } = await call('GET', { queryStringParameters: { decision } });
    const asks = (label: string) => body.split(`class="asked">${label}</button>`).length - 1;
    expect([asks('Approve'), asks('Reject')]).toEqual([approve, reject]);
  });

  test('may be kept by nobody, framed by nobody and run nothing', async () => {
    const { headers } = await call('GET', {});
    expect(headers).toEqual({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'strict-transport-security': 'max-age=31536000',
    });
  });
});

describe('an answer', () => {
  test.each([
    ['approve', 'approved', 'Approved', ['APPROVED#d1', 'CONFIG']],
    ['reject', 'rejected', 'Rejected', []],
  ])('to %s is kept, told to Step Functions and then to people', async (word, decision, title, written) => {
    expect(await call('POST', { body: `decision=${word}&by=+ann%40example.com+` })).toMatchObject({
      statusCode: 200,
      title,
    });
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(stored()).toEqual({
      ...question,
      decision: { decision, by: 'ann@example.com', at, from: '192.0.2.1' },
      delivered: true,
    });
    expect(cloud.items().flatMap(({ sk }) => (sk === 'CONFIG' || sk === 'APPROVED#d1' ? [sk] : []))).toEqual(written);
    expect(operations()).toEqual(['SendTaskSuccess', 'Publish']);
    const { input } = cloud.sent('SendTaskSuccess')[0] ?? {};
    expect({ ...input, output: JSON.parse(String(input?.output)) }).toEqual({
      taskToken: 'secret-token',
      // Not from where: that is nobody's business but the table's.
      output: { decision, by: 'ann@example.com', at },
    });
    expect(cloud.items().find(({ sk }) => String(sk).startsWith('EVENT#'))).toMatchObject({
      deployment: 'platform',
      execution: 'run',
      stage: 'approve-production',
      status: 'finished',
      detail: `${decision} by ann@example.com`,
    });
  });

  test('may be encoded, as API Gateway does with what it takes for binary', async () => {
    const body = Buffer.from('decision=approve&by=ann').toString('base64');
    expect(await call('POST', { body, isBase64Encoded: true })).toMatchObject({ statusCode: 200, title: 'Approved' });
  });

  test('is by a name on one line that steers no terminal, in the table, in mails and to Step Functions', async () => {
    await call('POST', {
      body: `decision=approve&by=${encodeURIComponent('Ann\u001b[2J\nApproved by: Bo\u2028\u202e')}`,
    });
    const by = 'Ann\\u001b[2J\\nApproved by: Bo\\u2028\\u202e';
    expect(stored()).toMatchObject({ decision: { by } });
    expect(JSON.parse(String(cloud.sent('SendTaskSuccess')[0]?.input.output))).toMatchObject({ by });
    expect(String(cloud.mails()[0]?.Message).split('\n')).toContain(`approved by ${by}`);
  });

  test.each([
    ['a letter', 'a', 'a'],
    // Half of it would be no text that Step Functions takes.
    ['half of a character', '😀', '\ufffd'],
  ])('has at most 100 characters of a name, the last of them %s', async (_, last, kept) => {
    await call('POST', { body: `decision=approve&by=${'a'.repeat(99)}${encodeURIComponent(last)}a` });
    expect(stored()).toMatchObject({ decision: { by: 'a'.repeat(99) + kept } });
  });

  test.each<[string, string | undefined, number, string]>([
    ['no name', 'decision=approve', 400, 'Your name is missing'],
    ['a name of spaces', 'decision=approve&by=++', 400, 'Your name is missing'],
    ['another word', 'decision=maybe&by=ann', 404, 'Nothing to decide'],
    ['both words', 'decision=approve&decision=reject&by=ann', 404, 'Nothing to decide'],
    ['one word twice', 'decision=approve&by=ann&decision=approve', 404, 'Nothing to decide'],
    ['JSON', '{"decision":"approve","by":"ann"}', 404, 'Nothing to decide'],
    ['nothing', undefined, 404, 'Nothing to decide'],
  ])('with %s decides nothing', async (_, body, statusCode, title) => {
    expect(await call('POST', { body })).toMatchObject({ statusCode, title });
    expect([stored(), operations()]).toEqual([question, []]);
  });

  test('to a run that was stopped decides nothing', async () => {
    expect(await call('POST', { body: 'decision=approve&by=ann' }, [over, asked])).toMatchObject({
      statusCode: 410,
      title: 'The run has ended',
    });
    expect([cloud.items(), operations()]).toEqual([[over, asked], []]);
  });

  test('that comes second decides nothing, and hears what the first was', async () => {
    const decided = { ...question, decision: past, delivered: true };
    expect(await call('POST', { body: 'decision=approve&by=ann' }, [decided, asked])).toMatchObject({
      statusCode: 409,
      title: 'Already rejected',
    });
    expect([cloud.items(), operations()]).toEqual([[decided, asked], []]);
  });

  test('that was kept and not told, after a crash, is told by the next, as it was', async () => {
    const decided = { ...question, decision: past };
    expect(await call('POST', { body: 'decision=approve&by=ann' }, [decided])).toMatchObject({ statusCode: 409 });
    expect(cloud.sent('SendTaskSuccess').map(({ input }) => JSON.parse(String(input.output)))).toEqual([
      { decision: 'rejected', by: 'bob', at: '2026-01-01T00:01:00.000Z' },
    ]);
    expect(stored()).toEqual({ ...decided, delivered: true });
  });

  const refusing = (name: string): Answers => ({
    SendTaskSuccess: () => {
      throw Object.assign(new Error(name), { name });
    },
  });
  const gone = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'];
  test.each(gone)('to a task that was told (%s) by a call that died then, counts', async (name) => {
    const reply = await call('POST', { body: 'decision=approve&by=ann' }, [question, asked], refusing(name));
    expect(reply).toMatchObject({ statusCode: 200 });
    expect(stored()).toMatchObject({ delivered: true });
    expect(cloud.logged).toEqual(['decision-too-late']);
  });
  test.each(gone)('to a run that is stopped (%s) in the same moment hears it, and is told to nobody', async (name) => {
    let looks = 0;
    const DescribeExecution = () => {
      looks += 1;
      return { status: looks === 1 ? 'RUNNING' : 'ABORTED' };
    };
    const answers = { ...refusing(name), DescribeExecution };
    expect(await call('POST', { body: 'decision=approve&by=ann' }, [question, asked], answers)).toMatchObject({
      statusCode: 410,
      title: 'The run has ended',
      body: expect.stringContaining('your answer has no effect'),
    });
    expect(Object.keys(stored() ?? {})).not.toContain('delivered');
    expect(cloud.mails()).toEqual([]);
  });
  test.each([
    ['GET', {}],
    ['POST', { body: 'decision=approve&by=ann' }],
  ] as const)(
    'to a run that has ended, of which the table does not know, decides nothing: %s',
    async (method, event) => {
      const answers = { DescribeExecution: () => ({ status: 'ABORTED' }) };
      expect(await call(method, event, [question, asked], answers)).toMatchObject({
        statusCode: 410,
        title: 'The run has ended',
        body: expect.stringContaining('nothing was decided'),
      });
      expect([cloud.items(), operations()]).toEqual([[question, asked], []]);
    },
  );
  test.each(['ThrottlingException', 'NotTaskTimedOut', 'InvalidTokenX'])(
    'that %s held up is not told',
    async (name) => {
      await expect(
        call('POST', { body: 'decision=approve&by=ann' }, [question, asked], refusing(name)),
      ).rejects.toThrow(name);
      expect(Object.keys(stored() ?? {})).not.toContain('delivered');
      expect(stored()).toMatchObject({ decision: { decision: 'approved' } });
    },
  );
});
