import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { prefix } from './functions.ts';

/** What EventBridge does: tells of executions that ended in a way no Catch sees, and starts the daily reconcile. */
export function addReruns(
  scope: Construct,
  machines: Readonly<Record<'provision' | 'destroy', StateMachine>>,
  executionEnded: IFunction,
): void {
  const undelivered = new Queue(scope, 'UndeliveredEvents', {
    queueName: `${prefix}-undelivered-events`,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  new Rule(scope, 'ExecutionEnded', {
    ruleName: `${prefix}-execution-ended`,
    description: 'An execution was aborted, timed out or failed',
    eventPattern: {
      source: ['aws.states'],
      detailType: ['Step Functions Execution Status Change'],
      detail: {
        stateMachineArn: Object.values(machines).map(({ stateMachineArn }) => stateMachineArn),
        status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
      },
    },
    targets: [new LambdaTarget(executionEnded, { deadLetterQueue: undelivered, retryAttempts: 5 })],
  });
  new Schedule(scope, 'Reconcile', {
    scheduleName: `${prefix}-reconcile`,
    description: 'Looks daily for what was changed by hand and puts it right',
    schedule: ScheduleExpression.rate(Duration.days(1)),
    // Off until somebody has provisioned once and turns it on: it would build a platform that nobody asked for.
    enabled: false,
    target: new StepFunctionsStartExecution(machines.provision, {
      input: ScheduleTargetInput.fromObject({ mode: 'reconcile' }),
      deadLetterQueue: undelivered,
    }),
  });
}
