import type { Logger } from '@aws-lambda-powertools/logger';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { eventMail, isForEverybody, type ProgressEvent } from '../../workflow/events.ts';
import type { Cloud } from '../aws/cloud.ts';
import { notify } from '../aws/notify.ts';
import { executionKey, expiresAt, type Table } from './table.ts';

/** Where a run's events go. */
export interface Progress {
  readonly table: Table;
  readonly topicArn: string;
  /** In the topic's region. */
  readonly home: Cloud<{ readonly region: string }>;
  readonly logger: Logger;
}

/** Records an event and publishes it. A notification that can't be sent is logged and never fails a stage. */
export async function publish(
  { table, topicArn, home, logger }: Progress,
  event: ProgressEvent,
  executionArn: string,
): Promise<void> {
  const results = await Promise.allSettled([
    table.client.send(
      new PutCommand({
        TableName: table.name,
        Item: {
          pk: executionKey(executionArn),
          sk: `EVENT#${event.at}#${event.region ?? ''}#${event.stage}#${event.status}`,
          ...event,
          expiresAt: expiresAt(new Date(event.at)),
        },
      }),
    ),
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
