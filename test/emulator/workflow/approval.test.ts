import { readFile } from 'node:fs/promises';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { ListExecutionsCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { localUrl, pathsOf, type RecordedCall } from '@slipway/local-cloud';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';
import {
  byPlatform,
  changesOf,
  type Ended,
  nameOf,
  type Provisioner,
  type Question,
} from '../../support/provisioner.ts';
import { waitFor } from '../../support/wait-for.ts';

const provisioned = useProvisionedCloud();

/** One region is enough to ask. */
const region = 'eu-west-1';
const input = { deployment: 'asked', regions: [{ region, cidr: '10.20.0.0/16' }] };

interface Reply {
  readonly status: number;
  readonly text: string;
}

async function reply(response: Promise<Response>): Promise<Reply> {
  const seen = await response;
  return { status: seen.status, text: await seen.text() };
}

async function servicesOf(provisioner: Provisioner): Promise<readonly string[]> {
  const { services = [] } = await provisioner
    .client(ECSClient, region)
    .send(new DescribeServicesCommand({ cluster: 'asked-cluster', services: ['staging', 'production'] }));
  return services.filter(({ status }) => status === 'ACTIVE').map(({ serviceName }) => serviceName ?? '');
}

/** What happened, in order: three runs of one deployment; the tests state the facts. */
interface Story {
  readonly rejected: {
    readonly execution: string;
    readonly question: Question;
    readonly token: string;
    readonly page: Reply;
    readonly pageAgain: Reply;
    readonly head: Reply;
    readonly calls: readonly RecordedCall[];
    readonly afterLooking: string | undefined;
    readonly nameless: Reply;
    readonly undecided: Reply;
    readonly forged: Reply;
    readonly malformed: Reply;
    readonly afterRefusals: string | undefined;
    readonly second: Ended;
    readonly secondCalls: readonly RecordedCall[];
    readonly afterSecond: string | undefined;
    readonly answer: Reply;
    readonly ended: Ended;
    readonly services: readonly string[];
  };
  readonly approved: {
    readonly question: Question;
    readonly token: string;
    readonly expired: readonly Reply[];
    readonly afterExpiry: string | undefined;
    readonly answer: Reply;
    readonly replay: Reply;
    readonly contrary: Reply;
    readonly pageAfter: Reply;
    readonly ended: Ended;
    readonly services: readonly string[];
  };
}

let story: Story;

beforeAll(async () => {
  const { provisioner } = provisioned();
  story = { rejected: await reject(provisioner), approved: await approve(provisioner) };
}, 600_000);

async function reject(provisioner: Provisioner): Promise<Story['rejected']> {
  const execution = await provisioner.start(input);
  const question = await provisioner.question(execution);
  const token = await provisioner.taskToken(question.id);
  // The mail goes out first: the function that asks has ended once its event is kept and published.
  await waitFor(
    'the end of the function that asks',
    async () =>
      (await provisioner.events(execution)).some(
        ({ status, stage }) => status === 'waiting' && stage === 'approve-production',
      ) &&
      (await provisioner.mails()).some(
        ({ subject, message }) => subject.includes('Approve production waiting') && message.includes(execution),
      ),
    { within: 60_000 },
  );
  const before = (await provisioner.calls()).length;
  const page = await reply(fetch(`${question.page}?decision=approve`));
  const pageAgain = await reply(fetch(`${question.page}?decision=reject`));
  const head = await reply(fetch(`${question.page}?decision=approve`, { method: 'HEAD' }));
  const calls = (await provisioner.calls()).slice(before);
  const status = async () => (await provisioner.describe(execution)).status;
  const afterLooking = await status();
  const nameless = await reply(question.answer({ decision: 'approve', by: '  ' }));
  const undecided = await reply(question.answer({ decision: 'perhaps', by: 'somebody' }));
  const other = question.page.replace(question.id, `${question.id.slice(0, -2)}AA`);
  const forged = await reply(
    fetch(other, { method: 'POST', body: new URLSearchParams({ decision: 'approve', by: 'x' }) }),
  );
  const malformed = await reply(fetch(question.page.replace(question.id, 'short')));
  const afterRefusals = await status();

  const beforeSecond = (await provisioner.calls()).length;
  const second = await provisioner.end(await provisioner.start(input), 120_000);
  const secondCalls = (await provisioner.calls()).slice(beforeSecond);
  const afterSecond = await status();

  const answer = await reply(question.answer({ decision: 'reject', by: 'Nadia <nadia@example.com>' }));
  const ended = await provisioner.end(execution);
  return {
    ...{
      execution,
      question,
      token,
      page,
      pageAgain,
      head,
      calls,
      afterLooking,
      nameless,
      undecided,
      forged,
      malformed,
    },
    ...{ afterRefusals, second, secondCalls, afterSecond, answer, ended },
    services: await servicesOf(provisioner),
  };
}

async function approve(provisioner: Provisioner): Promise<Story['approved']> {
  const execution = await provisioner.start(input);
  const question = await provisioner.question(execution);
  const token = await provisioner.taskToken(question.id);
  const closeAt = (closesAt: Date) =>
    provisioner.table.send(
      new UpdateCommand({
        TableName: provisioner.tableName,
        Key: { pk: `APPROVAL#${question.id}`, sk: 'REQUEST' },
        UpdateExpression: 'SET closesAt = :closesAt',
        ExpressionAttributeValues: { ':closesAt': closesAt.toISOString() },
      }),
    );
  await closeAt(new Date(Date.now() - 1000));
  const expired = [
    await reply(fetch(question.page)),
    await reply(question.answer({ decision: 'approve', by: 'late' })),
  ];
  const afterExpiry = (await provisioner.describe(execution)).status;
  await closeAt(new Date(Date.now() + 600_000));

  const answer = await reply(question.answer({ decision: 'approve', by: 'Olu' }));
  const replay = await reply(question.answer({ decision: 'approve', by: 'Olu' }));
  const contrary = await reply(question.answer({ decision: 'reject', by: 'Pia' }));
  const pageAfter = await reply(fetch(question.page));
  const ended = await provisioner.end(execution);
  return {
    ...{ question, token, expired, afterExpiry, answer, replay, contrary, pageAfter, ended },
    services: await servicesOf(provisioner),
  };
}

describe('the mail to the approvers', () => {
  test('goes to them alone, with a subject that SNS takes', () => {
    const { mail } = story.rejected.question;
    expect(mail).toMatchObject({ to: 'approver@example.com', subject: '[Slipway] Deploy asked to production?' });
  });

  test('says what production will get, in which region, and where staging can be looked at', () => {
    const { message } = story.rejected.question.mail;
    expect(message).toContain(`${region}:`);
    expect(message).toMatch(/staging is healthy: http:\/\/\S+\/staging/);
    expect(message).toContain('create service/production');
    expect(message).toMatch(/image sha256:[0-9a-f]{64}/);
  });

  test('has a link to approve, one to reject, and the command line’s words', () => {
    const { mail, id } = story.rejected.question;
    expect(mail.message).toMatch(new RegExp(`^Approve: \\S+/approvals/${id}\\?decision=approve$`, 'm'));
    expect(mail.message).toMatch(new RegExp(`^Reject: {2}\\S+/approvals/${id}\\?decision=reject$`, 'm'));
    expect(mail.message).toContain(`npx slipway approve ${nameOf(story.rejected.execution)}`);
  });

  test('was sent once a question', async () => {
    const mails = await provisioned().provisioner.mails();
    for (const { id } of [story.rejected.question, story.approved.question])
      expect(mails.filter(({ message }) => message.includes(`/approvals/${id}`))).toHaveLength(1);
  });
});

describe('looking at the page', () => {
  test('shows the question, what will change and a form', () => {
    const { page } = story.rejected;
    expect(page.status).toBe(200);
    expect(page.text).toContain('Deploy asked to production?');
    expect(page.text).toContain('create service/production');
    expect(page.text).toContain('<form method="post">');
  });

  test('a second time shows it again; HEAD, for which the API has no route, shows nothing', () => {
    expect(story.rejected.pageAgain.status).toBe(200);
    expect(story.rejected.pageAgain.text).toContain('<form method="post">');
    expect(story.rejected.head).toEqual({ status: 404, text: '' });
  });

  test('changes nothing: no call that writes, and the execution waits', () => {
    const writes = story.rejected.calls.filter((call) => call.mutating && !byPlatform(call));
    expect(writes.filter(({ service }) => service !== 'lambda')).toEqual([]);
    expect(story.rejected.afterLooking).toBe('RUNNING');
  });
});

describe('an answer that does not count', () => {
  test('without a name is refused with 400', () => {
    expect(story.rejected.nameless.status).toBe(400);
    expect(story.rejected.nameless.text).toContain('Your name is missing');
  });

  test('without a decision, to a forged and to a malformed link gets the same plain page', () => {
    const { undecided, forged, malformed } = story.rejected;
    for (const { status, text } of [undecided, forged, malformed]) {
      expect(status).toBe(404);
      expect(text).toBe(forged.text);
    }
    expect(forged.text).toContain('not valid, or no longer');
    expect(forged.text).not.toContain(region);
  });

  test('to an expired link gets that page too, for GET and POST', () => {
    for (const seen of story.approved.expired) expect(seen).toEqual({ status: 404, text: story.rejected.forged.text });
  });

  test('leaves the execution waiting', () => {
    expect([story.rejected.afterRefusals, story.approved.afterExpiry]).toEqual(['RUNNING', 'RUNNING']);
  });
});

describe('a second start while one waits', () => {
  test('is refused in the first state and names the holder', () => {
    const { second, execution } = story.rejected;
    expect(second).toMatchObject({ status: 'FAILED', error: 'LockedError' });
    expect(second.cause).toContain(execution);
  });

  test('changes nothing and leaves the first alone', () => {
    expect(changesOf(story.rejected.secondCalls)).toEqual([]);
    expect(story.rejected.afterSecond).toBe('RUNNING');
  });
});

describe('a rejection', () => {
  test('is thanked for and ends the execution well, as rejected', () => {
    expect(story.rejected.answer.status).toBe(200);
    expect(story.rejected.answer.text).toContain('production stays as it is');
    expect(story.rejected.ended).toMatchObject({
      status: 'SUCCEEDED',
      report: { outcome: 'rejected', decision: { decision: 'rejected', by: 'Nadia <nadia@example.com>' } },
    });
    expect(JSON.parse(story.rejected.ended.output ?? '{}')).toMatchObject({ outcome: 'rejected' });
  });

  test('leaves staging alone and makes no production', () => {
    expect(story.rejected.services).toEqual(['staging']);
    expect(Object.keys(story.rejected.ended.report?.regions[0]?.urls ?? {})).toEqual(['staging']);
  });

  test('is told to those who follow the progress', async () => {
    const mails = await provisioned().provisioner.mails();
    const summary = mails.find(
      ({ subject, message }) => /Summarise finished/.test(subject) && message.includes(story.rejected.ended.name),
    );
    expect(summary?.message).toContain('rejected by Nadia <nadia@example.com>');
  });

  test('is no approval for the next run: it asks again', () => {
    expect(story.approved.question.id).not.toBe(story.rejected.question.id);
  });
});

describe('an approval', () => {
  test('deploys production', () => {
    expect(story.approved.answer).toMatchObject({
      status: 200,
      text: expect.stringContaining('The run goes on'),
    });
    expect(story.approved.ended).toMatchObject({
      status: 'SUCCEEDED',
      report: { outcome: 'succeeded', decision: { decision: 'approved', by: 'Olu' } },
    });
    expect(story.approved.services).toEqual(['staging', 'production']);
  });

  test('counts once: a replay and a contrary answer get 409 with who decided and when', () => {
    for (const { status, text } of [story.approved.replay, story.approved.contrary]) {
      expect(status).toBe(409);
      expect(text).toMatch(/Already approved by Olu at \d{4}-\d\d-\d\dT/);
    }
  });

  test('shows on the page afterwards, without a form', () => {
    const { status, text } = story.approved.pageAfter;
    expect(status).toBe(200);
    expect(text).toContain('Already approved by Olu');
    expect(text).not.toContain('<form');
  });

  test('ends with production’s URL, which answers', async () => {
    const url = story.approved.ended.report?.regions[0]?.urls.production ?? '';
    expect(await (await fetch(localUrl(provisioned().cloud, url))).json()).toMatchObject({
      region,
      environment: 'production',
    });
  });
});

describe('the task token', () => {
  const tokens = () => [story.rejected.token, story.approved.token];

  test('is kept in the table, one a question', () => {
    const [one = '', other = ''] = tokens();
    expect(one.length).toBeGreaterThan(10);
    expect(other).not.toBe(one);
  });

  test.each(['calls', 'mail'] as const)('is not in the local cloud’s record of %s', async (kind) => {
    const text = await readFile(pathsOf(provisioned().cloud.directory)[kind], 'utf8');
    for (const token of tokens()) expect(text).not.toContain(token);
  });

  test('is on no page', () => {
    for (const token of tokens())
      for (const { text } of [story.rejected.page, story.approved.pageAfter]) expect(text).not.toContain(token);
  });

  test('is in no input or output of an execution', async () => {
    const { provisioner } = provisioned();
    const { stateMachines = [] } = await provisioner.stepFunctions.send(new ListStateMachinesCommand({}));
    for (const { stateMachineArn } of stateMachines) {
      const { executions = [] } = await provisioner.stepFunctions.send(new ListExecutionsCommand({ stateMachineArn }));
      for (const { executionArn = '' } of executions) {
        const { input: given = '', output = '' } = await provisioner.describe(executionArn);
        for (const token of tokens()) expect(given + output).not.toContain(token);
      }
    }
  });

  test('is in no log', async () => {
    const { provisioner } = provisioned();
    const logs = provisioner.client(CloudWatchLogsClient);
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
    const names = logGroups.map(({ logGroupName = '' }) => logGroupName);
    expect(names).toContain('/aws/lambda/slipway-request-approval');
    const asked = async (logGroupName: string) =>
      (await logs.send(new FilterLogEventsCommand({ logGroupName, limit: 10_000 }))).events ?? [];
    // The log arrives a moment after the Lambda has answered.
    await waitFor(
      'the log of the Lambda that asks',
      async () => (await asked('/aws/lambda/slipway-request-approval')).length > 0,
      {
        within: 10_000,
      },
    );
    for (const name of names) {
      const text = JSON.stringify(await asked(name));
      for (const token of tokens()) expect(text).not.toContain(token);
    }
  });
});
