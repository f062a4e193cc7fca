import { readFile } from 'node:fs/promises';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { describe, expect, test } from '@jest/globals';
import { localUrl, pathsOf } from '@slipway/local-cloud';
import { byPlatform, changesOf, nameOf } from '../../../support/provisioner.ts';
import { waitFor } from '../../../support/wait-for.ts';
import {
  approving,
  asking,
  askingAgain,
  expiring,
  looking,
  provisioned,
  refusing,
  region,
  rejecting,
  startingAgain,
} from './steps.ts';

describe('the mail to the approvers', () => {
  const first = asking.result();
  const second = askingAgain.result();

  test('goes to them alone, with a subject that SNS takes', () => {
    const { mail } = first().question;
    expect(mail).toMatchObject({ to: 'approver@example.com', subject: '[Slipway] Deploy asked to production?' });
  });

  test('says what production will get, in which region, and where staging can be looked at', () => {
    const { message } = first().question.mail;
    expect(message).toContain(`${region}:`);
    expect(message).toMatch(/staging is healthy: http:\/\/\S+\/staging/);
    expect(message).toContain('create service/production');
    expect(message).toMatch(/image sha256:[0-9a-f]{64}/);
  });

  test('has a link to approve, one to reject, and the command line’s words', () => {
    const { mail, id } = first().question;
    expect(mail.message).toMatch(new RegExp(`^Approve: \\S+/approvals/${id}\\?decision=approve$`, 'm'));
    expect(mail.message).toMatch(new RegExp(`^Reject: {2}\\S+/approvals/${id}\\?decision=reject$`, 'm'));
    expect(mail.message).toContain(`npx slipway approve ${nameOf(first().execution)}`);
  });

  test('was sent once a question', async () => {
    const mails = await provisioned().provisioner.mails();
    for (const { id } of [first().question, second().question])
      expect(mails.filter(({ message }) => message.includes(`/approvals/${id}`))).toHaveLength(1);
  });
});

describe('looking at the page', () => {
  const seen = looking.result();

  test('shows the question, what will change and a form', () => {
    const { page } = seen();
    expect(page.status).toBe(200);
    expect(page.text).toContain('Deploy asked to production?');
    expect(page.text).toContain('create service/production');
    expect(page.text).toContain('<form method="post">');
  });

  test('a second time shows it again; HEAD, for which the API has no route, shows nothing', () => {
    expect(seen().pageAgain.status).toBe(200);
    expect(seen().pageAgain.text).toContain('<form method="post">');
    expect(seen().head).toEqual({ status: 404, text: '' });
  });

  test('changes nothing: no call that writes, and the execution waits', () => {
    const writes = seen().calls.filter((call) => call.mutating && !byPlatform(call));
    expect(writes.filter(({ service }) => service !== 'lambda')).toEqual([]);
    expect(seen().after).toBe('RUNNING');
  });
});

describe('an answer that does not count', () => {
  const refused = refusing.result();
  const expired = expiring.result();

  test('without a name is refused with 400', () => {
    expect(refused().nameless.status).toBe(400);
    expect(refused().nameless.text).toContain('Your name is missing');
  });

  test('without a decision, to a forged and to a malformed link gets the same plain page', () => {
    const { undecided, forged, malformed } = refused();
    for (const { status, text } of [undecided, forged, malformed]) {
      expect(status).toBe(404);
      expect(text).toBe(forged.text);
    }
    expect(forged.text).toContain('not valid, or has expired');
    expect(forged.text).not.toContain(region);
  });

  test('to an expired link gets that page too, for GET and POST', () => {
    for (const seen of expired().replies) expect(seen).toEqual({ status: 404, text: refused().forged.text });
  });

  test('leaves the execution waiting', () => {
    expect([refused().after, expired().after]).toEqual(['RUNNING', 'RUNNING']);
  });
});

describe('a second start while one waits', () => {
  const first = asking.result();
  const second = startingAgain.result();

  test('is refused in the first state and names the holder', () => {
    const { ended } = second();
    expect(ended).toMatchObject({ status: 'FAILED', error: 'LockedError' });
    expect(ended.cause).toContain(first().execution);
  });

  test('changes nothing and leaves the first alone', () => {
    expect(changesOf(second().calls)).toEqual([]);
    expect(second().after).toBe('RUNNING');
  });
});

describe('a rejection', () => {
  const first = asking.result();
  const rejected = rejecting.result();
  const second = askingAgain.result();

  test('is thanked for and ends the execution well, as rejected', () => {
    expect(rejected().answer.status).toBe(200);
    expect(rejected().answer.text).toContain('production stays as it is');
    expect(rejected().ended).toMatchObject({
      status: 'SUCCEEDED',
      report: { outcome: 'rejected', decision: { decision: 'rejected', by: 'Nadia <nadia@example.com>' } },
    });
    expect(JSON.parse(rejected().ended.output ?? '{}')).toMatchObject({ outcome: 'rejected' });
  });

  test('leaves staging alone and makes no production', () => {
    expect(rejected().services).toEqual(['staging']);
    expect(Object.keys(rejected().ended.report?.regions[0]?.urls ?? {})).toEqual(['staging']);
  });

  test('is told to those who follow the progress', async () => {
    const summary = await waitFor(
      'the mail of the summary',
      async () =>
        (await provisioned().provisioner.mails()).find(
          ({ subject, message }) => /Summarise finished/.test(subject) && message.includes(rejected().ended.name),
        ),
      { within: 10_000 },
    );
    expect(summary.message).toContain('rejected by Nadia <nadia@example.com>');
  });

  test('is no approval for the next run: it asks again', () => {
    expect(second().question.id).not.toBe(first().question.id);
  });
});

describe('an approval', () => {
  const approved = approving.result();

  test('deploys production', () => {
    expect(approved().answer).toMatchObject({
      status: 200,
      text: expect.stringContaining('The run goes on'),
    });
    expect(approved().ended).toMatchObject({
      status: 'SUCCEEDED',
      report: { outcome: 'succeeded', decision: { decision: 'approved', by: 'Olu' } },
    });
    expect(approved().services).toEqual(['staging', 'production']);
  });

  test('counts once: a replay and a contrary answer get 409 with who decided and when', () => {
    for (const { status, text } of [approved().replay, approved().contrary]) {
      expect(status).toBe(409);
      expect(text).toMatch(/Already approved by Olu at \d{4}-\d\d-\d\dT/);
    }
  });

  test('shows on the page afterwards, without a form', () => {
    const { status, text } = approved().page;
    expect(status).toBe(200);
    expect(text).toContain('Already approved by Olu');
    expect(text).not.toContain('<form');
  });

  test('ends with production’s URL, which answers', async () => {
    const url = approved().ended.report?.regions[0]?.urls.production ?? '';
    expect(await (await fetch(localUrl(provisioned().cloud, url))).json()).toMatchObject({
      region,
      environment: 'production',
    });
  });
});

describe('the task token', () => {
  const first = asking.result();
  const second = askingAgain.result();
  const looked = looking.result();
  const approved = approving.result();

  const tokens = () => [first().token, second().token];

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
      for (const { text } of [looked().page, approved().page]) expect(text).not.toContain(token);
  });

  test('is in no input or output of an execution', async () => {
    const { provisioner } = provisioned();
    for (const { executionArn = '' } of await provisioner.executions()) {
      const { input: given = '', output = '' } = await provisioner.describe(executionArn);
      for (const token of tokens()) expect(given + output).not.toContain(token);
    }
  });

  test('is in no log', async () => {
    const { provisioner } = provisioned();
    const logs = provisioner.client(CloudWatchLogsClient);
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
    const names = logGroups.map(({ logGroupName = '' }) => logGroupName);
    const lambdaLog = '/aws/lambda/slipway-request-approval';
    expect(names).toContain(lambdaLog);
    const asked = async (logGroupName: string) =>
      (await logs.send(new FilterLogEventsCommand({ logGroupName, limit: 10_000 }))).events ?? [];
    // The log arrives a moment after the Lambda has answered.
    await waitFor('the log of the Lambda that asks', async () => (await asked(lambdaLog)).length > 0, {
      within: 10_000,
    });
    for (const name of names) {
      const text = JSON.stringify(await asked(name));
      for (const token of tokens()) expect(text).not.toContain(token);
    }
  });
});
