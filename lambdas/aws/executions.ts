import { createHash } from 'node:crypto';
import { DescribeExecutionCommand, paginateListExecutions, type SFNClient } from '@aws-sdk/client-sfn';
import { regionMachines, rootMachines } from '../../workflow/machines.ts';
import { TransientError } from '../errors.ts';

/** The end of a root execution's ARN: its machine without the prefix, and its own name. */
const rootName = new RegExp(`-(${rootMachines.join('|')}):[^:]+$`);

/** The start of the names that a root machine gives the executions it starts (workflow/root-states.ts). */
export const childPrefix = (executionArn: string, redriveCount: number): string =>
  createHash('sha256').update(`${executionArn}/${redriveCount}`).digest('hex').slice(0, 16);

/**
 * Whether an execution of `provision` or `destroy` still runs.
 * @throws {TransientError} when it has ended and one that it started has not: Step Functions is about to stop it
 */
export async function stillRuns(stepFunctions: SFNClient, executionArn: string): Promise<boolean> {
  const { status, redriveCount = 0 } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return true;
  // A redrive gives its children other names; those of the run before it may be on their way to an end still.
  const prefixes = Array.from({ length: redriveCount + 1 }, (_, count) => childPrefix(executionArn, count));
  for (const machine of regionMachines) {
    const stateMachineArn = executionArn.replace(':execution:', ':stateMachine:').replace(rootName, `-${machine}`);
    const running = paginateListExecutions({ client: stepFunctions }, { stateMachineArn, statusFilter: 'RUNNING' });
    for await (const { executions = [] } of running) {
      const child = executions.find(({ name }) => prefixes.some((prefix) => name?.startsWith(prefix)));
      if (child !== undefined) {
        throw new TransientError(
          `${executionArn} has ended, but ${child.executionArn} that it started still runs: waiting for its end`,
        );
      }
    }
  }
  return false;
}
