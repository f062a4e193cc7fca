import { SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { Decision } from '../../workflow/documents.ts';
import { cloudIn } from '../aws/clients.ts';
import { environment } from '../middleware/environment.ts';
import { logger } from '../middleware/handler.ts';
import type { ApprovalRequest } from '../store/approvals.ts';

/** Sends the decision to Step Functions. A task that is closed already (timed out, aborted, answered) needs none. */
export async function answerTask(
  { taskToken, execution }: Pick<ApprovalRequest, 'taskToken' | 'execution'>,
  { decision, by, at }: Decision,
): Promise<void> {
  try {
    await cloudIn({ region: environment('AWS_REGION') })
      .client(SFNClient)
      .send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ decision, by, at }) }));
  } catch (error) {
    if (!(error instanceof Error && /^(TaskTimedOut|TaskDoesNotExist|InvalidToken)$/.test(error.name))) throw error;
    logger.warn('decision-too-late', { execution });
  }
}
