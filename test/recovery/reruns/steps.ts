import { DeleteRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  DescribeStateMachineCommand,
  paginateListExecutions,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { FaultPlan, LocalCloud } from '@slipway/local-cloud';
import { answered, deployedCloud, type OwnCloud, run, setFaults, startMachine } from '../../support/own-cloud.ts';
import type { Ended, Provisioner } from '../../support/provisioner.ts';
import { story } from '../../support/story.ts';
import { waitFor } from '../../support/wait-for.ts';

const maxReruns = 2;
export const region = 'us-west-2';
const input = {
  deployment: 'again',
  regions: [{ region, cidr: '10.50.0.0/16' }],
  alarms: { emails: ['alarms@example.com'] },
};
/** What no plan can foresee. */
export const cause = 'the key of again-app is disabled';
const obstacle: FaultPlan = {
  faults: [{ do: 'fail', action: 'CreateRepository', region, code: 'KmsException', message: cause, status: 400 }],
};
const within = { within: 240_000 };

let own: OwnCloud;
export const cloud = (): OwnCloud => own;
export const endCloud = async (): Promise<void> => own?.end();

interface Machine {
  readonly executionArn: string;
  readonly name: string;
  readonly status: string;
}

async function executionsOf(provisioner: Provisioner, machine: string): Promise<readonly Machine[]> {
  const stateMachineArn = `arn:aws:states:us-east-1:000000000000:stateMachine:slipway-${machine}`;
  const all: Machine[] = [];
  for await (const { executions = [] } of paginateListExecutions(
    { client: provisioner.stepFunctions },
    { stateMachineArn },
  ))
    for (const { executionArn = '', name = '', status = '' } of executions) all.push({ executionArn, name, status });
  return all;
}

/** What the `rerun` machine decided about an execution that ended. */
async function verdictOn(provisioner: Provisioner, executionArn: string): Promise<{ again: boolean }> {
  return waitFor(
    `the decision about ${executionArn}`,
    async () => {
      for (const { executionArn: rerun } of await executionsOf(provisioner, 'rerun')) {
        const { status, input: event = '', output = '{}' } = await provisioner.describe(rerun);
        if (status === 'SUCCEEDED' && event.includes(executionArn)) return JSON.parse(output) as { again: boolean };
      }
      return undefined;
    },
    within,
  );
}

/** The execution that the `rerun` machine starts after those that are known. */
async function nextRerun(provisioner: Provisioner, known: readonly string[]): Promise<string> {
  return waitFor(
    'an execution that nobody started',
    async () =>
      (await executionsOf(provisioner, 'provision')).find(
        ({ name, executionArn }) => name.startsWith('rerun-') && !known.includes(executionArn),
      )?.executionArn,
    within,
  );
}

const begins = async (provisioner: Provisioner): Promise<number> =>
  (await executionsOf(provisioner, 'provision')).length;

/** Fails for a reason that goes away before it is started again; then it waits for its approval. */
async function recover(provisioner: Provisioner) {
  await setFaults(provisioner.cloud, obstacle);
  const first = await provisioner.end(await startMachine(provisioner, 'provision', input));
  await setFaults(provisioner.cloud, { faults: [] });
  const startedByItself = await nextRerun(provisioner, []);
  const question = await provisioner.question(startedByItself);
  const skipped = await run(provisioner, 'provision', { mode: 'reconcile', deployment: input.deployment });
  await question.answer({ decision: 'reject', by: 'Ida' });
  const rejected = await provisioner.end(startedByItself);
  const provisioned = await run(provisioner, 'provision', input);
  return { first, skipped, rejected, startedByItself, provisioned };
}

/** Fails for good, on a platform that stands: its repository is gone and can't be made again. */
async function giveUp(provisioner: Provisioner) {
  const ecr = provisioner.client(ECRClient, region);
  await ecr.send(new DeleteRepositoryCommand({ repositoryName: 'again-app', force: true }));
  await setFaults(provisioner.cloud, obstacle);
  const known = (await executionsOf(provisioner, 'provision')).map(({ executionArn }) => executionArn);
  const first = await answered(provisioner, await startMachine(provisioner, 'provision', input));
  const reruns: Ended[] = [];
  while (reruns.length < maxReruns) {
    const seen = [...known, ...reruns.map(({ executionArn }) => executionArn)];
    reruns.push(await answered(provisioner, await nextRerun(provisioner, seen)));
  }
  const alarm = await waitFor(
    'the mail of the alarms topic',
    async () => (await provisioner.mails()).find(({ topicArn }) => topicArn.endsWith(':again-alarms')),
    within,
  );
  await setFaults(provisioner.cloud, { faults: [] });
  return { first, reruns, alarm };
}

/** Runs into its machine's time limit, which is put back before it is started again. */
async function timeOut(provisioner: Provisioner) {
  const { stepFunctions } = provisioner;
  const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:slipway-provision';
  const { definition = '' } = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const define = (text: string) =>
    stepFunctions.send(new UpdateStateMachineCommand({ stateMachineArn, definition: text }));
  const known = (await executionsOf(provisioner, 'provision')).map(({ executionArn }) => executionArn);
  await define(JSON.stringify({ ...(JSON.parse(definition) as object), TimeoutSeconds: 4 }));
  const slow = { ...input, deployment: 'slow', regions: [{ region: 'us-east-1', cidr: '10.80.0.0/16' }] };
  const executionArn = await startMachine(provisioner, 'provision', slow);
  await waitFor('its first step', async () => (await provisioner.events(executionArn)).length > 0, within);
  await define(definition);
  const first = await provisioner.end(executionArn);
  const second = await answered(provisioner, await nextRerun(provisioner, [...known, executionArn]));
  return { first, second };
}

async function neverRepeat(provisioner: Provisioner) {
  const refused = await provisioner.end(await startMachine(provisioner, 'provision', { regions: [] }));
  const executionArn = await startMachine(provisioner, 'provision', {
    deployment: 'halted',
    regions: [{ region: 'us-east-1', cidr: '10.60.0.0/16' }],
  });
  await provisioner.stepFunctions.send(new StopExecutionCommand({ executionArn, cause: 'changed my mind' }));
  const aborted = await provisioner.end(executionArn);
  return {
    input: { ended: refused, verdict: await verdictOn(provisioner, refused.executionArn) },
    aborted: { ended: aborted, verdict: await verdictOn(provisioner, executionArn) },
    neverProvisioned: await run(provisioner, 'provision', { mode: 'reconcile', deployment: 'nobody' }),
  };
}

const putEvent = async (provisioner: Provisioner, detail: object): Promise<string> => {
  const { Entries = [] } = await provisioner.client(EventBridgeClient).send(
    new PutEventsCommand({
      Entries: [{ Source: 'slipway', DetailType: 'Provision requested', Detail: JSON.stringify(detail) }],
    }),
  );
  return Entries[0]?.EventId ?? '';
};

/** The same event once more, as EventBridge delivers it at least once. */
async function deliverAgain({ endpoint }: LocalCloud, id: string, detail: object): Promise<void> {
  const scope = 'Credential=test/20260101/us-east-1/lambda/aws4_request';
  const reply = await fetch(`${endpoint}/2015-03-31/functions/slipway-run-requested/invocations`, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0` },
    body: JSON.stringify({
      id,
      source: 'slipway',
      'detail-type': 'Provision requested',
      time: new Date().toISOString(),
      detail,
    }),
  });
  if (!reply.ok || reply.headers.has('x-amz-function-error')) throw new Error(await reply.text());
}

async function request(provisioner: Provisioner) {
  const detail = { mode: 'plan', deployment: 'asked', regions: [{ region, cidr: '10.70.0.0/16' }] };
  const id = await putEvent(provisioner, detail);
  const { executionArn } = await waitFor(
    `the execution of the event ${id}`,
    async () => (await executionsOf(provisioner, 'provision')).find(({ name }) => name === `event-${id}`),
    within,
  );
  await deliverAgain(own.cloud, id, detail);
  await deliverAgain(own.cloud, id, detail);
  const ended = await provisioner.end(executionArn);

  const refusedId = await putEvent(provisioner, { deployment: 'asked', regions: 'all of them' });
  const queues = provisioner.client(SQSClient);
  const { QueueUrl } = await queues.send(new GetQueueUrlCommand({ QueueName: 'slipway-refused-events' }));
  const queued = await waitFor(
    'the refused event on its queue',
    async () => (await queues.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]?.Body,
    within,
  );
  const told = await waitFor(
    'the mail about the refused event',
    async () => (await provisioner.mails()).find(({ message }) => message.includes(`event ${refusedId} was refused`)),
    within,
  );
  const named = (await executionsOf(provisioner, 'provision')).filter(({ name }) => name.startsWith('event-'));
  return { ended, named, refusedId, queued, told: told.message };
}

const step = story(800_000);

export const recovering = step('an obstacle that goes away', async () => {
  own = await deployedCloud('reruns', { MaxReruns: String(maxReruns) });
  return recover(own.provisioner);
});

export const givingUp = step('an obstacle that stays', () => giveUp(own.provisioner));

export const timingOut = step('a time limit', () => timeOut(own.provisioner));

export const requesting = step('runs that are not repeated, and events', async () => {
  const [never, requested] = await Promise.all([neverRepeat(own.provisioner), request(own.provisioner)]);
  return { never, requested };
});

export const waiting = step('a while after everything is decided', async () => {
  for (const { executionArn } of (await givingUp.done()).reruns) await verdictOn(own.provisioner, executionArn);
  const decided = await begins(own.provisioner);
  // Longer than the longest pause, 120 s by AWS's clock.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  return { decided, later: await begins(own.provisioner) };
});
