import { paginateListExecutions } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deployedCloud, type OwnCloud, run } from '../../support/own-cloud.ts';
import { changesOf, type Ended, outcomeOf } from '../../support/provisioner.ts';
import { waitFor } from '../../support/wait-for.ts';

const small = { app: { desiredCount: 1, minCount: 1 } };
const deployments = ['here', 'there'];
const inputs = [
  { ...small, deployment: 'here', regions: [{ region: 'us-east-1', cidr: '10.70.0.0/16' }] },
  { ...small, deployment: 'there', regions: [{ region: 'us-west-2', cidr: '10.71.0.0/16' }] },
];

interface Story {
  readonly provisioned: readonly Ended[];
  /** What the schedule started, once both deployments stood. */
  readonly scheduled: readonly Ended[];
  readonly changes: readonly string[];
  /** Names after the very same invocation was delivered twice more. */
  readonly names: readonly string[];
}

let own: OwnCloud;
let story: Story;

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

beforeAll(async () => {
  // The shortest period that AWS allows; the first time is a minute after the deployment.
  own = await deployedCloud('schedule', { MaxReruns: '0', ReconcileSchedule: 'rate(1 minute)' });
  const { provisioner } = own;
  const provisioned = await Promise.all(inputs.map((input) => run(provisioner, 'provision', input)));
  const known = (await reconciles()).map(({ name }) => name);
  const calls = (await provisioner.calls()).length;
  const started = await waitFor(
    'the schedule to start a reconcile of each deployment',
    async () => {
      const fresh = (await reconciles()).filter(({ name }) => !known.includes(name));
      return fresh.length >= deployments.length && fresh;
    },
    { within: 180_000 },
  );
  const scheduled = await Promise.all(started.map(({ executionArn }) => provisioner.end(executionArn)));
  const changes = changesOf((await provisioner.calls()).slice(calls));
  for (let delivery = 1; delivery <= 3; delivery += 1) expect(await invoke('the same')).toEqual(deployments);
  story = { provisioned, scheduled, changes, names: (await reconciles()).map(({ name }) => name) };
}, 480_000);

afterAll(async () => {
  await own?.end();
});

describe('the schedule', () => {
  test('starts a reconcile of every deployment that was provisioned', () => {
    expect(story.provisioned.map(outcomeOf)).toEqual(['succeeded', 'succeeded']);
    expect(story.scheduled.map(({ report }) => report?.deployment).sort()).toEqual(deployments);
  });

  test('finds nothing to do there, and changes nothing', () => {
    expect(story.scheduled.map(outcomeOf)).toEqual(['unchanged', 'unchanged']);
    expect(story.changes).toEqual([]);
  });

  test('starts one of each deployment, however often one invocation is delivered', () => {
    const invocations = Map.groupBy(story.names, (name) => name.split('-')[1]);
    expect([...invocations.values()].every((names) => names.length === deployments.length)).toBe(true);
    expect(new Set(story.names).size).toBe(story.names.length);
  });
});
