import type { Execution } from '../../workflow/documents.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { claimOf } from '../store/asked.ts';

/** What the `rerun` machine knows after its pause. */
interface Due {
  readonly deployment: string;
  readonly execution: Pick<Execution, 'arn' | 'startedAt'>;
}

/** Whether the failed execution should still be started again: people may have asked for something else meanwhile. */
export const handler = handlerOf(async ({ deployment, execution }: Due): Promise<{ readonly again: boolean }> => {
  const { newest, refused } = await claimOf(home().table, deployment, execution);
  return { again: newest && !refused };
});
