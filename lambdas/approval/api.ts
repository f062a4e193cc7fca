import { SFNClient } from '@aws-sdk/client-sfn';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Decision } from '../../workflow/documents.ts';
import { printableLine } from '../../workflow/printable.ts';
import { cloudIn } from '../aws/clients.ts';
import { isRunning } from '../aws/executions.ts';
import { environment } from '../middleware/environment.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { type ApprovalRequest, decide, findRequest, isQuestionId, markDelivered } from '../store/approvals.ts';
import { publish } from '../store/events.ts';
import { answerTask } from './answer-task.ts';
import { decidedPage, endedPage, nameMissingPage, nothingPage, questionPage, thanksPage, tooLatePage } from './page.ts';

/**
 * The approval page. GET shows and changes nothing, since mail scanners follow links; POST decides, once. The decision
 * is recorded before it is sent to Step Functions, so a repeated POST after a crash sends it again and decides nothing new.
 */
export const handler = handlerOf(async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const id = event.pathParameters?.id ?? '';
  const { table } = home();
  const request = isQuestionId(id) ? await findRequest(table, id, new Date()) : undefined;
  if (request === undefined) return html(404, nothingPage());
  if (request.decision === undefined && (await hasEnded(request))) return html(410, endedPage());
  if (event.requestContext.http.method !== 'POST') {
    return html(
      200,
      request.decision === undefined ? questionPage(request, askedIn(event)) : decidedPage(request.decision),
    );
  }
  const form = new URLSearchParams(
    event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? ''),
  );
  // One that says both says nothing.
  const [answer, ...more] = form.getAll('decision');
  if (more.length > 0 || (answer !== 'approve' && answer !== 'reject')) return html(404, nothingPage());
  const by = printableLine((form.get('by') ?? '').trim().toWellFormed())
    .slice(0, 100)
    .toWellFormed();
  if (by === '') return html(400, nameMissingPage());
  const decision = {
    decision: answer === 'approve' ? ('approved' as const) : ('rejected' as const),
    by,
    at: new Date().toISOString(),
    from: event.requestContext.http.sourceIp,
  };
  const first = await decide(table, request, decision);
  // Read again: the question may have been put with another token in between.
  const standing = await findRequest(table, id, new Date());
  if (standing?.decision === undefined) return standing?.endedAt ? html(410, endedPage()) : html(404, nothingPage());
  const told = standing.delivered === true || (await deliver(standing, standing.decision));
  if (first && !told) return html(410, tooLatePage());
  return first ? html(200, thanksPage(decision.decision)) : html(409, decidedPage(standing.decision));
});

/** Whether the run that asks has ended, also where that is not written down yet. */
const hasEnded = async ({ endedAt, executionArn }: ApprovalRequest): Promise<boolean> =>
  endedAt !== undefined ||
  !(await isRunning(cloudIn({ region: environment('AWS_REGION') }).client(SFNClient), executionArn));

/** Sends the decision to Step Functions, then publishes it. @returns false where the run has ended: nobody waits for the answer */
async function deliver(request: ApprovalRequest, { decision, by, at }: Decision): Promise<boolean> {
  const where = home();
  const taken = await answerTask(request, { decision, by, at });
  // A run that goes on was answered before, by a call that died afterwards.
  if (!taken && (await hasEnded(request))) return false;
  await markDelivered(where.table, request.id);
  await publish(
    where,
    {
      deployment: request.deployment,
      execution: request.execution,
      stage: request.step,
      status: 'finished',
      at,
      detail: `${decision} by ${by}`,
    },
    request.executionArn,
  );
  return true;
}

function askedIn(event: APIGatewayProxyEventV2): 'approve' | 'reject' | undefined {
  const asked = event.queryStringParameters?.decision;
  return asked === 'approve' || asked === 'reject' ? asked : undefined;
}

const html = (statusCode: number, body: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'strict-transport-security': 'max-age=31536000',
  },
  body,
});
