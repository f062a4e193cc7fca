import { Aws } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { accountRolesPermissions } from '../lambdas/aws/roles.ts';
import { taggedPermissions } from '../lambdas/aws/tagged.ts';
import { zonePermissions } from '../lambdas/aws/zones.ts';
import { quotaPermissions } from '../lambdas/steps/quotas.ts';
import { prefix, type RootMachine, regionMachines, rootMachines } from '../workflow/machines.ts';
import { kinds } from '../workflow/stages.ts';
import type { Access } from '../workflow/steps.ts';
import { permissionsOf, statementsFor } from './permissions.ts';

/** What of the provisioner's own the steps may reach. */
export interface Reachable {
  readonly plans: Bucket;
  readonly approvals: ITopic;
  readonly refusedEvents: Queue;
  readonly permissionsBoundaryArn: string;
}

// By name: the machines' definitions refer to the functions, so a reference would go round in a circle.
const states = (resource: string): string => `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
export const machineArn = (machine: RootMachine | (typeof regionMachines)[number]): string =>
  states(`stateMachine:${prefix}-${machine}`);

const allow = (actions: readonly string[], ...resources: readonly string[]): PolicyStatement =>
  new PolicyStatement({ actions: [...actions], resources: [...resources] });

/** The policy statements of every access that workflow/steps.ts names. */
export const accessStatements = ({
  plans,
  approvals,
  refusedEvents,
  permissionsBoundaryArn,
}: Reachable): Readonly<Record<Access, () => readonly PolicyStatement[]>> => ({
  snapshot: () => [
    ...statementsFor(permissionsOf(kinds, 'read'), permissionsBoundaryArn),
    allow([...taggedPermissions, ...accountRolesPermissions], '*'),
  ],
  zones: () => [allow(zonePermissions, '*')],
  executions: () => [
    allow(['states:DescribeExecution'], ...rootMachines.map((each) => states(`execution:${prefix}-${each}:*`))),
    allow(['states:ListExecutions'], ...regionMachines.map(machineArn)),
  ],
  'write-plans': () => [allow(['s3:PutObject'], plans.arnForObjects('*'))],
  'read-plans': () => [allow(['s3:GetObject'], plans.arnForObjects('*'))],
  quotas: () => [allow(quotaPermissions, '*')],
  ask: () => [allow(['sns:Publish', 'sns:GetTopicAttributes'], approvals.topicArn)],
  answer: () => [allow(['states:SendTaskSuccess'], ...rootMachines.map(machineArn))],
  alarms: () => [allow(['sns:Publish'], `arn:${Aws.PARTITION}:sns:*:${Aws.ACCOUNT_ID}:*-alarms`)],
  start: () => [allow(['states:StartExecution'], machineArn('provision'))],
  'refused-events': () => [allow(['sqs:SendMessage'], refusedEvents.queueArn)],
});
