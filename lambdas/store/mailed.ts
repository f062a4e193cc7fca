import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { deploymentKey, expiresAt, getItem, type Table } from './table.ts';

type Deployment = { readonly deployment: string };

const key = ({ deployment }: Deployment, eventId: string) => ({
  pk: deploymentKey(deployment),
  sk: `MAILED#${eventId}`,
});

/** Whether people have had the mail about an event: EventBridge delivers one at least once. */
export const isMailed = async (table: Table, deployment: Deployment, eventId: string): Promise<boolean> =>
  (await getItem(table, key(deployment, eventId), z.object({}), 'whether an event was mailed')) !== undefined;

/** Once the mail is out: if that is never written, there is a second mail and never none. */
export const noteMailed = (table: Table, deployment: Deployment, eventId: string): Promise<unknown> =>
  table.client.send(
    new PutCommand({ TableName: table.name, Item: { ...key(deployment, eventId), expiresAt: expiresAt(new Date()) } }),
  );
