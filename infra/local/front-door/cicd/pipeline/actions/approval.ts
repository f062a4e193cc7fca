import { randomUUID } from 'node:crypto';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { consoleUrl } from '../../role-caller.ts';
import { type ActionContext, ActionFailure, type ActionResult } from '../pipeline-runs.ts';
import type { ActionTools, Answer } from './tools.ts';

/** CodePipeline's default: seven days. */
const defaultTimeoutMinutes = 7 * 24 * 60;
/** SNS takes 100 characters. */
const subjectLimit = 100;

/** Asks by SNS and waits for PutApprovalResult. */
export async function approve(
  context: ActionContext,
  { caller, clock, approvals }: ActionTools,
): Promise<ActionResult> {
  const { record, structure, configuration, signal } = context;
  const { action } = record;
  const token = randomUUID();
  const seconds = (action.timeoutMinutes ?? defaultTimeoutMinutes) * 60;
  record.token = token;
  const answered = new Promise<Answer>((resolve) => approvals.set(token, resolve));
  try {
    const { NotificationArn: topic } = configuration;
    if (topic !== undefined)
      await caller.client(SNSClient, topic.split(':')[3] ?? action.region).send(
        new PublishCommand({
          TopicArn: topic,
          Subject: `APPROVAL NEEDED: AWS CodePipeline ${structure.name} for action ${action.name}`.slice(
            0,
            subjectLimit,
          ),
          Message: JSON.stringify(messageOf(context, token, new Date(Date.now() + seconds * 1000))),
        }),
      );
    const answer = await within(answered, clock.milliseconds(seconds), signal);
    if (answer === 'expired')
      throw new ActionFailure('JobFailed', 'The approval action expired: nobody answered in time');
    record.summary = answer.summary;
    record.answeredBy = answer.by;
    if (!answer.approved)
      throw new ActionFailure('Rejected', answer.summary === '' ? 'Rejected' : `Rejected: ${answer.summary}`);
    return {};
  } finally {
    approvals.delete(token);
  }
}

/** The notification's JSON (CodePipeline user guide, "JSON data format for manual approval notifications"). */
function messageOf({ record, structure, configuration }: ActionContext, token: string, expires: Date): object {
  const { action, stage } = record;
  const page = consoleUrl(
    'codesuite',
    structure.region,
    `codepipeline/pipelines/${structure.name}/view?region=${structure.region}`,
  );
  return {
    region: structure.region,
    consoleLink: page,
    approval: {
      pipelineName: structure.name,
      stageName: stage,
      actionName: action.name,
      token,
      expires: `${expires.toISOString().slice(0, 16)}Z`,
      externalEntityLink: configuration.ExternalEntityLink ?? null,
      approvalReviewLink: `${page}#/${stage}/${action.name}/approve/${token}`,
      customData: configuration.CustomData ?? null,
    },
  };
}

/** Timers count in 32 bits: a longer wait is a wait for ever here (24 days). */
const longestTimer = 2 ** 31 - 1;

function within<Value>(value: Promise<Value>, milliseconds: number, signal: AbortSignal): Promise<Value | 'expired'> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve('expired'), Math.min(milliseconds, longestTimer));
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    void value.then(resolve).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    });
  });
}
