import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Decision } from '../../workflow/documents.ts';
import { cloudIn } from '../aws/clients.ts';
import { environment } from '../middleware/environment.ts';
import { logger } from '../middleware/handler.ts';
import type { ApprovalRequest } from '../store/approvals.ts';

/**
 * Sends the decision to Step Functions.
 * @returns false where nobody waits for it any more: the task was stopped, has timed out or has its answer
 */
export async function answerTask(
  { taskToken, execution }: Pick<ApprovalRequest, 'taskToken' | 'execution'>,
  { decision, by, at }: Decision,
): Promise<boolean> {
  try {
    await cloudIn({ region: environment('AWS_REGION') })
      .client(SFNClient)
      .send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ decision, by, at }) }));
    return true;
  } catch (error) {
    if (!(error instanceof Error && /^(TaskTimedOut|TaskDoesNotExist|InvalidToken)$/.test(error.name))) throw error;
    logger.warn('decision-too-late', { execution });
    return false;
  }
}
