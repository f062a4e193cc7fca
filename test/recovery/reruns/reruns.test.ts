import { DeleteRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  DescribeStateMachineCommand,
  paginateListExecutions,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FaultPlan, LocalCloud, Mail } from '@slipway/local-cloud';
import { answered, deployedCloud, type OwnCloud, run, setFaults, startMachine } from '../../support/own-cloud.ts';
import { type Ended, nameOf, type Provisioner } from '../../support/provisioner.ts';
import { waitFor } from '../../support/wait-for.ts';

const maxReruns = 2;
const region = 'us-west-2';
const input = {
  deployment: 'again',
  regions: [{ region, cidr: '10.50.0.0/16' }],
  alarms: { emails: ['alarms@example.com'] },
};
/** What no plan can foresee. */
const cause = 'the key of again-app is disabled';
const obstacle: FaultPlan = {
  faults: [{ do: 'fail', action: 'CreateRepository', region, code: 'KmsException', message: cause, status: 400 }],
};
const within = { within: 240_000 };

let own: OwnCloud;

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

interface Recovery {
  readonly first: Ended;
  readonly skipped: Ended;
  readonly rejected: Ended;
  readonly startedByItself: string;
  readonly provisioned: Ended;
}

/** Fails for a reason that goes away before it is started again; then it waits for its approval. */
async function recover(provisioner: Provisioner): Promise<Recovery> {
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

interface Defeat {
  readonly first: Ended;
  readonly reruns: readonly Ended[];
  readonly alarm: Mail;
}

/** Fails for good, on a platform that stands: its repository is gone and can't be made again. */
async function giveUp(provisioner: Provisioner): Promise<Defeat> {
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

interface TimedOut {
  readonly first: Ended;
  readonly second: Ended;
}

/** Runs into its machine's time limit, which is put back before it is started again. */
async function timeOut(provisioner: Provisioner): Promise<TimedOut> {
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

interface NeverRepeated {
  readonly input: { readonly ended: Ended; readonly verdict: { again: boolean } };
  readonly aborted: { readonly ended: Ended; readonly verdict: { again: boolean } };
  readonly neverProvisioned: Ended;
}

async function neverRepeat(provisioner: Provisioner): Promise<NeverRepeated> {
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

interface Requested {
  readonly ended: Ended;
  readonly named: readonly Machine[];
  readonly refusedId: string;
  readonly queued: string;
  readonly told: string;
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

async function request(provisioner: Provisioner): Promise<Requested> {
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
    async () => (await provisioner.mails()).find(({ message }) => message.includes(`event ${refusedId} is refused`)),
    within,
  );
  const named = (await executionsOf(provisioner, 'provision')).filter(({ name }) => name.startsWith('event-'));
  return { ended, named, refusedId, queued, told: told.message };
}

interface Story {
  readonly recovery: Recovery;
  readonly defeat: Defeat;
  readonly timedOut: TimedOut;
  readonly never: NeverRepeated;
  readonly requested: Requested;
  /** How many executions of `provision` there are when all is decided, and a while later. */
  readonly executions: readonly [number, number];
}

let story: Story;

beforeAll(async () => {
  own = await deployedCloud('reruns', { MaxReruns: String(maxReruns) });
  const { provisioner } = own;
  const recovery = await recover(provisioner);
  const defeat = await giveUp(provisioner);
  const timedOut = await timeOut(provisioner);
  const [never, requested] = await Promise.all([neverRepeat(provisioner), request(provisioner)]);
  for (const { executionArn } of defeat.reruns) await verdictOn(provisioner, executionArn);
  const decided = await begins(provisioner);
  // Longer than the longest pause, 120 s by AWS's clock.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  story = { recovery, defeat, timedOut, never, requested, executions: [decided, await begins(provisioner)] };
}, 800_000);

afterAll(async () => {
  await own?.end();
});

describe('an execution that failed', () => {
  test('is started again by EventBridge, under a name that tells whose repetition it is', () => {
    expect(story.recovery.first).toMatchObject({ status: 'FAILED', error: 'RegionsFailed' });
    expect(nameOf(story.recovery.startedByItself)).toMatch(/^rerun-[0-9a-f]{32}$/);
  });

  test('is told: that it failed, and that it is started again', async () => {
    const { message } =
      (await own.provisioner.mails()).find(({ message }) => message.includes('started again automatically in')) ?? {};
    expect(message).toContain('ended as FAILED (RegionsFailed)');
    expect(message).toContain('in 60 s');
  });

  test('gets through once its obstacle is gone', () => {
    expect(story.recovery.provisioned).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'succeeded' } });
  });
});

test('an execution that ran into its time limit is started again, and what it began is finished', () => {
  expect(story.timedOut.first.status).toBe('TIMED_OUT');
  expect(story.timedOut.second).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'succeeded' } });
});

describe('an execution that fails for good', () => {
  test('is started again as often as the parameter says', () => {
    expect(story.defeat.first).toMatchObject({ status: 'FAILED', error: 'RegionsFailed' });
    expect(story.defeat.reruns.map(({ status }) => status)).toEqual(['FAILED', 'FAILED']);
  });

  test('is not started once more', () => {
    expect(story.executions[1]).toBe(story.executions[0]);
  });

  test('is told to those whom alarms tell, with its cause', () => {
    const { subject, message, topicArn } = story.defeat.alarm;
    expect(subject).toBe('[Slipway] again: failed 3 times in a row');
    expect(message).toContain(cause);
    expect(topicArn).toContain(region);
  });
});

describe('what is never started again', () => {
  test('an input that was refused', () => {
    expect(story.never.input.ended).toMatchObject({ status: 'FAILED', error: 'InputError' });
    expect(story.never.input.verdict.again).toBe(false);
  });

  test('an execution that somebody stopped', () => {
    expect(story.never.aborted.ended.status).toBe('ABORTED');
    expect(story.never.aborted.verdict.again).toBe(false);
  });

  test('a run that people rejected: it ended well', () => {
    expect(story.recovery.rejected).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'rejected' } });
  });
});

describe('the event “Provision requested”', () => {
  test('starts an execution with its detail as the input', () => {
    expect(story.requested.ended).toMatchObject({
      status: 'SUCCEEDED',
      report: { outcome: 'planned', deployment: 'asked' },
    });
  });

  test('starts one even when it is delivered three times', () => {
    expect(story.requested.named).toHaveLength(1);
  });

  test('is put on a queue when it is malformed, and starts nothing', () => {
    expect(JSON.parse(story.requested.queued)).toMatchObject({
      id: story.requested.refusedId,
      detail: { regions: 'all of them' },
    });
    expect(story.requested.named.map(({ name }) => name)).toEqual([nameOf(story.requested.ended.executionArn)]);
  });

  test('is told when it is malformed, with what is wrong', () => {
    expect(story.requested.told).toContain('$.regions');
  });
});

describe('a reconcile', () => {
  test('of a deployment that was never provisioned is skipped', () => {
    expect(story.never.neverProvisioned).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'skipped' } });
    expect(story.never.neverProvisioned.report?.reason).toContain('never provisioned');
  });

  test('of a deployment that was only asked for, while its first run waits for its approval, is skipped', () => {
    expect(story.recovery.skipped).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'skipped' } });
    expect(story.recovery.skipped.report?.reason).toContain('never provisioned or approved');
  });
});
