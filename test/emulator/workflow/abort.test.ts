import {
  DescribeAddressesCommand,
  DescribeNatGatewaysCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Mail } from '@slipway/local-cloud';
import { answer, openQuestion } from '../../../infra/cli/approve.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';
import { type Ended, nameOf, type Provisioner } from '../../support/provisioner.ts';
import { waitFor } from '../../support/wait-for.ts';

const provisioned = useProvisionedCloud();

const region = 'eu-central-1';
const cidr = '10.40.0.0/16';
const input = { deployment: 'stopped', regions: [{ region, cidr }] };

interface Story {
  readonly stopped: Ended;
  readonly mail: Mail;
  readonly thanks: string;
  readonly again: Ended;
}

let story: Story;

async function holderOf(provisioner: Provisioner): Promise<string | undefined> {
  const { Item } = await provisioner.table.send(
    new GetCommand({
      TableName: provisioner.tableName,
      Key: { pk: 'DEPLOYMENT#stopped', sk: 'LOCK' },
      ConsistentRead: true,
    }),
  );
  return Item?.holder as string | undefined;
}

beforeAll(async () => {
  const { provisioner } = provisioned();
  const execution = await provisioner.start(input);
  await waitFor(
    'the NAT stage to have asked for its gateways',
    async () =>
      (await provisioner.events(execution)).some(({ stage, status }) => stage === 'nat' && status === 'finished'),
    { within: 120_000 },
  );
  if ((await holderOf(provisioner)) !== execution) throw new Error('the running execution does not hold the lock');
  await provisioner.stepFunctions.send(new StopExecutionCommand({ executionArn: execution }));
  const mail = await waitFor(
    'the mail that tells of the stop',
    async () =>
      (await provisioner.mails()).find(
        ({ message }) => message.includes('ended as ABORTED') && message.includes(nameOf(execution)),
      ),
    { within: 40_000 },
  );
  await waitFor('the lock to be free', async () => (await holderOf(provisioner)) === undefined, { within: 40_000 });
  const ended = async () => (await provisioner.executions('RUNNING')).length === 0;
  await waitFor('the children to end with their parent', ended, { within: 60_000 });
  const stopped = await provisioner.end(execution);

  const second = await provisioner.start(input);
  await provisioner.question(second);
  // Answered as the command line does it.
  const question = await openQuestion(provisioner.target, second);
  const thanks = await answer(provisioner.target, question, 'approve', 'npx slipway approve');
  story = { stopped, mail, thanks, again: await provisioner.end(second) };
}, 600_000);

describe('an execution that is aborted', () => {
  test('ends as aborted, and people are told what stands and how to go on', () => {
    expect(story.stopped.status).toBe('ABORTED');
    expect(story.mail).toMatchObject({ to: 'progress@example.com', subject: '[Slipway] stopped: Execution failed' });
    expect(story.mail.message).toMatch(/ended as ABORTED\. What exists is kept/);
  });

  test('gives the lock back: the next start is not refused', () => {
    expect(story.again.error).toBeUndefined();
  });

  test('is gone on from: the next run asks, is approved from the command line, and completes', () => {
    expect(story.thanks).toBe('Approved. The run goes on.');
    expect(story.again).toMatchObject({
      status: 'SUCCEEDED',
      report: { outcome: 'succeeded', decision: { by: 'npx slipway approve' } },
    });
  });

  test('leaves nothing twice: one VPC, two addresses, two NAT gateways', async () => {
    const ec2 = provisioned().provisioner.client(EC2Client, region);
    const owned = [{ Name: 'tag:slipway:deployment', Values: ['stopped'] }];
    const [{ Vpcs = [] }, { Addresses = [] }, { NatGateways = [] }] = await Promise.all([
      ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'cidr', Values: [cidr] }] })),
      ec2.send(new DescribeAddressesCommand({ Filters: owned })),
      ec2.send(new DescribeNatGatewaysCommand({ Filter: owned })),
    ]);
    expect([Vpcs.length, Addresses.length, NatGateways.map(({ State }) => State)]).toEqual([
      1,
      2,
      ['available', 'available'],
    ]);
  });
});
