import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { childrenOf, definitions } from '../workflow/definitions.ts';
import { type Machine, prefix, rootMachines } from '../workflow/machines.ts';
import { machineSubstitution } from '../workflow/root-states.ts';
import { pascal } from '../workflow/steps.ts';
import { functionSubstitution } from '../workflow/tasks.ts';
import type { Functions } from './functions.ts';
import { serviceRole } from './service-role.ts';

export type Workflows = Readonly<Record<Machine, StateMachine>>;

/** Every state machine of workflow/definitions.ts. */
export function addWorkflows(scope: Construct, functions: Functions): Workflows {
  // Step Functions needs the /aws/vendedlogs/ prefix so that its log resource policy stays within CloudWatch's limit.
  const logs = new LogGroup(scope, 'WorkflowLogs', {
    logGroupName: `/aws/vendedlogs/states/${prefix}`,
    retention: RetentionDays.ONE_MONTH,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const made = new Map<Machine, StateMachine>();
  for (const [name, definition] of Object.entries(definitions) as [Machine, object][]) {
    const children = childrenOf(name).flatMap((child) => {
      const machine = made.get(child);
      return machine === undefined ? [] : [[child, machine] as const];
    });
    const machine = addMachine(scope, name, JSON.stringify(definition), functions, children, logs);
    if (children.length > 0)
      allowToRun(
        machine,
        children.map(([, child]) => child),
      );
    made.set(name, machine);
  }
  const workflows = Object.fromEntries(made) as Workflows;
  for (const root of rootMachines) workflows[root].grantStartExecution(workflows.rerun);
  return workflows;
}

function addMachine(
  scope: Construct,
  name: Machine,
  definition: string,
  functions: Functions,
  children: readonly (readonly [Parameters<typeof machineSubstitution>[0], StateMachine])[],
  logs: LogGroup,
): StateMachine {
  const invoked = (Object.keys(functions) as (keyof Functions)[]).filter((each) =>
    definition.includes(`\${${functionSubstitution(each)}}`),
  );
  const machine = new StateMachine(scope, pascal(name), {
    role: serviceRole(scope, `${pascal(name)}Role`, 'states'),
    stateMachineName: `${prefix}-${name}`,
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromString(definition),
    definitionSubstitutions: {
      Partition: Aws.PARTITION,
      ...Object.fromEntries(invoked.map((each) => [functionSubstitution(each), functions[each].functionArn])),
      ...Object.fromEntries(
        children.map(([child, { stateMachineArn }]) => [machineSubstitution(child), stateMachineArn]),
      ),
    },
    tracingEnabled: true,
    // Without execution data: a waiting task's input holds its token.
    logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
  });
  for (const each of invoked) functions[each].grantInvoke(machine);
  return machine;
}

/** What `startExecution.sync` needs. */
function allowToRun(machine: StateMachine, children: readonly StateMachine[]): void {
  for (const child of children) {
    child.grantStartExecution(machine);
    child.grantExecution(machine, 'states:DescribeExecution', 'states:StopExecution');
  }
  // It learns of a child's end by a rule that Step Functions keeps in the account (its documentation: "IAM policies for
  // calling Step Functions workflows").
  machine.addToRolePolicy(
    new PolicyStatement({
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      resources: [
        `arn:${Aws.PARTITION}:events:${Aws.REGION}:${Aws.ACCOUNT_ID}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`,
      ],
    }),
  );
}
