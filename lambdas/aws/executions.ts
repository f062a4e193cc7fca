import { createHash } from 'node:crypto';
import { DescribeExecutionCommand, paginateListExecutions, type SFNClient } from '@aws-sdk/client-sfn';
import { parseExecutionArn, regionMachines, siblingArn } from '../../workflow/machines.ts';
import { TransientError } from '../errors.ts';
import { allPages } from './pages.ts';

/** The start of the names that a root machine gives the executions it starts (workflow/root-states.ts). */
export const childPrefix = (executionArn: string, redriveCount: number): string =>
  createHash('sha256').update(`${executionArn}/${redriveCount}`).digest('hex').slice(0, 16);

/** ARNs of the executions that a root execution started and that still run. */
export async function runningChildren(
  stepFunctions: SFNClient,
  executionArn: string,
  redriveCount: number,
): Promise<readonly string[]> {
  // A redrive gives its children other names; those of the run before it may be on their way to an end still.
  const prefixes = Array.from({ length: redriveCount + 1 }, (_, count) => childPrefix(executionArn, count));
  const children: string[] = [];
  for (const machine of regionMachines) {
    const stateMachineArn = siblingArn(parseExecutionArn(executionArn).stateMachineArn, machine);
    const running = paginateListExecutions({ client: stepFunctions }, { stateMachineArn, statusFilter: 'RUNNING' });
    for (const { name, executionArn: arn = '' } of await allPages(running, ({ executions }) => executions))
      if (prefixes.some((prefix) => name?.startsWith(prefix))) children.push(arn);
  }
  return children;
}

async function stateOf(stepFunctions: SFNClient, executionArn: string) {
  try {
    const { status, redriveCount = 0 } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    const running = status === 'RUNNING' || status === 'PENDING_REDRIVE';
    return { running, aborted: status === 'ABORTED', redriveCount };
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExecutionDoesNotExist')) throw error;
    // Step Functions forgets executions 90 days after their end, and with their machine: a lock must not outlive them.
    return { running: false, aborted: false, redriveCount: 0 };
  }
}

/** Whether an execution runs, or is about to run again. */
export const isRunning = async (stepFunctions: SFNClient, executionArn: string): Promise<boolean> =>
  (await stateOf(stepFunctions, executionArn)).running;

/**
 * Whether an execution of `provision` or `destroy` still runs, has ended by itself, or was stopped.
 * @throws {TransientError} when it has ended and one that it started has not: Step Functions is about to stop it
 */
export async function lifeOf(stepFunctions: SFNClient, executionArn: string): Promise<'running' | 'ended' | 'stopped'> {
  const { running, aborted, redriveCount } = await stateOf(stepFunctions, executionArn);
  if (running) return 'running';
  const [child] = await runningChildren(stepFunctions, executionArn, redriveCount);
  if (child === undefined) return aborted ? 'stopped' : 'ended';
  throw new TransientError(`${executionArn} has ended, but ${child} that it started still runs: waiting for its end`);
}
