import type { Logger } from '@aws-lambda-powertools/logger';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Run } from '../../workflow/documents.ts';
import { eventMail, isForEverybody, type ProgressEvent } from '../../workflow/events.ts';
import type { Cloud } from '../aws/cloud.ts';
import { notify } from '../aws/notify.ts';
import { checkFence } from './lock.ts';
import { executionKey, expiresAt, type Table } from './table.ts';

/** Where a run's events go. */
export interface Progress {
  readonly table: Table;
  readonly topicArn: string;
  /** In the topic's region. */
  readonly home: Cloud<{ readonly region: string }>;
  readonly logger: Logger;
}

/** An event as it is recorded. */
const itemOf = (event: ProgressEvent, executionArn: string) => ({
  pk: executionKey(executionArn),
  sk: `EVENT#${event.at}#${event.region ?? ''}#${event.stage}#${event.status}`,
  ...event,
  expiresAt: expiresAt(new Date(event.at)),
});

/** Records that a stage has started, in the same write in which it makes sure of the lock, and publishes it. */
export async function publishStart(where: Progress, event: ProgressEvent, run: Run): Promise<void> {
  const { arn } = run.execution;
  await Promise.all([checkFence(where.table, run, itemOf(event, arn)), publish(where, event, arn, async () => {})]);
}

/**
 * Records an event and publishes it. A notification that can't be sent is logged and never fails a stage.
 * @param record how it is recorded
 */
export async function publish(
  { table, topicArn, home, logger }: Progress,
  event: ProgressEvent,
  executionArn: string,
  record = (): Promise<unknown> =>
    table.client.send(new PutCommand({ TableName: table.name, Item: itemOf(event, executionArn) })),
): Promise<void> {
  const results = await Promise.allSettled([
    record(),
    notify(home, topicArn, eventMail(event, executionArn), {
      ...(event.deployment === undefined ? {} : { deployment: event.deployment }),
      stage: event.stage,
      status: event.status,
      milestone: String(isForEverybody(event)),
      ...(event.region === undefined ? {} : { region: event.region }),
      event: JSON.stringify(event),
    }),
  ]);
  for (const result of results) {
    if (result.status === 'rejected') logger.warn('event-not-delivered', { stage: event.stage, error: result.reason });
  }
}
