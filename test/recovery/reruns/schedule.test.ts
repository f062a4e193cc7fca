import { paginateListExecutions } from '@aws-sdk/client-sfn';
import { afterAll, describe, expect, test } from '@jest/globals';
import { deployedCloud, type OwnCloud, run } from '../../support/own-cloud.ts';
import { changesOf, outcomeOf } from '../../support/provisioner.ts';
import { story } from '../../support/story.ts';
import { waitFor } from '../../support/wait-for.ts';

const small = { app: { desiredCount: 1, minCount: 1 } };
const deployments = ['here', 'there'];
const inputs = [
  { ...small, deployment: 'here', regions: [{ region: 'us-east-1', cidr: '10.70.0.0/16' }] },
  { ...small, deployment: 'there', regions: [{ region: 'us-west-2', cidr: '10.71.0.0/16' }] },
];

let own: OwnCloud;

async function reconciles(): Promise<readonly { readonly name: string; readonly executionArn: string }[]> {
  const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:slipway-provision';
  const found: { name: string; executionArn: string }[] = [];
  for await (const { executions = [] } of paginateListExecutions(
    { client: own.provisioner.stepFunctions },
    { stateMachineArn },
  ))
    for (const { name = '', executionArn = '' } of executions)
      if (name.startsWith('reconcile-')) found.push({ name, executionArn });
  return found;
}

async function invoke(id: string): Promise<readonly string[]> {
  const reply = await fetch(`${own.cloud.endpoint}/2015-03-31/functions/slipway-reconcile-due/invocations`, {
    method: 'POST',
    headers: {
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify({ id }),
  });
  return (await reply.json()) as readonly string[];
}

const step = story(480_000);

const provisioning = step('two deployments', async () => {
  // The shortest period that AWS allows; the first time is a minute after the deployment.
  own = await deployedCloud('schedule', { MaxReruns: '0', ReconcileSchedule: 'rate(1 minute)' });
  const ended = await Promise.all(inputs.map((input) => run(own.provisioner, 'provision', input)));
  const known = (await reconciles()).map(({ name }) => name);
  return { ended, known, calls: (await own.provisioner.calls()).length };
});

const scheduling = step('the schedule', async () => {
  const { known, calls } = await provisioning.done();
  const started = await waitFor(
    'the schedule to start a reconcile of each deployment',
    async () => {
      const fresh = (await reconciles()).filter(({ name }) => !known.includes(name));
      return fresh.length >= deployments.length && fresh;
    },
    { within: 180_000 },
  );
  const ended = await Promise.all(started.map(({ executionArn }) => own.provisioner.end(executionArn)));
  return { ended, changes: changesOf((await own.provisioner.calls()).slice(calls)) };
});

const repeating = step('one invocation, delivered three times', async () => {
  const replies: (readonly string[])[] = [];
  for (let delivery = 1; delivery <= 3; delivery += 1) replies.push(await invoke('the same'));
  return { replies, names: (await reconciles()).map(({ name }) => name) };
});

afterAll(async () => {
  await own?.end();
});

describe('the schedule', () => {
  const provisioned = provisioning.result();
  const scheduled = scheduling.result();
  const repeated = repeating.result();

  test('starts a reconcile of every deployment that was provisioned', () => {
    expect(provisioned().ended.map(outcomeOf)).toEqual(['succeeded', 'succeeded']);
    expect(
      scheduled()
        .ended.map(({ report }) => report?.deployment)
        .sort(),
    ).toEqual(deployments);
  });

  test('finds nothing to do there, and changes nothing', () => {
    expect(scheduled().ended.map(outcomeOf)).toEqual(['unchanged', 'unchanged']);
    expect(scheduled().changes).toEqual([]);
  });

  test('starts one of each deployment, however often one invocation is delivered', () => {
    const { replies, names } = repeated();
    expect(replies).toEqual([deployments, deployments, deployments]);
    const invocations = Map.groupBy(names, (name) => name.split('-')[1]);
    expect([...invocations.values()].every((started) => started.length === deployments.length)).toBe(true);
    expect(new Set(names).size).toBe(names.length);
  });
});
