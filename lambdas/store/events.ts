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
  await Promise.all([
    checkFence(where.table, run, itemOf(event, arn)),
    delivered(where, event, [notified(where, event, arn)]),
  ]);
}

/** Records an event and publishes it. What can't be delivered is logged and never fails a stage. */
export async function publish(where: Progress, event: ProgressEvent, executionArn: string): Promise<void> {
  const { table } = where;
  const recorded = table.client.send(new PutCommand({ TableName: table.name, Item: itemOf(event, executionArn) }));
  await delivered(where, event, [recorded, notified(where, event, executionArn)]);
}

const notified = ({ home, topicArn }: Progress, event: ProgressEvent, executionArn: string): Promise<unknown> =>
  notify(home, topicArn, eventMail(event, executionArn), {
    ...(event.deployment === undefined ? {} : { deployment: event.deployment }),
    stage: event.stage,
    status: event.status,
    milestone: String(isForEverybody(event)),
    ...(event.region === undefined ? {} : { region: event.region }),
    event: JSON.stringify(event),
  });

async function delivered(
  { logger }: Progress,
  { stage }: ProgressEvent,
  deliveries: readonly Promise<unknown>[],
): Promise<void> {
  for (const result of await Promise.allSettled(deliveries))
    if (result.status === 'rejected') logger.warn('event-not-delivered', { stage, error: result.reason });
}
