import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { useProvisionedCloud } from '../../../support/provisioned-cloud.ts';
import { story } from '../../../support/story.ts';
import { waitFor } from '../../../support/wait-for.ts';

export const provisioned = useProvisionedCloud();

/** One region is enough to ask. */
export const region = 'eu-west-1';
const input = { deployment: 'asked', regions: [{ region, cidr: '10.20.0.0/16' }] };

interface Reply {
  readonly status: number;
  readonly text: string;
}

async function reply(response: Promise<Response>): Promise<Reply> {
  const seen = await response;
  return { status: seen.status, text: await seen.text() };
}

async function services(): Promise<readonly string[]> {
  const { services = [] } = await provisioned()
    .provisioner.client(ECSClient, region)
    .send(new DescribeServicesCommand({ cluster: 'asked-cluster', services: ['staging', 'production'] }));
  return services.filter(({ status }) => status === 'ACTIVE').map(({ serviceName }) => serviceName ?? '');
}

const step = story(600_000);

async function ask() {
  const { provisioner } = provisioned();
  const execution = await provisioner.start(input);
  const question = await provisioner.question(execution);
  const status = async () => (await provisioner.describe(execution)).status;
  return { execution, question, token: await provisioner.taskToken(question.id), status };
}

export const asking = step('a first question', async () => {
  const asked = await ask();
  const { provisioner } = provisioned();
  // The mail goes out first: the function that asks has ended once its event is kept and published.
  await waitFor(
    'the end of the function that asks',
    async () =>
      (await provisioner.events(asked.execution)).some(
        ({ status, stage }) => status === 'waiting' && stage === 'approve-production',
      ) &&
      (await provisioner.mails()).some(
        ({ subject, message }) => subject.includes('Approve production waiting') && message.includes(asked.execution),
      ),
    { within: 60_000 },
  );
  return asked;
});

export const looking = step('looking at the page', async () => {
  const { question, status } = await asking.done();
  const { provisioner } = provisioned();
  const before = (await provisioner.calls()).length;
  const page = await reply(fetch(`${question.page}?decision=approve`));
  const pageAgain = await reply(fetch(`${question.page}?decision=reject`));
  const head = await reply(fetch(`${question.page}?decision=approve`, { method: 'HEAD' }));
  const calls = (await provisioner.calls()).slice(before);
  return { page, pageAgain, head, calls, after: await status() };
});

export const refusing = step('answers that do not count', async () => {
  const { question, status } = await asking.done();
  const nameless = await reply(question.answer({ decision: 'approve', by: '  ' }));
  const undecided = await reply(question.answer({ decision: 'perhaps', by: 'somebody' }));
  const other = question.page.replace(question.id, `${question.id.slice(0, -2)}AA`);
  const forged = await reply(
    fetch(other, { method: 'POST', body: new URLSearchParams({ decision: 'approve', by: 'x' }) }),
  );
  const malformed = await reply(fetch(question.page.replace(question.id, 'short')));
  return { nameless, undecided, forged, malformed, after: await status() };
});

export const startingAgain = step('a second start', async () => {
  const { status } = await asking.done();
  const { provisioner } = provisioned();
  const before = (await provisioner.calls()).length;
  const ended = await provisioner.end(await provisioner.start(input), 120_000);
  return { ended, calls: (await provisioner.calls()).slice(before), after: await status() };
});

export const rejecting = step('a rejection', async () => {
  const { execution, question } = await asking.done();
  const answer = await reply(question.answer({ decision: 'reject', by: 'Nadia <nadia@example.com>' }));
  return { answer, ended: await provisioned().provisioner.end(execution), services: await services() };
});

export const askingAgain = step('a second question', ask);

export const expiring = step('a question whose time is over', async () => {
  const { question, status } = await askingAgain.done();
  const { provisioner } = provisioned();
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
  const replies = [
    await reply(fetch(question.page)),
    await reply(question.answer({ decision: 'approve', by: 'late' })),
  ];
  const after = await status();
  await closeAt(new Date(Date.now() + 600_000));
  return { replies, after };
});

export const approving = step('an approval', async () => {
  const { execution, question } = await askingAgain.done();
  const answer = await reply(question.answer({ decision: 'approve', by: 'Olu' }));
  const replay = await reply(question.answer({ decision: 'approve', by: 'Olu' }));
  const contrary = await reply(question.answer({ decision: 'reject', by: 'Pia' }));
  const page = await reply(fetch(question.page));
  const ended = await provisioned().provisioner.end(execution);
  return { answer, replay, contrary, page, ended, services: await services() };
});
