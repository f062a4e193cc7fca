import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeVpcsCommand,
  EC2Client,
  ModifyVpcAttributeCommand,
} from '@aws-sdk/client-ec2';
import { CreateRoleCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateTopicCommand, DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { denialsIn, Withdrawals } from '../../support/grants.ts';
import { run, setFaults } from '../../support/own-cloud.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';
import type { Ended } from '../../support/provisioner.ts';
import { waitFor } from '../../support/wait-for.ts';

const provisioned = useProvisionedCloud();

interface Clients {
  readonly ec2: EC2Client;
  readonly elsewhere: EC2Client;
  readonly iam: IAMClient;
  readonly sns: SNSClient;
  readonly table: DynamoDBClient;
}

/** ARN of a Lambda's role. */
async function roleOf(name: string): Promise<string> {
  const { endpoint } = provisioned().cloud;
  const { principals } = (await (await fetch(`${endpoint}/_slipway/iam`)).json()) as {
    principals: Readonly<Record<string, { readonly role: string }>>;
  };
  const role = principals[`lambda:slipway-${name}`]?.role;
  if (role === undefined) throw new Error(`${name} has not called anything yet`);
  return role;
}

/** Clients that call with the role of a Lambda, as its own code would. */
async function clientsOf(name: string): Promise<Clients> {
  const { endpoint } = provisioned().cloud;
  const sessionToken = await roleOf(name);
  const credentials = { accessKeyId: `lambda.slipway-${name}`, secretAccessKey: 'any', sessionToken };
  const options = { endpoint, region: 'us-east-1', credentials };
  return {
    ec2: new EC2Client(options),
    elsewhere: new EC2Client({ ...options, region: 'mx-central-1' }),
    iam: new IAMClient(options),
    sns: new SNSClient(options),
    table: new DynamoDBClient(options),
  };
}

/** How a call was refused: the error's name, and the action that it says is missing. */
const refusal = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'allowed',
    ({ name, message }: Error) => `${name} ${/not authorized to perform: (\S+)/.exec(message)?.[1]}`,
  );

let vpcOfOthers = '';
let topicOfOthers = '';
const trust = JSON.stringify({ Version: '2012-10-17', Statement: [] });

beforeAll(async () => {
  const { provisioner } = provisioned();
  const { Vpc } = await provisioner.client(EC2Client).send(new CreateVpcCommand({ CidrBlock: '10.99.0.0/16' }));
  vpcOfOthers = Vpc?.VpcId ?? '';
  // Named as ours would be.
  const { TopicArn } = await provisioner.client(SNSClient).send(new CreateTopicCommand({ Name: 'somebodys-alarms' }));
  topicOfOthers = TopicArn ?? '';
});

afterAll(async () => {
  const { provisioner } = provisioned();
  await provisioner.client(EC2Client).send(new DeleteVpcCommand({ VpcId: vpcOfOthers }));
  await provisioner.client(SNSClient).send(new DeleteTopicCommand({ TopicArn: topicOfOthers }));
});

describe("with a Lambda's own role, the local cloud refuses", () => {
  test.each<[string, string, (clients: Clients) => Promise<unknown>, string]>([
    [
      "to delete somebody else's VPC",
      'vpc',
      ({ ec2 }) => ec2.send(new DeleteVpcCommand({ VpcId: vpcOfOthers })),
      'UnauthorizedOperation ec2:DeleteVpc',
    ],
    [
      'to make a VPC without our tag',
      'vpc',
      ({ ec2 }) => ec2.send(new CreateVpcCommand({ CidrBlock: '10.98.0.0/16' })),
      'UnauthorizedOperation ec2:CreateVpc',
    ],
    [
      'a region that Slipway does not know',
      'vpc',
      ({ elsewhere }) =>
        elsewhere.send(
          new CreateVpcCommand({
            CidrBlock: '10.98.0.0/16',
            TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'slipway:deployment', Value: 'shop' }] }],
          }),
        ),
      'UnauthorizedOperation ec2:CreateVpc',
    ],
    [
      "to delete somebody else's topic of such a name",
      'monitoring',
      ({ sns }) => sns.send(new DeleteTopicCommand({ TopicArn: topicOfOthers })),
      'AuthorizationErrorException sns:DeleteTopic',
    ],
    [
      'to make a user',
      'pipeline',
      ({ iam }) => iam.send(new CreateUserCommand({ UserName: 'mallory' })),
      'AccessDenied iam:CreateUser',
    ],
    [
      'to make a role without the boundary',
      'pipeline',
      ({ iam }) =>
        iam.send(new CreateRoleCommand({ RoleName: 'mallory', Path: '/slipway/', AssumeRolePolicyDocument: trust })),
      'AccessDenied iam:CreateRole',
    ],
    [
      'to read a question to people',
      'plan',
      ({ table }) =>
        table.send(
          new GetItemCommand({ TableName: 'slipway', Key: { pk: { S: 'APPROVAL#any' }, sk: { S: 'REQUEST' } } }),
        ),
      'AccessDeniedException dynamodb:GetItem',
    ],
  ])('%s (%s)', async (_, name, call, expected) => {
    expect(await refusal(call(await clientsOf(name)))).toBe(expected);
  });

  test('but lets the page of the questions read one', async () => {
    const { table } = await clientsOf('approval-api');
    const Key = { pk: { S: 'APPROVAL#any' }, sk: { S: 'REQUEST' } };
    expect(await refusal(table.send(new GetItemCommand({ TableName: 'slipway', Key })))).toBe('allowed');
  });
});

/** A sample of `npm run bench:permissions`, in the stage that comes first: its runs are short. */
describe('a write permission that is missing ends the run that needs it', () => {
  const region = 'eu-west-1';
  const input = { deployment: 'denied', regions: [{ region, cidr: '10.60.0.0/16' }] };
  const sample = [
    ['provision', 'ec2:CreateVpc'],
    ['provision', 'ec2:CreateSubnet'],
    ['repair', 'ec2:ModifyVpcAttribute'],
    ['change', 'tag:TagResources'],
    ['destroy', 'ec2:DeleteVpc'],
  ] as const;
  /** The organisation denies it; the role's own policies allow it. */
  const ofOrganisation = 'ec2:CreateSubnet';
  const endings = new Map<string, { readonly ended: Ended; readonly afterwards: string }>();
  let destroyed: Ended | undefined;

  beforeAll(async () => {
    const { cloud, provisioner } = provisioned();
    const withdrawals = new Withdrawals(provisioner);
    const deny = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: ofOrganisation, Resource: '*' }] };
    const role = (await roleOf('vpc')).split('/').at(-1) ?? '';
    const ec2 = provisioner.client(EC2Client, region);
    for (const [what, action] of sample) {
      if (what === 'repair') {
        const ours = [{ Name: 'tag:slipway:deployment', Values: ['denied'] }];
        const { Vpcs: [vpc] = [] } = await ec2.send(new DescribeVpcsCommand({ Filters: ours }));
        await ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpc?.VpcId, EnableDnsHostnames: { Value: false } }));
      }
      const organisation = action === ofOrganisation;
      const grants = organisation ? [] : await withdrawals.grantsOf(role, action);
      await withdrawals.take(grants);
      await setFaults(cloud, { faults: organisation ? [{ do: 'scp', policy: deny }] : [] });
      const machine = what === 'destroy' ? what : 'provision';
      const asked =
        what === 'destroy' ? { deployment: 'denied' } : what === 'change' ? { ...input, tags: { team: 'red' } } : input;
      const ended = await run(provisioner, machine, asked).finally(() => withdrawals.putBack(grants));
      // A later start would be a reason of its own not to start again.
      const afterwards = await waitFor(
        `what becomes of ${ended.name}`,
        async () =>
          (await provisioner.mails())
            .map(({ message }) => message)
            .find((message) => message.includes(ended.name) && message.includes('not started again')),
        { within: 240_000 },
      );
      endings.set(action, { ended, afterwards });
    }
    destroyed = await run(provisioner, 'destroy', { deployment: 'denied' });
  }, 300_000);

  test.each(sample)('%s without %s', async (_, action) => {
    const { ended, afterwards } = endings.get(action) ?? {};
    expect(ended?.status).toBe('FAILED');
    expect(ended === undefined ? [] : denialsIn(ended).map((denial) => denial.action)).toContain(action);
    expect(afterwards).toMatch(/the same input would fail again|only ever started by a person/);
  });

  test("the organisation's denial says where to allow what", () => {
    expect(JSON.stringify(endings.get(ofOrganisation)?.ended)).toMatch(
      /with an explicit deny in a service control policy.*; a service control policy of the organisation denies it: allow ec2:CreateSubnet on arn:\S+ there/,
    );
  });

  test('and nothing more once it is back', () => {
    expect(destroyed).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'destroyed' } });
  });
});
