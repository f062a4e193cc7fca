import { describe, expect, test } from '@jest/globals';
import { Match } from 'aws-cdk-lib/assertions';
import { entries } from '../../infra/bundles.ts';
import { definitions } from '../../workflow/definitions.ts';
import { pascal } from '../../workflow/steps.ts';
import { synthesiseStack, text } from '../support/synthesised-stack.ts';

const { template, resources } = synthesiseStack();

const functions = resources('AWS::Lambda::Function').map(
  ([, { Properties }]) => [String(Properties.FunctionName), Properties] as const,
);
const logGroups = new Map(resources('AWS::Logs::LogGroup'));

describe('the Lambdas', () => {
  test('are those that are bundled, each once', () => {
    expect(functions.map(([name]) => name).sort()).toEqual(entries.map(({ name }) => `slipway-${name}`).sort());
  });

  test.each(functions)('%s runs on Node 24 and arm64, and is traced', (_, properties) => {
    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      TracingConfig: { Mode: 'Active' },
    });
  });

  test.each(functions)('%s has a log group of its own that forgets', (name, { LoggingConfig }) => {
    const id = text((LoggingConfig as { LogGroup: unknown }).LogGroup).slice(1, -1);
    expect(logGroups.get(id)?.Properties).toMatchObject({
      LogGroupName: `/aws/lambda/${name}`,
      RetentionInDays: 30,
    });
  });

  test.each(functions)('%s stands outside any VPC', (_, properties) => {
    expect(properties).not.toHaveProperty('VpcConfig');
  });

  /** By the substitution of the function: seconds of the Tasks that invoke it, where they are a number. */
  const taskTimeouts = new Map<string, number>();
  for (const definition of Object.values(definitions))
    JSON.stringify(
      definition,
      (_, part: { Arguments?: { FunctionName?: string }; TimeoutSeconds?: unknown } | null) => {
        const [, id] = /^\$\{(\w+)Arn\}$/.exec(part?.Arguments?.FunctionName ?? '') ?? [];
        if (id !== undefined && typeof part?.TimeoutSeconds === 'number') taskTimeouts.set(id, part.TimeoutSeconds);
        return part;
      },
    );
  test.each(functions)('%s is ended before the Task that invokes it is', (name, { Timeout }) => {
    const ofTask = taskTimeouts.get(`${pascal(name.replace('slipway-', ''))}Function`);
    // Those that no Task invokes, and the approval, whose Task waits for people.
    const others = ['approval-api', 'run-requested', 'reconcile-due', 'release-failed', 'request-approval'];
    expect(ofTask === undefined).toBe(others.includes(name.replace('slipway-', '')));
    if (ofTask !== undefined) expect(Timeout).toBe(ofTask - 30);
  });

  test('approval-api ends before the API gives up on it, after 30 s', () => {
    const [, properties] = functions.find(([name]) => name === 'slipway-approval-api') ?? [];
    expect(properties?.Timeout).toBeLessThan(30);
  });
});

describe('every log group', () => {
  test.each([...logGroups])('%s keeps its logs for 30 days', (_, { Properties }) => {
    expect(Properties.RetentionInDays).toBe(30);
  });
});

const machines = resources('AWS::StepFunctions::StateMachine');
const machineNamed = (name: string): string =>
  machines.find(([, { Properties }]) => Properties.StateMachineName === name)?.[0] ?? '';

describe('the state machines', () => {
  test('are those that people start, their regional halves, and the one that repeats', () => {
    expect(machines.map(([, { Properties }]) => Properties.StateMachineName).sort()).toEqual([
      'slipway-destroy',
      'slipway-destroy-region',
      'slipway-promote-region',
      'slipway-provision',
      'slipway-provision-region',
      'slipway-rerun',
    ]);
  });

  test.each(machines)('%s is traced, and logs everything but the data, which can hold a token', (_, { Properties }) => {
    expect(Properties).toMatchObject({
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
    });
  });

  test.each(machines)('%s has a value for everything that its definition leaves open', (_, { Properties }) => {
    const open = String(Properties.DefinitionString).match(/\$\{\w+\}/g) ?? [];
    const given = Object.keys(Properties.DefinitionSubstitutions as object).map((name) => `\${${name}}`);
    expect([...new Set(open)].sort()).toEqual(given.sort());
  });
});

describe('the table', () => {
  test('is encrypted, can be taken back to any second, forgets what expires, and outlives the stack', () => {
    template.resourceCountIs('AWS::DynamoDB::Table', 1);
    template.hasResource('AWS::DynamoDB::Table', {
      // A first deploy that is rolled back leaves no table in the way of the next.
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      },
    });
  });
});

describe('topics and queues', () => {
  test.each(resources('AWS::SNS::Topic'))('%s takes nothing over plain HTTP', (id) => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      Topics: [{ Ref: id }],
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(plainHttpDenied('sns:Publish'))]) },
    });
  });

  test.each(resources('AWS::SQS::Queue'))('%s takes nothing over plain HTTP and is encrypted', (id, { Properties }) => {
    expect(Properties.SqsManagedSseEnabled).toBe(true);
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: id }],
      PolicyDocument: { Statement: Match.arrayWith([Match.objectLike(plainHttpDenied('sqs:*'))]) },
    });
  });

  test('an address is subscribed only where one is given', () => {
    expect(resources('AWS::SNS::Subscription').map(([, resource]) => resource)).toEqual([
      expect.objectContaining({ Condition: 'ProgressEmailGiven' }),
      expect.objectContaining({ Condition: 'ApproverEmailGiven' }),
    ]);
  });

  test('the progress address is mailed milestones, unless every step is asked for', () => {
    template.hasParameter('ProgressMails', { Default: 'milestones', AllowedValues: ['milestones', 'steps'] });
    template.hasResourceProperties('AWS::SNS::Subscription', {
      FilterPolicy: {
        'Fn::If': ['ProgressMailsOfEveryStep', { Ref: 'AWS::NoValue' }, { milestone: ['true'] }],
      },
    });
    template.hasCondition('ProgressMailsOfEveryStep', { 'Fn::Equals': [{ Ref: 'ProgressMails' }, 'steps'] });
  });
});

const plainHttpDenied = (Action: string): object => ({
  Effect: 'Deny',
  Principal: Match.anyValue(),
  Action,
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

describe('the approval API', () => {
  test('has two routes: one that shows and one that decides', () => {
    expect(resources('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties.RouteKey)).toEqual([
      'GET /approvals/{id}',
      'POST /approvals/{id}',
    ]);
  });

  test('is throttled for people, and logs who asked without the path, which holds the id', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::Stage', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 },
    });
    const [[, stage] = []] = resources('AWS::ApiGatewayV2::Stage');
    expect(stage?.Properties.AccessLogSettings).toMatchObject({ Format: expect.not.stringMatching(/context\.path/) });
  });
});

describe('what EventBridge does', () => {
  test('the bad end of an execution starts rerun', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      State: 'ENABLED',
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [{ Ref: machineNamed('slipway-provision') }, { Ref: machineNamed('slipway-destroy') }],
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      Targets: [Match.objectLike({ Arn: { Ref: machineNamed('slipway-rerun') }, DeadLetterConfig: Match.anyValue() })],
    });
  });

  test('an event that asks for a run is handed to run-requested', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      State: 'ENABLED',
      EventPattern: { source: ['slipway'], 'detail-type': ['Provision requested'] },
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^RunRequestedFunction'), 'Arn'] },
          DeadLetterConfig: Match.anyValue(),
        }),
      ],
    });
  });

  test('a pipeline of a platform that fails is handed to release-failed', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      State: 'ENABLED',
      EventPattern: {
        source: ['aws.codepipeline'],
        'detail-type': ['CodePipeline Pipeline Execution State Change'],
        detail: { state: ['FAILED'], pipeline: [{ suffix: '-pipeline' }] },
      },
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ReleaseFailedFunction'), 'Arn'] },
          DeadLetterConfig: Match.anyValue(),
        }),
      ],
    });
  });

  test('the regular reconcile is begun when a parameter of the stack says', () => {
    template.hasParameter('ReconcileSchedule', { Type: 'String', Default: 'rate(1 day)' });
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: { 'Fn::If': ['ReconcileOff', 'rate(1 day)', { Ref: 'ReconcileSchedule' }] },
      State: { 'Fn::If': ['ReconcileOff', 'DISABLED', 'ENABLED'] },
      Target: {
        Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ReconcileDueFunction'), 'Arn'] },
        Input: '{"id":"<aws.scheduler.execution-id>"}',
        DeadLetterConfig: Match.anyValue(),
      },
    });
  });
});

describe('the template', () => {
  const all = JSON.stringify(template.toJSON());

  test('is the same for AWS and for the local cloud: it names neither', () => {
    // The regions that the functions may call at all are in every template.
    const elsewhere = all.replaceAll(/"aws:RequestedRegion":\[[^\]]*\]/g, '');
    expect(elsewhere).not.toMatch(/localhost|127\.0\.0\.1|ministack|us-east-1|\b\d{12}\b/);
  });

  test('is far from the 1 MB that CloudFormation takes', () => {
    expect(all.length).toBeLessThan(500_000);
  });
});
