import { Aws, CfnCondition, CfnParameter, Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget, SfnStateMachine as StateMachineTarget } from 'aws-cdk-lib/aws-events-targets';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { prefix } from '../workflow/machines.ts';
import { pipelineSuffix } from '../workflow/names.ts';
import type { Functions } from './functions.ts';
import { serviceRole } from './service-role.ts';
import type { Workflows } from './workflows.ts';

/** A queue that keeps events for people to look at. */
export const eventQueue = (scope: Construct, id: string, name: string): Queue =>
  new Queue(scope, id, {
    queueName: `${prefix}-${name}`,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    removalPolicy: RemovalPolicy.DESTROY,
  });

/** What EventBridge starts: the repetition of what failed, the runs that events ask for, the mail of a failed release, and the regular reconcile. */
export function addReruns(scope: Construct, { provision, destroy, rerun }: Workflows, functions: Functions): void {
  const undelivered = eventQueue(scope, 'UndeliveredEvents', 'undelivered-events');
  new Rule(scope, 'ExecutionEnded', {
    ruleName: `${prefix}-execution-ended`,
    description: 'An execution was aborted, timed out or failed',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: [provision.stateMachineArn, destroy.stateMachineArn],
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    },
    targets: [
      new StateMachineTarget(rerun, {
        deadLetterQueue: undelivered,
        retryAttempts: 5,
        role: serviceRole(scope, 'RerunEventsRole', 'events'),
      }),
    ],
  });
  new Rule(scope, 'ProvisionRequested', {
    ruleName: `${prefix}-provision-requested`,
    description: 'Anybody asks for a run: the detail is its input',
    // Whoever may send events to this bus from another account may not start runs here.
    eventPattern: { account: [Aws.ACCOUNT_ID], source: ['slipway'], detailType: ['Provision requested'] },
    targets: [new LambdaTarget(functions['run-requested'], { deadLetterQueue: undelivered, retryAttempts: 5 })],
  });
  new Rule(scope, 'ReleaseFailed', {
    ruleName: `${prefix}-release-failed`,
    description: "A platform's pipeline failed",
    eventPattern: {
      account: [Aws.ACCOUNT_ID],
      source: ['aws.codepipeline'],
      detailType: ['CodePipeline Pipeline Execution State Change'],
      detail: { state: ['FAILED'], pipeline: [{ suffix: pipelineSuffix }] },
    },
    targets: [new LambdaTarget(functions['release-failed'], { deadLetterQueue: undelivered, retryAttempts: 5 })],
  });
  addReconcileSchedule(scope, functions['reconcile-due'], undelivered);
}

/** A run in mode `reconcile` ends as skipped where nothing was provisioned yet or another run is at work. */
function addReconcileSchedule(scope: Construct, due: IFunction, undelivered: Queue): void {
  const schedule = new CfnParameter(scope, 'ReconcileSchedule', {
    type: 'String',
    default: 'rate(1 day)',
    allowedPattern: 'off|rate\\(.+\\)|cron\\(.+\\)',
    description: 'When drift from what was approved last is corrected: off, rate(...) or cron(...)',
  }).valueAsString;
  const off = new CfnCondition(scope, 'ReconcileOff', { expression: Fn.conditionEquals(schedule, 'off') });
  const role = serviceRole(scope, 'ReconcileRole', 'scheduler');
  due.grantInvoke(role);
  role.addToPolicy(
    new PolicyStatement({ effect: Effect.ALLOW, actions: ['sqs:SendMessage'], resources: [undelivered.queueArn] }),
  );
  new CfnSchedule(scope, 'Reconcile', {
    name: `${prefix}-reconcile`,
    description: 'Finds and corrects what was changed by hand',
    flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 15 },
    scheduleExpression: Fn.conditionIf(off.logicalId, 'rate(1 day)', schedule).toString(),
    state: Fn.conditionIf(off.logicalId, 'DISABLED', 'ENABLED').toString(),
    target: {
      arn: due.functionArn,
      roleArn: role.roleArn,
      // Scheduler fills it in: equal for one invocation, however often it is delivered.
      input: JSON.stringify({ id: '<aws.scheduler.execution-id>' }),
      deadLetterConfig: { arn: undelivered.queueArn },
    },
  });
}
