import { Aws } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { accountRolesPermissions } from '../lambdas/aws/roles.ts';
import { taggedPermissions } from '../lambdas/aws/tagged.ts';
import { zonePermissions } from '../lambdas/aws/zones.ts';
import { onOwned } from '../lambdas/resources/grants.ts';
import { pipelineArns } from '../lambdas/resources/pipeline.ts';
import { quotaPermissions } from '../lambdas/resources/quotas.ts';
import type { Permission } from '../lambdas/resources/resource.ts';
import { approvalKey, deploymentKey, deploymentsKey, executionKey, questionsKey } from '../lambdas/store/table.ts';
import { secretArns } from '../workflow/allowances.ts';
import { prefix, type RootMachine, regionMachines, rootMachines } from '../workflow/machines.ts';
import { anywhere, buildProjectArn, topicArn } from '../workflow/names.ts';
import { kinds } from '../workflow/stages.ts';
import type { Access } from '../workflow/steps.ts';
import { secretPrefixes, taskRoles } from './allowances.ts';
import { permissionsOf, statementsFor } from './permissions.ts';

/** What of the provisioner's own the steps may reach. */
export interface Reachable {
  readonly table: Table;
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

const itemActions: readonly string[] = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
/** What the fence and the events of every stage need (lambdas/store/lock.ts, events.ts). */
export const fencedActions: readonly string[] = [...itemActions, 'dynamodb:ConditionCheckItem'];
/** And the journal of those that make something (lambdas/store/journal.ts). */
export const journalActions: readonly string[] = [...fencedActions, 'dynamodb:Query'];
/** What the steps around the stages share. */
const stepActions: readonly string[] = [...journalActions, 'dynamodb:DeleteItem'];

/** Items of the table by their partition keys. `conditions` are by operator. */
const items = (
  table: Table,
  actions: readonly string[],
  keys: readonly string[],
  conditions: Readonly<Record<string, object>> = {},
): PolicyStatement =>
  new PolicyStatement({
    actions: [...actions],
    resources: [table.tableArn],
    conditions: {
      // A request without keys, which names no items, would pass `ForAllValues`.
      Null: { 'dynamodb:LeadingKeys': 'false' },
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
      ...conditions,
    },
  });

/** The records of deployments and executions, which every function reads and writes. */
export const recordStatement = (table: Table, actions = stepActions): PolicyStatement =>
  items(table, actions, [deploymentsKey, deploymentKey('*'), executionKey('*')]);

/** A snapshot reads all roles in one call (lambdas/aws/roles.ts); the kinds' reads of single ones are the stages'. */
const neededBySnapshot = (permission: Permission): boolean =>
  !(typeof permission === 'string' ? [permission] : permission.actions).every((action) =>
    /^iam:(Get|List)\w*Role/.test(action),
  );

/** The policy statements of every access that workflow/steps.ts names. */
export const accessStatements = ({
  table,
  plans,
  approvals,
  refusedEvents,
  permissionsBoundaryArn,
}: Reachable): Readonly<Record<Access, () => readonly PolicyStatement[]>> => ({
  snapshot: () => [
    ...statementsFor(permissionsOf(kinds, 'read').filter(neededBySnapshot), permissionsBoundaryArn),
    allow([...taggedPermissions, ...accountRolesPermissions], '*'),
  ],
  zones: () => [allow(zonePermissions, '*')],
  secrets: () => [
    allow(
      ['secretsmanager:DescribeSecret'],
      ...secretPrefixes().map(
        (prefix) => secretArns({ partition: Aws.PARTITION, region: '*', account: Aws.ACCOUNT_ID }, prefix).secret,
      ),
    ),
    // It has no resource-level permissions, and shows no value.
    allow(['ssm:DescribeParameters'], '*'),
    allow(['iam:GetRole'], ...taskRoles()),
  ],
  'execution-status': () => [
    allow(['states:DescribeExecution'], ...rootMachines.map((each) => states(`execution:${prefix}-${each}:*`))),
  ],
  'child-executions': () => [allow(['states:ListExecutions'], ...regionMachines.map(machineArn))],
  'write-plans': () => [allow(['s3:PutObject'], plans.arnForObjects('*'))],
  'read-plans': () => [allow(['s3:GetObject'], plans.arnForObjects('*'))],
  quotas: () => [allow(quotaPermissions, '*')],
  questions: () => [items(table, itemActions, [questionsKey('*'), approvalKey('*')])],
  'end-questions': () => [
    items(table, ['dynamodb:Query'], [questionsKey('*')]),
    // Without the item in the answer: it holds the task token.
    items(table, ['dynamodb:UpdateItem'], [approvalKey('*')], {
      StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' },
    }),
  ],
  ask: () => [allow(['sns:Publish', 'sns:GetTopicAttributes'], approvals.topicArn)],
  answer: () => [allow(['states:SendTaskSuccess'], ...rootMachines.map(machineArn))],
  alarms: () => statementsFor([onOwned(['sns:Publish'], [topicArn(anywhere, 'alarms')])], permissionsBoundaryArn),
  releases: () =>
    statementsFor(
      [
        { actions: ['codepipeline:ListActionExecutions'], resources: pipelineArns },
        { actions: ['codebuild:BatchGetBuilds'], resources: [buildProjectArn(anywhere)] },
      ],
      permissionsBoundaryArn,
    ),
  start: () => [allow(['states:StartExecution'], machineArn('provision'))],
  'refused-events': () => [allow(['sqs:SendMessage'], refusedEvents.queueArn)],
});
