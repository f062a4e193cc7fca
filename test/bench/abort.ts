import { ListExecutionsCommand, ListStateMachinesCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Provisioner } from '../support/provisioner.ts';

/** Stops an execution as a person in the console would, and with it, as AWS does, those that it started. */
export async function abort(provisioner: Provisioner, executionArn: string): Promise<void> {
  const { stepFunctions } = provisioner;
  await stepFunctions.send(new StopExecutionCommand({ executionArn }));
  const { stateMachines = [] } = await stepFunctions.send(new ListStateMachinesCommand({}));
  for (const { name, stateMachineArn } of stateMachines) {
    if (name?.endsWith('-region') !== true) continue;
    const { executions = [] } = await stepFunctions.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
    );
    for (const child of executions)
      await stepFunctions.send(new StopExecutionCommand({ executionArn: child.executionArn }));
  }
}
