import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Results } from '../../workflow/report.ts';
import { cloudIn } from '../aws/clients.ts';
import { environment } from '../environment.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { markMailed, openRequest } from '../store/approvals.ts';
import { tell } from '../store/events.ts';
import { checkFence } from '../store/lock.ts';
import { readPlan } from '../store/reports.ts';
import type { Validated } from '../validate.ts';
import { approvalMail, approvalSummary } from './mail.ts';

type Document = Validated & Results & { readonly taskToken: string };

/**
 * Asks people whether production may be deployed, and returns: the answer arrives through the task token. Repeated, it
 * puts the new token into the question that is already open, and sends no second mail.
 */
export const handler = handlerOf(async (document: Document): Promise<void> => {
  const where = home();
  await checkFence(where.table, document);
  const { deployment, execution, approval, plan, provisioned, taskToken } = document;
  const changes = await readPlan(where.table, execution.name);
  const request = await openRequest(where.table, {
    deployment,
    execution: execution.name,
    executionArn: execution.arn,
    digest: plan.digest,
    summary: approvalSummary({ deployment, plan, changes, provisioned }),
    taskToken,
    approvalUrl: environment('APPROVAL_URL'),
    closesAt: new Date(Date.now() + approval.timeoutMinutes * 60_000).toISOString(),
  });
  if (request.mailed === true) return;
  const { subject, message } = approvalMail(request);
  await cloudIn({ region: environment('AWS_REGION') })
    .client(SNSClient)
    .send(new PublishCommand({ TopicArn: environment('APPROVALS_TOPIC_ARN'), Subject: subject, Message: message }));
  await markMailed(where.table, request.id);
  await tell(
    where,
    {
      deployment,
      execution: execution.name,
      stage: 'approve-production',
      status: 'waiting',
      at: new Date().toISOString(),
      detail: `the approvers were asked by e-mail; no answer by ${request.closesAt} is a rejection`,
    },
    'Approve production',
    execution.arn,
  );
});
