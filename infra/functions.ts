import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Variable } from '../lambdas/middleware/environment.ts';
import { prefix } from '../workflow/machines.ts';

export interface FunctionProps {
  readonly name: string;
  readonly description: string;
  readonly bundles: string;
  readonly environment: Partial<Record<Exclude<Variable, 'AWS_REGION'>, string>>;
  readonly statements: readonly PolicyStatement[];
  readonly timeout: Duration;
  /** MB; CPU grows with it. @default 512 */
  readonly memorySize?: number;
}

/** One Lambda: outside any VPC (one inside takes 20 to 40 minutes to let go of its network interfaces). */
export function addFunction(scope: Construct, props: FunctionProps): LambdaFunction {
  const id = props.name.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());
  const made = new LambdaFunction(scope, `${id}Function`, {
    functionName: `${prefix}-${props.name}`,
    description: props.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: 'index.handler',
    code: Code.fromAsset(join(props.bundles, props.name)),
    memorySize: props.memorySize ?? 512,
    timeout: props.timeout,
    tracing: Tracing.ACTIVE,
    environment: { POWERTOOLS_LOG_LEVEL: 'INFO', ...props.environment },
    logGroup: new LogGroup(scope, `${id}Logs`, {
      logGroupName: `/aws/lambda/${prefix}-${props.name}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    }),
  });
  for (const statement of props.statements) made.addToRolePolicy(statement);
  return made;
}

/** 30 s less than the Task's own time-out (workflow/region.asl.ts). */
export const stageTimeout = Duration.seconds(300);
