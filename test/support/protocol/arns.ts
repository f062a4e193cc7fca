import { type Machine, prefix, regionMachines } from '../../../workflow/machines.ts';
import { machineSubstitution } from '../../../workflow/root-states.ts';
import { stages } from '../../../workflow/stages.ts';
import { type FunctionName, functions } from '../../../workflow/steps.ts';
import { functionSubstitution } from '../../../workflow/tasks.ts';

/** A function's name by the substitution of its ARN. */
export const functionOf: ReadonlyMap<string, string> = new Map(
  [...Object.keys(functions), ...stages.map(({ name }) => name)].map((name) => [
    `\${${functionSubstitution(name as FunctionName)}}`,
    name,
  ]),
);

/** A machine by the substitution of its ARN. */
export const machineOf: ReadonlyMap<string, Machine> = new Map(
  regionMachines.map((machine) => [`\${${machineSubstitution(machine)}}`, machine]),
);

export const machineArn = (machine: Machine): string =>
  `arn:aws:states:us-east-1:123456789012:stateMachine:${prefix}-${machine}`;
