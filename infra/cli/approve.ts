import { localUrl } from '@slipway/local-cloud';
import { openQuestions } from '../../lambdas/store/approvals.ts';
import { CliError } from './cli-error.ts';
import type { Target } from './target.ts';

/**
 * Page of the open question of an execution.
 * @throws {CliError} when nothing is asked
 */
export async function approvalPage(target: Target, executionArn: string): Promise<string> {
  const [request] = await openQuestions(target.table, executionArn, new Date());
  if (request !== undefined) return reachable(target, `${request.approvalUrl}/approvals/${request.id}`);
  throw new CliError(
    `execution ${executionArn} asks nobody, or its time to answer is over`,
    'look at it: `npx slipway status`',
  );
}

/** The address under which this machine reaches a link of the provisioner. */
export const reachable = ({ local }: Target, url: string): string => (local === undefined ? url : localUrl(local, url));

/** Opens the page and answers on it, as a person would. Returns the page that came back. */
export async function answer(page: string, decision: 'approve' | 'reject', by: string): Promise<string> {
  const question = await reach(page);
  if (!question.ok)
    throw new CliError(
      `the approval page answered ${question.status}`,
      'the question may be answered or too old: `npx slipway status`',
    );
  const reply = await reach(page, { method: 'POST', body: new URLSearchParams({ decision, by }) });
  const text = /<p>([^<]*)<\/p>/.exec(await reply.text())?.[1] ?? '';
  if (reply.status === 409) throw new CliError(text, 'the first answer counts');
  if (!reply.ok)
    throw new CliError(
      `the approval page answered ${reply.status}: ${text}`,
      'look at the execution: `npx slipway status`',
    );
  return text;
}

/** @throws {CliError} when nothing answers there */
const reach = (page: string, request?: RequestInit): Promise<Response> =>
  fetch(page, request).catch((cause: Error) => {
    const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
    throw new CliError(`the approval page ${page} can't be reached: ${reason}`, 'open the link of the e-mail instead', {
      cause,
    });
  });
