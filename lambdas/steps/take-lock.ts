import type { SFNClient } from '@aws-sdk/client-sfn';
import type { Execution } from '../../workflow/documents.ts';
import { lifeOf } from '../aws/executions.ts';
import { endQuestions } from '../store/approvals.ts';
import { acquireLock } from '../store/lock.ts';
import type { Table } from '../store/table.ts';

/**
 * Takes the deployment's lock. What a run that has ended still asks is closed before its lock is taken: the event that says
 * so (lambdas/events/execution-ended.ts) may be late.
 * @returns the fencing number
 * @throws {LockedError} when another execution that still runs holds it
 */
export const takeLock = (
  table: Table,
  deployment: string,
  execution: Execution,
  stepFunctions: SFNClient,
): Promise<number> =>
  acquireLock(table, deployment, execution, async (holder) => {
    const life = await lifeOf(stepFunctions, holder);
    if (life === 'running') return true;
    await endQuestions(table, deployment, holder, { revoke: life === 'stopped' });
    return false;
  });
