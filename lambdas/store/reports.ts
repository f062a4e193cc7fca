import { GetCommand, PutCommand, paginateQuery, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { RegionConfig } from '../../workflow/config.ts';
import type { Standing } from '../../workflow/documents.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import type { Input } from '../../workflow/input.ts';
import type { Report } from '../../workflow/report.ts';
import { deploymentKey, executionKey, expiresAt, type Table } from './table.ts';

/** Writes how an execution ended. Failed executions have no output on AWS, so people and tools read it here. */
export async function writeReport(table: Table, executionArn: string, report: Report): Promise<void> {
  await put(table, executionKey(executionArn), 'REPORT', { report });
}

/** How an execution ended; undefined while it runs, and where it was aborted. */
export async function readReport(table: Table, executionArn: string): Promise<Report | undefined> {
  return (await get(table, executionKey(executionArn), 'REPORT'))?.report as Report | undefined;
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
  const item = await get(table, executionKey(executionArn), 'STANDING');
  return { going: (item?.going as Standing[] | undefined) ?? [], kept: (item?.kept as Standing[] | undefined) ?? [] };
}

/** Remembers the newest execution of a deployment. */
export async function writeLatest(table: Table, deployment: string, executionArn: string): Promise<void> {
  await put(table, deploymentKey(deployment), 'LATEST', { execution: executionArn });
}

/** ARN of the newest execution of a deployment; undefined where none was ever started. */
export async function latestExecution(table: Table, deployment: string): Promise<string | undefined> {
  return (await get(table, deploymentKey(deployment), 'LATEST'))?.execution as string | undefined;
}

const configKey = (deployment: string) => ({ pk: deploymentKey(deployment), sk: 'CONFIG' });
const listedKey = (deployment: string) => ({ pk: 'DEPLOYMENTS', sk: deployment });

/** Keeps what the deployment shall look like, for the machines that are started with its name only. Never expires. */
export async function writeConfig(
  table: Table,
  deployment: string,
  input: Input,
  regions: readonly RegionConfig[],
): Promise<void> {
  const put = (item: object) => ({ Put: { TableName: table.name, Item: item } });
  await table.client.send(
    new TransactWriteCommand({
      TransactItems: [put({ ...configKey(deployment), input, regions }), put(listedKey(deployment))],
    }),
  );
}

/** Names of the deployments that were provisioned and are not destroyed. */
export async function readDeployments(table: Table): Promise<readonly string[]> {
  const names: string[] = [];
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': 'DEPLOYMENTS' },
    },
  );
  for await (const { Items } of pages) names.push(...((Items ?? []) as { sk: string }[]).map(({ sk }) => sk));
  return names;
}

/** What `writeConfig` kept; undefined where the deployment was never provisioned, or is destroyed. */
export async function readConfig(
  table: Table,
  deployment: string,
): Promise<{ readonly input: Input; readonly regions: readonly RegionConfig[] } | undefined> {
  const { pk, sk } = configKey(deployment);
  return (await get(table, pk, sk)) as { readonly input: Input; readonly regions: readonly RegionConfig[] } | undefined;
}

/** The deployment is gone. */
export async function forgetConfig(table: Table, deployment: string): Promise<void> {
  const gone = (Key: object) => ({ Delete: { TableName: table.name, Key: { ...Key } } });
  await table.client.send(
    new TransactWriteCommand({ TransactItems: [gone(configKey(deployment)), gone(listedKey(deployment))] }),
  );
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

async function get(table: Table, pk: string, sk: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: { pk, sk }, ConsistentRead: true }),
  );
  return Item;
}

const put = (table: Table, pk: string, sk: string, fields: object): Promise<unknown> =>
  table.client.send(
    new PutCommand({ TableName: table.name, Item: { pk, sk, ...fields, expiresAt: expiresAt(new Date()) } }),
  );
