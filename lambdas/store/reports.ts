import { DeleteCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { Standing } from '../../workflow/documents.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import type { Report } from '../../workflow/report.ts';
import { deploymentKey, executionKey, expiresAt, getItem, type Table } from './table.ts';

/** Writes how an execution ended. Failed executions have no output on AWS, so people and tools read it here. */
export async function writeReport(table: Table, executionArn: string, report: Report): Promise<void> {
  await put(table, executionKey(executionArn), 'REPORT', { report });
  if (report.deployment === undefined) return;
  const key = outputsKey(report.deployment);
  if (report.outcome === 'destroyed') await table.client.send(new DeleteCommand({ TableName: table.name, Key: key }));
  else if (hasOutputs(report))
    await table.client.send(new PutCommand({ TableName: table.name, Item: { ...key, report } }));
}

const outputsKey = (deployment: string) => ({ pk: deploymentKey(deployment), sk: 'OUTPUTS' });

/** Whether a run left anything: one that was rejected, refused or planned only has no outputs of its own. */
export const hasOutputs = ({ regions }: Report): boolean =>
  regions.some(({ outputs }) => Object.keys(outputs).length > 0);

/** The report of the last run of a deployment that left anything standing. */
export async function readStandingReport(table: Table, deployment: string): Promise<Report | undefined> {
  return (await getItem(table, outputsKey(deployment)))?.report as Report | undefined;
}

/** How an execution ended; undefined while it runs, and where it was aborted. */
export async function readReport(table: Table, executionArn: string): Promise<Report | undefined> {
  return (await getItem(table, { pk: executionKey(executionArn), sk: 'REPORT' }))?.report as Report | undefined;
}

/** Keeps what destroy found: what is to go and what stays. */
export async function writeStanding(
  table: Table,
  executionArn: string,
  going: readonly Standing[],
  kept: readonly Standing[],
): Promise<void> {
  await put(table, executionKey(executionArn), 'STANDING', { going, kept });
}

export async function readStanding(
  table: Table,
  executionArn: string,
): Promise<{ readonly going: readonly Standing[]; readonly kept: readonly Standing[] }> {
  const item = await getItem(table, { pk: executionKey(executionArn), sk: 'STANDING' });
  return { going: (item?.going as Standing[] | undefined) ?? [], kept: (item?.kept as Standing[] | undefined) ?? [] };
}

/** Remembers the newest execution of a deployment. */
export async function writeLatest(table: Table, deployment: string, executionArn: string): Promise<void> {
  await put(table, deploymentKey(deployment), 'LATEST', { execution: executionArn });
}

/** ARN of the newest execution of a deployment; undefined where none was ever started. */
export async function latestExecution(table: Table, deployment: string): Promise<string | undefined> {
  return (await getItem(table, { pk: deploymentKey(deployment), sk: 'LATEST' }))?.execution as string | undefined;
}

/** All events of a run, oldest first. */
export async function readEvents(table: Table, executionArn: string): Promise<readonly ProgressEvent[]> {
  const events: ProgressEvent[] = [];
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.name,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': executionKey(executionArn), ':prefix': 'EVENT#' },
    },
  );
  for await (const { Items } of pages) events.push(...((Items ?? []) as ProgressEvent[]));
  return events;
}

const put = (table: Table, pk: string, sk: string, fields: object): Promise<unknown> =>
  table.client.send(
    new PutCommand({ TableName: table.name, Item: { pk, sk, ...fields, expiresAt: expiresAt(new Date()) } }),
  );
