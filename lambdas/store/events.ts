import type { Logger } from '@aws-lambda-powertools/logger';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Run } from '../../workflow/documents.ts';
import { eventMail, isForEverybody, type ProgressEvent } from '../../workflow/events.ts';
import type { Cloud } from '../aws/cloud.ts';
import { notify } from '../aws/notify.ts';
import { checkFence } from './lock.ts';
import { executionKey, expiresAt, type Table, transact, type Write } from './table.ts';

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

/** Work under way that never fails: a step does not wait for it before its end. */
export interface Announced {
  readonly announced: Promise<void>;
}

/** Records that a stage has started, in the same write in which it makes sure of the lock, and begins to publish it. */
export async function publishStart(where: Progress, event: ProgressEvent, run: Run): Promise<Announced> {
  const { arn } = run.execution;
  await checkFence(where.table, run, itemOf(event, arn));
  return { announced: delivered(where, event, [notified(where, event, arn)]) };
}

/**
 * Records an event and publishes it. What can't be delivered is logged and never fails a stage; `beside`, which the next
 * state needs, is written with it or not at all.
 * @param record how, where the stage has more to write
 */
export async function publish(
  where: Progress,
  event: ProgressEvent | undefined,
  executionArn: string,
  beside: readonly Write[] = [],
  record?: (writes: readonly Write[]) => Promise<void>,
): Promise<void> {
  const TableName = where.table.name;
  const events = event === undefined ? [] : [{ TableName, Item: itemOf(event, executionArn) }];
  const published = event === undefined ? [] : [notified(where, event, executionArn)];
  if (beside.length === 0 && record === undefined) {
    const recorded = events.map((put) => where.table.client.send(new PutCommand(put)));
    return delivered(where, event, [...recorded, ...published]);
  }
  const writes = [...beside, ...events.map((Put) => ({ Put }))];
  await Promise.all([
    record === undefined ? transact(where.table, writes, 'what a step found') : record(writes),
    delivered(where, event, published),
  ]);
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
  event: ProgressEvent | undefined,
  deliveries: readonly Promise<unknown>[],
): Promise<void> {
  for (const result of await Promise.allSettled(deliveries))
    if (result.status === 'rejected') logger.warn('event-not-delivered', { stage: event?.stage, error: result.reason });
}
