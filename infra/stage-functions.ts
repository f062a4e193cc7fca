import { Aws, Duration } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { accountRolesPermissions } from '../lambdas/aws/roles.ts';
import { taggedPermissions } from '../lambdas/aws/tagged.ts';
import { zonePermissions } from '../lambdas/aws/zones.ts';
import type { Permission } from '../lambdas/resources/resource.ts';
import { quotaPermissions } from '../lambdas/steps/quotas.ts';
import { prefix, regionMachines, rootMachines } from '../workflow/machines.ts';
import { deferredKinds, kinds, stages } from '../workflow/stages.ts';
import { addFunction, stageTimeout } from './functions.ts';
import { permissionsOf, statementsFor } from './permissions.ts';

/** What all Lambdas of the workflow share. */
export interface Shared {
  readonly bundles: string;
  readonly table: Table;
  /** Where plans are kept whole. */
  readonly plans: Bucket;
  readonly progress: ITopic;
  readonly approvals: ITopic;
  readonly approvalUrl: string;
  readonly baseImage: string;
  readonly permissionsBoundaryArn: string;
  readonly settleSeconds: string;
  readonly maxReruns: string;
}

/** The Lambdas that the state machines invoke, by name: one a stage, and the steps around them. */
export function addWorkflowFunctions(scope: Construct, shared: Shared): ReadonlyMap<string, LambdaFunction> {
  const home = { TABLE_NAME: shared.table.tableName, PROGRESS_TOPIC_ARN: shared.progress.topicArn };
  const functions = new Map<string, LambdaFunction>();
  const add = (
    name: string,
    description: string,
    own: Partial<Pick<Parameters<typeof addFunction>[1], 'environment' | 'statements' | 'timeout' | 'memorySize'>>,
  ): LambdaFunction => {
    const made = addFunction(scope, {
      name,
      description,
      bundles: shared.bundles,
      timeout: own.timeout ?? Duration.seconds(60),
      statements: own.statements ?? [],
      environment: { ...home, ...own.environment },
      ...(own.memorySize === undefined ? {} : { memorySize: own.memorySize }),
    });
    grantHome(made, shared);
    functions.set(name, made);
    return made;
  };
  const statements = (...permissions: readonly Permission[]): readonly PolicyStatement[] =>
    statementsFor(permissions, shared.permissionsBoundaryArn);

  /** Of a look at everything: what the kinds read, and what they share. */
  const snapshotStatements = [
    ...statements(...permissionsOf(kinds, 'read')),
    new PolicyStatement({ actions: [...taggedPermissions, ...accountRolesPermissions], resources: ['*'] }),
  ];

  // By name: the machines' definitions refer to these functions, so a reference would go round in a circle.
  const arnOf = (resource: string): string => `arn:${Aws.PARTITION}:states:${Aws.REGION}:${Aws.ACCOUNT_ID}:${resource}`;
  const lockStatements = [
    new PolicyStatement({
      actions: ['states:DescribeExecution'],
      resources: rootMachines.map((machine) => arnOf(`execution:${prefix}-${machine}:*`)),
    }),
    new PolicyStatement({
      actions: ['states:ListExecutions'],
      resources: regionMachines.map((machine) => arnOf(`stateMachine:${prefix}-${machine}`)),
    }),
  ];

  for (const stage of stages) {
    add(stage.name, `${stage.title} (${stage.machine})`, {
      timeout: stageTimeout,
      ...('kinds' in stage ? { environment: { SETTLE_SECONDS: shared.settleSeconds } } : {}),
      statements:
        'kinds' in stage
          ? statements(
              ...permissionsOf(stage.kinds, 'read', 'write'),
              ...permissionsOf(deferredKinds(stage), 'read', 'deferred'),
            )
          : statements(
              ...permissionsOf(
                stage.awaits.map(({ kind }) => kind),
                'read',
              ),
            ),
      // The push streams layers of tens of MB: more memory is more network.
      ...(stage.name === 'ecr-push' ? { memorySize: 1024 } : {}),
    });
  }
  add('validate', 'Refuses bad input and takes the lock', {
    environment: { BASE_IMAGE: shared.baseImage, PERMISSIONS_BOUNDARY_ARN: shared.permissionsBoundaryArn },
    timeout: Duration.seconds(90),
    statements: [new PolicyStatement({ actions: [...zonePermissions], resources: ['*'] }), ...lockStatements],
  });
  add('plan', 'Reads what stands and says what will change', {
    environment: { PLANS_BUCKET: shared.plans.bucketName },
    timeout: stageTimeout,
    memorySize: 1024,
    statements: [
      ...snapshotStatements,
      new PolicyStatement({ actions: [...quotaPermissions], resources: ['*'] }),
      new PolicyStatement({ actions: ['s3:PutObject'], resources: [shared.plans.arnForObjects('*')] }),
    ],
  });
  const requestApproval = add('request-approval', 'Asks people by e-mail', {
    environment: { APPROVALS_TOPIC_ARN: shared.approvals.topicArn, APPROVAL_URL: shared.approvalUrl },
    statements: [
      // Of a question that is put again after people have answered it.
      new PolicyStatement({
        actions: ['states:SendTaskSuccess'],
        resources: rootMachines.map((machine) => arnOf(`stateMachine:${prefix}-${machine}`)),
      }),
      new PolicyStatement({ actions: ['s3:GetObject'], resources: [shared.plans.arnForObjects('*')] }),
    ],
  });
  shared.approvals.grantPublish(requestApproval);
  add('validate-destroy', 'Refuses bad input of destroy and takes the lock', { statements: lockStatements });
  add('inventory', 'Reads what a deployment owns', {
    timeout: stageTimeout,
    memorySize: 1024,
    statements: snapshotStatements,
  });
  add('summarise-destroy', 'Looks whether anything is left and releases the lock', {
    timeout: stageTimeout,
    memorySize: 1024,
    statements: snapshotStatements,
  });
  add('execution-ended', 'Releases what a failed execution held and decides whether it is started again', {
    environment: { MAX_RERUNS: shared.maxReruns },
    statements: [
      new PolicyStatement({
        actions: ['sns:Publish'],
        resources: [`arn:${Aws.PARTITION}:sns:*:${Aws.ACCOUNT_ID}:*-alarms`],
      }),
    ],
  });
  add('summarise', 'Writes the report and releases the lock', {});
  add('report-failure', 'Tells people what failed and releases the lock', {});
  return functions;
}

/** The provisioner's own table and progress topic: what a function of the workflow uses of them. */
export function grantHome(made: LambdaFunction, { table, progress }: Pick<Shared, 'table' | 'progress'>): void {
  table.grant(
    made,
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:UpdateItem',
    'dynamodb:DeleteItem',
    'dynamodb:Query',
    'dynamodb:ConditionCheckItem',
  );
  progress.grantPublish(made);
}
