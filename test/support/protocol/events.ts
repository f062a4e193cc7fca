import type { Execution } from './execution.ts';

/** What a person sees after an answer. */
export interface Page {
  readonly statusCode: number;
  readonly body: string;
}

/** EventBridge's of an execution that has ended badly. */
export const endedEvent = ({ arn, status, startedAt, error, input }: Execution) => ({
  detail: {
    ...{ executionArn: arn, startDate: Date.parse(startedAt), status, input: JSON.stringify(input) },
    ...(error === undefined ? {} : { error: error.Error, cause: error.Cause }),
  },
});

/** API Gateway's of an answer by the link of a mail. */
export const answerEvent = (id: string, decision: 'approve' | 'reject') => ({
  pathParameters: { id },
  requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } },
  body: new URLSearchParams({ decision, by: 'ann' }).toString(),
});
