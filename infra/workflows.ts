import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { provision } from '../workflow/provision.asl.ts';
import { functionSubstitution, promoteRegion, provisionRegion } from '../workflow/region.asl.ts';
import { prefix } from './functions.ts';

/** The three machines; `provision` is the one that people start. */
export function addWorkflows(
  scope: Construct,
  functions: ReadonlyMap<string, LambdaFunction>,
): Readonly<Record<'provision' | 'provisionRegion' | 'promoteRegion', StateMachine>> {
  // Step Functions needs the /aws/vendedlogs/ prefix so that its log resource policy stays within CloudWatch's limit.
  const logs = new LogGroup(scope, 'WorkflowLogs', {
    logGroupName: `/aws/vendedlogs/states/${prefix}`,
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const machine = (
    id: string,
    name: string,
    definition: object,
    substitutions: Record<string, string>,
  ): StateMachine => {
    const text = JSON.stringify(definition);
    const used = [...functions].filter(([each]) => text.includes(`\${${functionSubstitution(each)}}`));
    const made = new StateMachine(scope, id, {
      stateMachineName: `${prefix}-${name}`,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(text),
      definitionSubstitutions: {
        Partition: Aws.PARTITION,
        ...Object.fromEntries(used.map(([each, { functionArn }]) => [functionSubstitution(each), functionArn])),
        ...substitutions,
      },
      tracingEnabled: true,
      // Without execution data: a waiting task's input holds its token.
      logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
    });
    for (const [, each] of used) each.grantInvoke(made);
    return made;
  };

  const region = machine('ProvisionRegion', 'provision-region', provisionRegion, {});
  const promote = machine('PromoteRegion', 'promote-region', promoteRegion, {});
  const root = machine('Provision', 'provision', provision, {
    ProvisionRegionArn: region.stateMachineArn,
    PromoteRegionArn: promote.stateMachineArn,
  });
  for (const child of [region, promote]) {
    child.grantStartExecution(root);
    child.grantExecution(root, 'states:DescribeExecution', 'states:StopExecution');
  }
  // startExecution.sync learns of a child's end by a rule that Step Functions keeps in the account (its documentation:
  // "IAM policies for calling Step Functions workflows").
  root.addToRolePolicy(
    new PolicyStatement({
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      resources: [
        `arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
      ],
    }),
  );
  return { provision: root, provisionRegion: region, promoteRegion: promote };
}
