/** Names of the state machines, without the prefix that infra gives them. */

/** Everything of the provisioner that has a physical name starts with it, so that people and the command line find it. */
export const prefix = 'slipway';

/** The machines that people start. */
export const rootMachines = ['provision', 'destroy'] as const;
export type RootMachine = (typeof rootMachines)[number];

/** The machine that EventBridge starts when one of those ended badly. */
const rerunMachine = 'rerun';

/** The machines that those start, one execution a region. */
export const regionMachines = ['provision-region', 'promote-region', 'destroy-region'] as const;
export type RegionMachine = (typeof regionMachines)[number];

export type Machine = RootMachine | RegionMachine | typeof rerunMachine;

const machines: readonly Machine[] = [...rootMachines, ...regionMachines, rerunMachine];

/** The parts of an execution's ARN. */
export interface ParsedExecutionArn {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly machine: Machine;
  readonly name: string;
  readonly stateMachineArn: string;
}

/**
 * Reads `arn:<partition>:states:<region>:<account>:execution:slipway-<machine>:<name>`.
 * @throws {RangeError} when it is not the ARN of one of our executions
 */
export function parseExecutionArn(arn: string): ParsedExecutionArn {
  const [, partition = '', service, region = '', account = '', type, physical, name] = arn.split(':');
  const machine = machines.find((each) => physical === `${prefix}-${each}`);
  if (service !== 'states' || type !== 'execution' || machine === undefined || name === undefined) {
    throw new RangeError(`${arn} is not the ARN of an execution of a Slipway machine`);
  }
  const stateMachineArn = `arn:${partition}:states:${region}:${account}:stateMachine:${physical}`;
  return { partition, region, account, machine, name, stateMachineArn };
}

/** ARN of the execution of that name of a state machine. */
export const executionArn = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

/** ARN of another machine of the same provisioner. */
export const siblingArn = (stateMachineArn: string, machine: Machine): string =>
  stateMachineArn.replace(/[^:]+$/, `${prefix}-${machine}`);
