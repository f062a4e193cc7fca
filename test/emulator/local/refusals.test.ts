import { readFile } from 'node:fs/promises';
import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { CreateClusterCommand, ECSClient } from '@aws-sdk/client-ecs';
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  DescribeLoadBalancersCommand,
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateRoleCommand, GetRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { CreateTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalCloud, pathsOf } from '@slipway/local-cloud';
import { clientOptions, startTestCloud, stopTestCloud, waitFor } from './test-cloud.ts';

let cloud: LocalCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => stopTestCloud(cloud));

const trust = (service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });

describe('IAM', () => {
  const owned = { StringEquals: { 'aws:ResourceTag/owner': 'us' } };
  /** By the key of a role: whoever signs so is asked for that role's permissions. */
  const asRole = () => ({
    ...clientOptions(cloud),
    credentials: { accessKeyId: 'role.limited', secretAccessKey: 'any' },
  });

  beforeAll(async () => {
    const iam = new IAMClient(clientOptions(cloud));
    await iam.send(
      new CreateRoleCommand({ RoleName: 'limited', AssumeRolePolicyDocument: trust('lambda.amazonaws.com') }),
    );
    const statements = [
      { Effect: 'Allow', Action: ['ec2:DescribeVpcs', 'iam:GetRole'], Resource: '*' },
      { Effect: 'Allow', Action: 'ec2:DeleteVpc', Resource: '*', Condition: owned },
    ];
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: 'limited',
        PolicyName: 'own',
        PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
      }),
    );
  });

  test('what a policy allows is done, and recorded with its statement', async () => {
    await new EC2Client(asRole()).send(new DescribeVpcsCommand({}));
    const lines = (await readFile(pathsOf(cloud.directory).authorizations, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({
        principal: 'role:limited',
        role: 'limited',
        action: 'ec2:DescribeVpcs',
        resource: '*',
        allowed: true,
        by: 'own #1',
      }),
    );
  });

  test('what no policy allows is denied in the words of its service', async () => {
    await expect(
      new EC2Client(asRole()).send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' })),
    ).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      message: expect.stringContaining(
        'is not authorized to perform: ec2:CreateVpc on resource: arn:aws:ec2:us-east-1:',
      ),
    });
    await expect(new ECSClient(asRole()).send(new CreateClusterCommand({ clusterName: 'c' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    const { Vpcs = [] } = await new EC2Client(clientOptions(cloud)).send(new DescribeVpcsCommand({}));
    expect(Vpcs.map(({ CidrBlock }) => CidrBlock)).not.toContain('10.9.0.0/16');
  });

  test('only what carries the tag is deleted', async () => {
    const ec2 = new EC2Client(clientOptions(cloud));
    const made = async (owner: string): Promise<string> => {
      const TagSpecifications = [{ ResourceType: 'vpc' as const, Tags: [{ Key: 'owner', Value: owner }] }];
      const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.8.0.0/16', TagSpecifications }));
      return Vpc?.VpcId ?? '';
    };
    const [ours, theirs] = [await made('us'), await made('them')];
    await new EC2Client(asRole()).send(new DeleteVpcCommand({ VpcId: ours }));
    await expect(new EC2Client(asRole()).send(new DeleteVpcCommand({ VpcId: theirs }))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
    });
  });

  test('a permission that is taken away counts at once', async () => {
    const iam = new IAMClient(asRole());
    await iam.send(new GetRoleCommand({ RoleName: 'limited' }));
    await new IAMClient(clientOptions(cloud)).send(
      new PutRolePolicyCommand({
        RoleName: 'limited',
        PolicyName: 'later',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Deny', Action: 'iam:GetRole', Resource: '*' }],
        }),
      }),
    );
    await expect(iam.send(new GetRoleCommand({ RoleName: 'limited' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('with an explicit deny in an identity-based policy'),
    });
  });
});

test('a document of more than 256 KiB ends the execution', async () => {
  const sfn = new SFNClient(clientOptions(cloud));
  const definition = {
    QueryLanguage: 'JSONata',
    StartAt: 'Twice',
    States: { Twice: { Type: 'Pass', Output: '{% [$states.input, $states.input] %}', End: true } },
  };
  const { stateMachineArn } = await sfn.send(
    new CreateStateMachineCommand({
      name: 'twice',
      roleArn: 'arn:aws:iam::000000000000:role/limited',
      definition: JSON.stringify(definition),
    }),
  );
  const ended = async (size: number) => {
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ text: 'x'.repeat(size) }) }),
    );
    return waitFor(
      () => sfn.send(new DescribeExecutionCommand({ executionArn })),
      ({ status }) => status !== 'RUNNING',
    );
  };
  expect(await ended(100_000)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await ended(140_000)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
});

describe('a topic', () => {
  const sns = () => new SNSClient(clientOptions(cloud));
  const create = (value: string) =>
    sns().send(new CreateTopicCommand({ Name: 'news', Tags: [{ Key: 'owner', Value: value }] }));

  test('is made again with the same tags only', async () => {
    const { TopicArn } = await create('us');
    expect(await create('us')).toMatchObject({ TopicArn });
    await expect(create('them')).rejects.toThrow('Topic already exists with different tags');
  });

  test.each([
    ['of one line', 'All is well', true],
    ['of two lines', 'All is\nwell', false],
    ['of more than 100 characters', 'x'.repeat(101), false],
    ['with other letters than ASCII', 'Alles schön', false],
  ])('sends a subject %s: %s', async (_, Subject, sent) => {
    const { TopicArn } = await create('us');
    const publishing = sns().send(new PublishCommand({ TopicArn, Message: 'm', Subject }));
    if (sent) await expect(publishing).resolves.toHaveProperty('MessageId');
    else await expect(publishing).rejects.toThrow('Invalid parameter: Subject');
  });
});

test('a load balancer under deletion protection stays; without it, only its network interfaces do, a while', async () => {
  const ec2 = new EC2Client(clientOptions(cloud));
  const elb = new ElasticLoadBalancingV2Client(clientOptions(cloud));
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.7.0.0/16' }));
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const attachment = { VpcId: Vpc?.VpcId, InternetGatewayId: InternetGateway?.InternetGatewayId };
  await ec2.send(new AttachInternetGatewayCommand(attachment));
  const subnets: string[] = [];
  for (const zone of ['a', 'b']) {
    const { Subnet } = await ec2.send(
      new CreateSubnetCommand({
        VpcId: Vpc?.VpcId,
        CidrBlock: `10.7.${subnets.length}.0/24`,
        AvailabilityZone: `us-east-1${zone}`,
      }),
    );
    subnets.push(Subnet?.SubnetId ?? '');
  }
  const { LoadBalancers: [made] = [] } = await elb.send(
    new CreateLoadBalancerCommand({ Name: 'kept', Subnets: subnets }),
  );
  const LoadBalancerArn = made?.LoadBalancerArn;
  const protect = (Value: string) =>
    elb.send(
      new ModifyLoadBalancerAttributesCommand({
        LoadBalancerArn,
        Attributes: [{ Key: 'deletion_protection.enabled', Value }],
      }),
    );
  await protect('true');
  await expect(elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }))).rejects.toMatchObject({
    name: 'OperationNotPermittedException',
  });
  await protect('false');

  const inUse = { name: 'DependencyViolation' };
  await expect(ec2.send(new DeleteSubnetCommand({ SubnetId: subnets[0] }))).rejects.toMatchObject(inUse);
  await expect(ec2.send(new DetachInternetGatewayCommand(attachment))).rejects.toMatchObject(inUse);
  const deleting = Date.now();
  await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
  expect((await elb.send(new DescribeLoadBalancersCommand({}))).LoadBalancers).toEqual([]);
  await waitFor(
    () =>
      ec2.send(new DetachInternetGatewayCommand(attachment)).then(
        () => 'detached',
        ({ name }) => name,
      ),
    (answer) => answer === 'detached',
  );
  // 16 s, on the scaled clock.
  expect(Date.now() - deleting).toBeGreaterThanOrEqual(320);
  await ec2.send(new DeleteSubnetCommand({ SubnetId: subnets[0] }));
});
