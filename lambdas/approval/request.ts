import type { DestroyRun, Inventoried, Validated } from '../../workflow/documents.ts';
import type { Results } from '../../workflow/report.ts';
import type { ApprovalStep } from '../../workflow/steps.ts';
import { hasSubscribers, notify } from '../aws/notify.ts';
import { environment } from '../middleware/environment.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { markMailed, openRequest } from '../store/approvals.ts';
import { type Progress, publish } from '../store/events.ts';
import { withKept } from '../store/kept.ts';
import { checkFence } from '../store/lock.ts';
import { readPlan } from '../store/plans.ts';
import { readStanding } from '../store/reports.ts';
import { answerTask } from './answer-task.ts';
import { approvalMail, changesQuestion, promotionQuestion, type Question, removalQuestion } from './mail.ts';

/** From `provision`, or from `destroy`, which has a `removal`. */
type Document = { readonly taskToken: string } & (
  | (Validated & Results & { readonly removal?: undefined })
  | (DestroyRun & Inventoried)
);

/**
 * Asks people whether the run may go on, and returns: the answer arrives through the task token. Repeated, it
 * puts the new token into the question that is already open, and sends no second mail; one that is answered answers it.
 */
export const handler = handlerOf(async (asked: Document): Promise<void> => {
  const where = home();
  const [document] = await Promise.all([
    withKept(where.table, asked.execution.arn, asked),
    checkFence(where.table, asked),
  ]);
  const { deployment, execution, approval, plan, taskToken } = document;
  const { step, ...question } = await questionOf(document, where);
  const request = await openRequest(where.table, {
    deployment,
    execution: execution.name,
    executionArn: execution.arn,
    digest: plan.digest,
    step,
    ...question,
    taskToken,
    approvalUrl: environment('APPROVAL_URL'),
    closesAt: new Date(Date.now() + approval.timeoutMinutes * 60_000).toISOString(),
  });
  // People answered while the run was aborted and not yet redriven: the task that they answered is gone.
  if (request.decision !== undefined) {
    await answerTask(request, request.decision);
    return;
  }
  if (request.mailed === true) return;
  const topic = environment('APPROVALS_TOPIC_ARN');
  const how = (await hasSubscribers(where.home, topic))
    ? 'the approvers were asked by e-mail'
    : `NOBODY WAS ASKED BY E-MAIL: no address is confirmed (npx slipway deploy --approver-email …). Answer it with npx slipway approve ${execution.name}`;
  await notify(where.home, topic, approvalMail(request));
  await markMailed(where.table, request.id);
  await publish(
    where,
    {
      deployment,
      execution: execution.name,
      stage: step,
      status: 'waiting',
      at: new Date().toISOString(),
      detail: `${how}; no answer by ${request.closesAt} is a rejection`,
    },
    execution.arn,
  );
});

/** Which question it is: of `destroy`; of `provision` before anything is changed; or once staging is healthy. */
async function questionOf(document: Document, where: Progress): Promise<Question & { readonly step: ApprovalStep }> {
  const { deployment, execution, plan } = document;
  if (document.removal !== undefined) {
    const standing = await readStanding(where.table, execution.arn);
    return { step: 'approve-removal', ...removalQuestion({ deployment, plan, ...standing }) };
  }
  if (plan.document === undefined) throw new TypeError(`the plan of ${execution.name} was not kept`);
  const { changes } = await readPlan(where.home, plan.document);
  return document.provisioned === undefined
    ? { step: 'approve-changes', ...changesQuestion({ ...document, changes }) }
    : { step: 'approve-production', ...promotionQuestion({ ...document, changes }) };
}
