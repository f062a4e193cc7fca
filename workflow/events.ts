import type { Pending } from './documents.ts';
import { parseExecutionArn } from './machines.ts';
import { type EventName, isApprovalStep, isMilestone, titleOf } from './steps.ts';

/** Something that happened in a run. Kept in the table, and published to the progress topic as text and attributes. */
export interface ProgressEvent {
  /** Absent where the input was refused and does not say which one it means. */
  readonly deployment?: string | undefined;
  /** Name of the root execution. */
  readonly execution: string;
  /** Absent for steps that concern all regions. */
  readonly region?: string;
  readonly stage: EventName;
  readonly status: 'started' | 'finished' | 'waiting' | 'failed';
  /** ISO 8601 */
  readonly at: string;
  readonly durationSeconds?: number;
  /** Of `waiting`. */
  readonly pending?: readonly Pending[];
  /** Of `finished`: counts, decision, or whatever people should know; of `failed`: the cause. */
  readonly detail?: string;
  /** Of `finished`: the end of the run says the same, so that people who want milestones only are told once. */
  readonly quiet?: true;
}

/** Step Functions console page of an execution. */
export const consoleLink = (executionArn: string): string => {
  const { region } = parseExecutionArn(executionArn);
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${executionArn}`;
};

/** What a subscriber to the progress topic can choose to get; the first is the default. */
export const progressMails = ['milestones', 'steps'] as const;

/** For people who don't want a mail for each step: failures, questions, and the ends of a few steps. */
export const isForEverybody = ({ stage, status, quiet }: Pick<ProgressEvent, 'stage' | 'status' | 'quiet'>): boolean =>
  status === 'failed' ||
  (isMilestone(stage) && quiet !== true && (status === 'finished' || (status === 'waiting' && isApprovalStep(stage))));

/** SNS refuses subjects of 100 characters and more, and line breaks in them. */
const subjectLimit = 99;

/** The event as an e-mail. */
export function eventMail(event: ProgressEvent, executionArn: string): { subject: string; message: string } {
  const title = titleOf(event.stage);
  const where = event.region === undefined ? '' : ` in ${event.region}`;
  const took = event.durationSeconds === undefined ? '' : ` after ${event.durationSeconds.toFixed(1)} s`;
  const whose = event.deployment === undefined ? '' : `${event.deployment}: `;
  const subject = `[Slipway] ${whose}${title} ${event.status}${where}`.replaceAll(/\s+/g, ' ').slice(0, subjectLimit);
  const lines = [
    `${title} ${event.status}${where}${took}.`,
    ...(event.detail === undefined ? [] : ['', event.detail]),
    ...(event.pending ?? []).map(({ kind, key, reason }) => `  waiting for ${kind}/${key}: ${reason}`),
    '',
    ...(event.deployment === undefined ? [] : [`Deployment: ${event.deployment}`]),
    `Execution:  ${event.execution}`,
    `Console:    ${consoleLink(executionArn)}`,
  ];
  return { subject, message: lines.join('\n') };
}
