import { GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { ProgressEvent } from '../../workflow/events.ts';
import type { Report } from '../../workflow/report.ts';
import type { PlannedChange } from '../engine/plan.ts';
import { deploymentKey, executionKey, expiresAt, type Table } from './table.ts';

/** Writes how an execution ended. Failed executions have no output on AWS, so people and tools read it here. */
export async function writeReport(table: Table, report: Report): Promise<void> {
  await put(table, executionKey(report.execution), 'REPORT', { report });
}

/** Keeps the whole plan for the approval and the command line; changes only, what stays is a count. */
export async function writePlan(table: Table, execution: string, changes: readonly PlannedChange[]): Promise<void> {
  await put(table, executionKey(execution), 'PLAN', { changes });
}

export async function readPlan(table: Table, execution: string): Promise<readonly PlannedChange[]> {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: { pk: executionKey(execution), sk: 'PLAN' } }),
  );
  return (Item?.changes as PlannedChange[] | undefined) ?? [];
}

/** Names the newest execution of a deployment, for the command line. */
export async function writeLatest(table: Table, deployment: string, execution: string): Promise<void> {
  await put(table, deploymentKey(deployment), 'LATEST', { execution });
}

/** All events of a run, oldest first. */
export async function readEvents(table: Table, execution: string): Promise<readonly ProgressEvent[]> {
  const events: ProgressEvent[] = [];
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': executionKey(execution), ':prefix': 'EVENT#' },
    },
  );
  for await (const { Items } of pages) events.push(...((Items ?? []) as ProgressEvent[]));
  return events;
}

const put = (table: Table, pk: string, sk: string, fields: object): Promise<unknown> =>
  table.client.send(
    new PutCommand({ TableName: table.name, Item: { pk, sk, ...fields, expiresAt: expiresAt(new Date()) } }),
  );
