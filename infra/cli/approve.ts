import { localUrl } from '@slipway/local-cloud';
import { type ApprovalRequest, findRequest, questionsOf } from '../../lambdas/store/approvals.ts';
import { CliError } from './cli-error.ts';
import type { Target } from './target.ts';

/**
 * What an execution asks people.
 * @throws {CliError} when it asks nothing, or has its answer
 */
export async function openQuestion({ table }: Target, executionArn: string): Promise<ApprovalRequest> {
  const questions = await questionsOf(table, executionArn, new Date());
  const open = questions.find(({ decision }) => decision === undefined);
  if (open !== undefined) return open;
  const [answered] = questions;
  if (answered !== undefined) throw alreadyAnswered(answered);
  throw new CliError(
    `execution ${executionArn} is not waiting for an answer, or the time to answer has passed`,
    'npx slipway status',
  );
}

const alreadyAnswered = ({ decision }: ApprovalRequest): CliError =>
  new CliError(`already ${decision?.decision} by ${decision?.by} at ${decision?.at}`, 'the first answer counts');

/** Address, for this machine, of the page behind the links of the e-mail. */
export const pageOf = ({ local }: Target, { approvalUrl, id }: ApprovalRequest): string => {
  const page = `${approvalUrl}/approvals/${id}`;
  return local === undefined ? page : localUrl(local, page);
};

/**
 * Answers a question on its page, as a person would. Returns what to tell people.
 * @throws {CliError} when the answer does not count
 */
export async function answer(
  target: Target,
  question: ApprovalRequest,
  decision: 'approve' | 'reject',
  by: string,
): Promise<string> {
  const page = pageOf(target, question);
  const reply = await fetch(page, { method: 'POST', body: new URLSearchParams({ decision, by }) }).catch(
    (cause: Error) => {
      const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
      const message = `the approval page ${page} can't be reached: ${reason}`;
      throw new CliError(message, 'open the link of the e-mail instead', { cause });
    },
  );
  if (reply.ok) return decision === 'approve' ? 'Approved. The run goes on.' : 'Rejected. The run ends.';
  if (reply.status === 410)
    throw new CliError('the run that asks this has ended: the answer changes nothing', 'npx slipway status');
  if (reply.status === 409) {
    const standing = await findRequest(target.table, question.id, new Date());
    if (standing?.decision !== undefined) throw alreadyAnswered(standing);
  }
  throw new CliError(
    `the approval page answered ${reply.status}: nothing was decided`,
    'the time to answer may have passed: npx slipway status',
  );
}
