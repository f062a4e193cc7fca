import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalCloud, localUrl, readMail } from '@slipway/local-cloud';
import { App, CfnOutput, CfnParameter, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { bootstrap, deployAssembly } from '../../../infra/cli/deploy/cdk.ts';
import { readStack } from '../../../infra/cli/deploy/stack.ts';
import { localPlace } from '../../../infra/cli/deploy.ts';
import { clientOptions, startTestCloud, stopTestCloud, waitFor } from './test-cloud.ts';

const source = `
  exports.handler = async (event) => {
    globalThis.calls = (globalThis.calls ?? 0) + 1;
    if (event.sleep) await new Promise((resolve) => setTimeout(resolve, event.sleep));
    if (event.exit) process.exit(1);
    if (event.fail) throw Object.assign(new Error('as asked'), { name: event.fail });
    return { statusCode: 200, body: process.version, calls: globalThis.calls };
  };
`;

/** A stack with one of everything that the local cloud has to bring together. */
function synthesise(directory: string): string {
  const stack = new Stack(new App({ outdir: directory }), 'Probe', {
    env: { account: '000000000000', region: 'us-east-1' },
  });
  const mail = new CfnParameter(stack, 'Mail');
  const handler = new LambdaFunction(stack, 'Function', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline(source),
  });
  const api = new HttpApi(stack, 'Api');
  api.addRoutes({
    path: '/hello',
    methods: [HttpMethod.GET],
    integration: new HttpLambdaIntegration('Hello', handler),
  });
  const topic = new Topic(stack, 'Topic');
  topic.addSubscription(new EmailSubscription(mail.valueAsString));
  const machine = (id: string, states: object, start: string, definitionSubstitutions: Record<string, string>) =>
    new StateMachine(stack, id, {
      definitionBody: DefinitionBody.fromString(
        JSON.stringify({ QueryLanguage: 'JSONata', StartAt: start, States: states }),
      ),
      definitionSubstitutions,
    });
  const child = machine(
    'Child',
    {
      Call: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Arguments: { FunctionName: '${Function}', Payload: '{% $states.input %}' },
        Output: '{% $states.result.Payload %}',
        Catch: [{ ErrorEquals: ['ExpectedError'], Output: 'caught by name', Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    },
    'Call',
    { Function: handler.functionArn },
  );
  const parent = machine(
    'Parent',
    {
      Run: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Arguments: { StateMachineArn: '${Child}', Name: '{% $states.input.name %}', Input: '{% $states.input %}' },
        Output: '{% $states.result.Output %}',
        Catch: [{ ErrorEquals: ['States.TaskFailed'], Output: '{% $states.errorOutput %}', Next: 'Failed' }],
        End: true,
      },
      Failed: { Type: 'Pass', End: true },
    },
    'Run',
    { Child: child.stateMachineArn },
  );
  // CDK grants nothing for a definition that it is given as text.
  handler.grantInvoke(child);
  child.grantStartExecution(parent);
  const outputs = {
    Url: api.apiEndpoint,
    Parent: parent.stateMachineArn,
    Child: child.stateMachineArn,
    Topic: topic.topicArn,
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `${name}Output`, { value });
  return (stack.node.root as App).synth().directory;
}

let cloud: LocalCloud;
let outputs: Readonly<Record<string, string>>;
let stepFunctions: SFNClient;
beforeAll(async () => {
  cloud = await startTestCloud();
  const assembly = synthesise(join(cloud.directory, 'assembly'));
  const { cdk, account, region, home } = localPlace(cloud);
  await bootstrap(cdk, assembly, account, region);
  await deployAssembly(cdk, assembly, { parameters: { Mail: 'ops@example.com' } });
  const { Outputs = [] } = (await readStack(home, 'Probe')) ?? {};
  outputs = Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
  stepFunctions = new SFNClient(clientOptions(cloud));
}, 360_000);
afterAll(() => stopTestCloud(cloud));

const output = (name: string): string => outputs[`${name}Output`] ?? '';
const start = (name: string, input: object) =>
  stepFunctions.send(
    new StartExecutionCommand({
      stateMachineArn: output('Parent'),
      name,
      input: JSON.stringify({ ...input, name: `${name}-child` }),
    }),
  );
const describeExecution = (executionArn: string | undefined) =>
  stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
const ended = (executionArn: string | undefined) =>
  waitFor(
    () => describeExecution(executionArn),
    ({ status }) => status !== 'RUNNING',
  );
const childOf = (name: string) => `${output('Child').replace(':stateMachine:', ':execution:')}:${name}-child`;

describe('a deployed stack', () => {
  test('runs its Lambdas on Node 24, by way of both machines', async () => {
    const { executionArn } = await start('plain', {});
    const { status, output: result } = await ended(executionArn);
    expect(status).toBe('SUCCEEDED');
    expect(JSON.parse(result ?? '{}')).toMatchObject({ statusCode: 200, body: `v${process.versions.node}` });
  });
  test('starts an execution once for the same name and input', async () => {
    const first = await start('once', { sleep: 300 });
    expect((await start('once', { sleep: 300 })).executionArn).toBe(first.executionArn);
    await expect(start('once', { sleep: 1 })).rejects.toThrow(/already exists/i);
    await ended(first.executionArn);
  });
  test("catches an error by the name it was thrown with, and keeps the function's process", async () => {
    const { executionArn } = await start('caught', { fail: 'ExpectedError' });
    expect((await ended(executionArn)).output).toBe('"caught by name"');
    const again = await start('after', {});
    expect(JSON.parse((await ended(again.executionArn)).output ?? '{}').calls).toBeGreaterThan(1);
  });
  test("reports a child's failure as AWS does", async () => {
    const { executionArn } = await start('failing', { fail: 'UnexpectedError' });
    const { Error: error, Cause: cause } = JSON.parse((await ended(executionArn)).output ?? '{}');
    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(cause)).toMatchObject({ Status: 'FAILED', Error: 'UnexpectedError', Name: 'failing-child' });
  });
  test('names the death of a Lambda', async () => {
    const { executionArn } = await start('dying', { exit: true });
    await ended(executionArn);
    expect((await describeExecution(childOf('dying'))).error).toBe('Runtime.ExitError');
  });
  test('stops the child with its parent', async () => {
    const { executionArn } = await start('stopped', { sleep: 2500 });
    await waitFor(
      () => describeExecution(childOf('stopped')).catch(() => undefined),
      (child) => child?.status === 'RUNNING',
    );
    await stepFunctions.send(new StopExecutionCommand({ executionArn }));
    const child = await waitFor(
      () => describeExecution(childOf('stopped')),
      ({ status }) => status !== 'RUNNING',
    );
    expect(child.status).toBe('ABORTED');
    expect(child.output).toBeUndefined();
  });
  test('answers at its API, and mails links that can be opened', async () => {
    const link = `${output('Url')}/hello?x=1`;
    const sns = new SNSClient(clientOptions(cloud));
    await sns.send(new PublishCommand({ TopicArn: output('Topic'), Subject: 'Hello', Message: link }));
    const [mail] = await waitFor(
      () => readMail(cloud.directory),
      (found) => found.length > 0,
    );
    expect(mail).toMatchObject({ to: 'ops@example.com', subject: 'Hello', region: 'us-east-1' });
    const reply = await fetch(localUrl(cloud, mail?.message ?? ''));
    expect(await reply.text()).toBe(`v${process.versions.node}`);
  });
});

test('a stack that can not be deployed says why', async () => {
  const assembly = join(cloud.directory, 'broken');
  await mkdir(assembly);
  await writeFile(join(assembly, 'manifest.json'), '{}');
  await expect(deployAssembly(localPlace(cloud).cdk, assembly, { parameters: {} })).rejects.toThrow(
    /cdk deploy failed/,
  );
}, 120_000);
