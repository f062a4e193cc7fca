import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Variable } from '../lambdas/middleware/environment.ts';
import { prefix } from '../workflow/machines.ts';
import { deferredKinds, type Stage, type StageName, stages } from '../workflow/stages.ts';
import {
  type FunctionName,
  functions,
  pascal,
  type Setting,
  type StepFunction,
  stageTimeoutSeconds,
} from '../workflow/steps.ts';
import { accessStatements, fencedActions, journalActions, type Reachable, recordStatement } from './access.ts';
import { knownRegionsOnly, permissionsOf, statementsFor } from './permissions.ts';

/** What the Lambdas are made of and what they share. */
export interface Shared extends Reachable {
  /** Folder with a bundle a Lambda (infra/bundles.ts). */
  readonly bundles: string;
  readonly progress: ITopic;
  readonly settings: Readonly<Record<Setting, string>>;
}

export type Functions = Readonly<Record<FunctionName | StageName, LambdaFunction>>;

/** Every Lambda by name: one a stage, and those of the steps around them. */
export function addFunctions(scope: Construct, shared: Shared): Functions {
  const access = accessStatements(shared);
  const ofStage = (stage: Stage): LambdaFunction =>
    addFunction(scope, shared, {
      name: stage.name,
      description: `${stage.title} (${stage.machine})`,
      timeoutSeconds: stageTimeoutSeconds,
      settings: 'kinds' in stage ? ['SETTLE_SECONDS'] : [],
      statements: [
        recordStatement(shared.table, 'kinds' in stage ? journalActions : fencedActions),
        ...statementsFor(permissionsOfStage(stage), shared.permissionsBoundaryArn),
      ],
      ...('memoryMegabytes' in stage ? { memoryMegabytes: stage.memoryMegabytes } : {}),
    });
  const ofStep = ([name, step]: [string, StepFunction]): LambdaFunction =>
    addFunction(scope, shared, {
      name,
      ...step,
      statements: [recordStatement(shared.table), ...(step.access ?? []).flatMap((each) => access[each]())],
    });
  return Object.fromEntries([
    ...stages.map((stage) => [stage.name, ofStage(stage)]),
    ...Object.entries<StepFunction>(functions).map((entry) => [entry[0], ofStep(entry)]),
  ]) as Functions;
}

const permissionsOfStage = (stage: Stage) =>
  'kinds' in stage
    ? [...permissionsOf(stage.kinds, 'read', 'write'), ...permissionsOf(deferredKinds(stage), 'read', 'deferred')]
    : permissionsOf(
        stage.awaits.map(({ kind }) => kind),
        'read',
      );

interface FunctionProps extends Pick<StepFunction, 'description' | 'timeoutSeconds' | 'memoryMegabytes' | 'settings'> {
  readonly name: string;
  readonly statements: readonly PolicyStatement[];
}

/** One Lambda: outside any VPC (one inside takes 20 to 40 minutes to let go of its network interfaces). */
function addFunction(scope: Construct, shared: Shared, props: FunctionProps): LambdaFunction {
  const { table, progress } = shared;
  const environment: Partial<Record<Variable, string>> = {
    TABLE_NAME: table.tableName,
    PROGRESS_TOPIC_ARN: progress.topicArn,
    ...Object.fromEntries((props.settings ?? []).map((setting) => [setting, shared.settings[setting]])),
  };
  const made = new LambdaFunction(scope, `${pascal(props.name)}Function`, {
    functionName: `${prefix}-${props.name}`,
    description: props.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromAsset(join(shared.bundles, props.name)),
    memorySize: props.memoryMegabytes ?? 512,
    timeout: Duration.seconds(props.timeoutSeconds),
    tracing: Tracing.ACTIVE,
    environment: { POWERTOOLS_LOG_LEVEL: 'INFO', ...environment },
    logGroup: new LogGroup(scope, `${pascal(props.name)}Logs`, {
      logGroupName: `/aws/lambda/${prefix}-${props.name}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  });
  for (const statement of [knownRegionsOnly(), ...props.statements]) made.addToRolePolicy(statement);
  progress.grantPublish(made);
  return made;
}
