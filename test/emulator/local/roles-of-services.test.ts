import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateFlowLogsCommand, CreateVpcCommand, DescribeFlowLogsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateClusterCommand, ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SetTopicAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalCloud, readMail } from '@slipway/local-cloud';
import { account, allowing, parameter, region, secret, template } from './service-documents.ts';
import { servicesOf } from './service-roles.ts';
import { clientOptions, startTestCloud, stopTestCloud, waitFor } from './test-cloud.ts';

let cloud: LocalCloud;
const { client, role, allow, stoppedReason } = servicesOf(() => cloud);

beforeAll(async () => {
  cloud = await startTestCloud();
  await client(ECSClient).send(new CreateClusterCommand({ clusterName: 'roles' }));
  await client(CloudWatchLogsClient).send(new CreateLogGroupCommand({ logGroupName: '/roles' }));
}, 240_000);
afterAll(() => stopTestCloud(cloud));

describe('a task stops where its execution role', () => {
  const pulling = ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
  const everything = [
    ...pulling,
    'secretsmanager:GetSecretValue',
    'ssm:GetParameters',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ];
  const secrets = 'ResourceInitializationError: unable to pull secrets or registry auth: ';

  test.each<[withheld: string, begins: string, resource: string]>([
    ['ecr:GetAuthorizationToken', secrets, '*'],
    ['ecr:BatchGetImage', 'CannotPullContainerError: ', `arn:aws:ecr:${region}:${account}:repository/app`],
    ['ecr:GetDownloadUrlForLayer', 'CannotPullContainerError: ', `arn:aws:ecr:${region}:${account}:repository/app`],
    ['secretsmanager:GetSecretValue', secrets, secret],
    ['ssm:GetParameters', secrets, parameter],
    [
      'logs:CreateLogStream',
      'ResourceInitializationError: failed to validate logger args: ',
      `arn:aws:logs:${region}:${account}:log-group:/roles`,
    ],
  ])('lacks %s', async (withheld, begins, resource) => {
    const name = withheld.replace(':', '-');
    const arn = await role(
      name,
      'ecs-tasks',
      everything.filter((action) => action !== withheld),
    );
    const reason = await stoppedReason(name, arn);
    expect(reason.startsWith(begins)).toBe(true);
    expect(reason).toContain(`:assumed-role/${name}/`);
    expect(reason).toContain(
      ` is not authorized to perform: ${withheld} on resource: ${resource} because no identity-based policy allows`,
    );
  });

  test("lacks a customer's key", async () => {
    const KeyId = `arn:aws:kms:${region}:${account}:key/1`;
    const { ARN: withKey = '' } = await client(SecretsManagerClient).send(
      new CreateSecretCommand({ Name: 'shop/with-key', SecretString: 'any', KmsKeyId: KeyId }),
    );
    await client(SSMClient).send(
      new PutParameterCommand({ Name: '/shop/with-key', Type: 'SecureString', Value: 'any', KeyId }),
    );
    const reasons = async (name: string, actions: readonly string[]): Promise<readonly string[]> => {
      const arn = await role(name, 'ecs-tasks', actions);
      return Promise.all(
        [withKey, parameter.replace(/key$/, 'with-key')].map((valueFrom, index) =>
          stoppedReason(`${name}-${index}`, arn, [valueFrom]),
        ),
      );
    };
    const [ofSecret, ofParameter] = await reasons('without-key', everything);
    // Secrets Manager does not pass on what KMS said.
    expect(ofSecret).toMatch(/ secret from asm: .* AccessDeniedException: Access to KMS is not allowed$/);
    expect(ofParameter).toContain(` is not authorized to perform: kms:Decrypt on resource: ${KeyId} because no `);
    for (const reason of await reasons('with-key', [...everything, 'kms:Decrypt']))
      expect(reason).toContain('app:none not found: manifest unknown');
  });

  test('trusts another service', async () => {
    const arn = await role('of-builds', 'codebuild', everything);
    expect(await stoppedReason('of-builds', arn)).toContain(`ECS was unable to assume the role '${arn}'`);
  });

  test('and only there: what a role may do is then looked for', async () => {
    const arn = await role('complete', 'ecs-tasks', everything);
    expect(await stoppedReason('complete', arn)).toContain('unable to retrieve secret');
    expect(await stoppedReason('complete', arn)).not.toContain('not authorized');
  });
});

describe('a flow log', () => {
  const needed = ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'];
  test('is not delivered until its role may write', async () => {
    const ec2 = client(EC2Client);
    const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: '10.7.0.0/16' }));
    const arn = await role('flow', 'vpc-flow-logs', []);
    await ec2.send(
      new CreateFlowLogsCommand({
        ResourceIds: [Vpc?.VpcId ?? ''],
        ResourceType: 'VPC',
        TrafficType: 'ALL',
        LogGroupName: '/roles',
        DeliverLogsPermissionArn: arn,
      }),
    );
    const delivery = async (actions: readonly string[]): Promise<string> => {
      await allow('flow', actions);
      const { FlowLogs: [log] = [] } = await ec2.send(new DescribeFlowLogsCommand({}));
      return `${log?.DeliverLogsStatus} ${log?.DeliverLogsErrorMessage}`;
    };
    for (const withheld of needed)
      expect(await delivery(needed.filter((action) => action !== withheld))).toBe('FAILED Access error');
    expect(await delivery(needed)).toBe('SUCCESS undefined');
  });
});

describe('what a service calls by itself has to let it', () => {
  test('a topic, an alarm', async () => {
    const sns = client(SNSClient);
    const cloudwatch = client(CloudWatchClient);
    const topic = async (name: string, service: string): Promise<string> => {
      const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: `${name}@example.com` }));
      const AttributeValue = allowing(['sns:Publish'], { Service: `${service}.amazonaws.com` }, TopicArn);
      await sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy', AttributeValue }));
      return TopicArn;
    };
    // Published to in this order: what the first one would get has arrived with the second one's.
    const AlarmActions = [await topic('of-events', 'events'), await topic('of-alarms', 'cloudwatch')];
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: 'any',
        Namespace: 'any',
        MetricName: 'any',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        AlarmActions,
      }),
    );
    await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: 'any', StateValue: 'ALARM', StateReason: 'a test' }));
    const mails = await waitFor(
      () => readMail(cloud.directory),
      (all) => all.length > 0,
    );
    expect(mails.map(({ to }) => to)).toEqual(['of-alarms@example.com']);
  });

  test('a queue, a rule', async () => {
    const sqs = client(SQSClient);
    const events = client(EventBridgeClient);
    const queue = async (name: string, service: string): Promise<string> => {
      const { QueueUrl = '' } = await sqs.send(
        new CreateQueueCommand({
          QueueName: name,
          Attributes: {
            Policy: allowing(
              ['sqs:SendMessage'],
              { Service: `${service}.amazonaws.com` },
              `arn:aws:sqs:${region}:${account}:${name}`,
            ),
          },
        }),
      );
      return QueueUrl;
    };
    const closed = await queue('of-topics', 'sns');
    const open = await queue('of-rules', 'events');
    await events.send(new PutRuleCommand({ Name: 'any', EventPattern: JSON.stringify({ source: ['any'] }) }));
    await events.send(
      new PutTargetsCommand({
        Rule: 'any',
        Targets: ['of-topics', 'of-rules'].map((name) => ({
          Id: name,
          Arn: `arn:aws:sqs:${region}:${account}:${name}`,
        })),
      }),
    );
    await events.send(new PutEventsCommand({ Entries: [{ Source: 'any', DetailType: 'any', Detail: '{}' }] }));
    const received = async (QueueUrl: string) =>
      (await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 0 }))).Messages ?? [];
    const one = () =>
      waitFor(
        () => received(open),
        (messages) => messages.length === 1,
      );
    await one();
    expect(await received(closed)).toEqual([]);

    // From another region, by a role that may, and by none that may not.
    const elsewhere = new EventBridgeClient(clientOptions(cloud, 'eu-west-1'));
    const forward = async (name: string, actions: readonly string[]): Promise<void> => {
      const Arn = `arn:aws:events:${region}:${account}:event-bus/default`;
      const RoleArn = await role(name, 'events', actions);
      await elsewhere.send(new PutRuleCommand({ Name: name, EventPattern: JSON.stringify({ source: ['any'] }) }));
      await elsewhere.send(new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'bus', Arn, RoleArn }] }));
    };
    await forward('forwarding', ['events:PutEvents']);
    await forward('not-forwarding', ['events:PutRule']);
    await elsewhere.send(new PutEventsCommand({ Entries: [{ Source: 'any', DetailType: 'any', Detail: '{}' }] }));
    const [forwarded] = await one();
    expect(JSON.parse(forwarded?.Body ?? '')).toMatchObject({ source: 'any', region: 'eu-west-1' });
  });

  test('a function, an API', async () => {
    const cloudFormation = client(CloudFormationClient);
    await cloudFormation.send(new CreateStackCommand({ StackName: 'api', TemplateBody: template }));
    const stack = await waitFor(
      async () => (await cloudFormation.send(new DescribeStacksCommand({ StackName: 'api' }))).Stacks?.[0],
      (each) => each?.StackStatus === 'CREATE_COMPLETE',
    );
    const api = stack?.Outputs?.[0]?.OutputValue ?? '';
    const ask = async (): Promise<string> => {
      const reply = await fetch(`${cloud.endpoint}/_aws/execute-api/${api}/$default/pages/1`);
      return `${reply.status} ${await reply.text()}`;
    };
    expect(await ask()).toBe('500 {"message": "Internal Server Error"}');
    await client(LambdaClient).send(
      new AddPermissionCommand({
        FunctionName: 'answers',
        StatementId: 'api',
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: `arn:aws:execute-api:${region}:${account}:${api}/*/*/pages/{id}`,
      }),
    );
    expect(await ask()).toBe('200 yes');
  });
});
