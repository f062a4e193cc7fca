import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateVpcCommand, DeleteVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateRoleCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateTopicCommand, DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';

const provisioned = useProvisionedCloud();

interface Clients {
  readonly ec2: EC2Client;
  readonly elsewhere: EC2Client;
  readonly iam: IAMClient;
  readonly sns: SNSClient;
  readonly table: DynamoDBClient;
}

/** Clients that call with the role of a Lambda, as its own code would. */
async function clientsOf(name: string): Promise<Clients> {
  const { endpoint } = provisioned().cloud;
  const { principals } = (await (await fetch(`${endpoint}/_slipway/iam`)).json()) as {
    principals: Readonly<Record<string, { readonly role: string }>>;
  };
  const sessionToken = principals[`lambda:slipway-${name}`]?.role;
  if (sessionToken === undefined) throw new Error(`${name} has not called anything yet`);
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
