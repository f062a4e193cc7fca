import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { destroy } from '../workflow/destroy.asl.ts';
import { prefix, type regionMachines, rerunMachine, type rootMachines } from '../workflow/machines.ts';
import { provision } from '../workflow/provision.asl.ts';
import { destroyRegion, functionSubstitution, promoteRegion, provisionRegion } from '../workflow/region.asl.ts';
import { rerun } from '../workflow/rerun.asl.ts';
import { machineSubstitution } from '../workflow/root-states.ts';

type RegionMachine = (typeof regionMachines)[number];

/** The machines that people start, under them those that they start in each region, and the one that repeats them. */
export function addWorkflows(
  scope: Construct,
  functions: ReadonlyMap<string, LambdaFunction>,
): Readonly<Record<(typeof rootMachines)[number] | typeof rerunMachine, StateMachine>> {
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

  const regional = (name: RegionMachine, definition: object): StateMachine =>
    machine(machineSubstitution(name).replace(/Arn$/, ''), name, definition, {});
  const root = (
    id: string,
    name: string,
    definition: object,
    children: Partial<Record<RegionMachine, StateMachine>>,
  ) => {
    const made = machine(
      id,
      name,
      definition,
      Object.fromEntries(
        Object.entries(children).map(([child, { stateMachineArn }]) => [machineSubstitution(child), stateMachineArn]),
      ),
    );
    for (const child of Object.values(children)) {
      child.grantStartExecution(made);
      child.grantExecution(made, 'states:DescribeExecution', 'states:StopExecution');
    }
    // startExecution.sync learns of a child's end by a rule that Step Functions keeps in the account (its documentation:
    // "IAM policies for calling Step Functions workflows").
    made.addToRolePolicy(
      new PolicyStatement({
        actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
        resources: [
          `arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
        ],
      }),
    );
    return made;
  };
  const removing = { 'destroy-region': regional('destroy-region', destroyRegion) };
  const machines = {
    provision: root('Provision', 'provision', provision, {
      'provision-region': regional('provision-region', provisionRegion),
      'promote-region': regional('promote-region', promoteRegion),
      // For what an older configuration left behind.
      ...removing,
    }),
    destroy: root('Destroy', 'destroy', destroy, removing),
  };
  const rerunner = machine('Rerun', rerunMachine, rerun, {});
  for (const each of Object.values(machines)) each.grantStartExecution(rerunner);
  return { ...machines, rerun: rerunner };
}
