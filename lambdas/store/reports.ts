import { GetCommand, PutCommand, paginateQuery, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { RegionConfig } from '../../workflow/config.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import type { Input } from '../../workflow/input.ts';
import type { Report } from '../../workflow/report.ts';
import type { Standing } from '../engine/inventory.ts';
import { deploymentKey, executionKey, expiresAt, type Table } from './table.ts';

/** Writes how an execution ended. Failed executions have no output on AWS, so people and tools read it here. */
export async function writeReport(table: Table, report: Report): Promise<void> {
  await put(table, executionKey(report.execution), 'REPORT', { report });
}

/** Keeps what destroy found: what is to go and what stays. */
export async function writeStanding(
  table: Table,
  execution: string,
  going: readonly Standing[],
  kept: readonly Standing[],
): Promise<void> {
  await put(table, executionKey(execution), 'STANDING', { going, kept });
}

export async function readStanding(
  table: Table,
  execution: string,
): Promise<{ readonly going: readonly Standing[]; readonly kept: readonly Standing[] }> {
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: { pk: executionKey(execution), sk: 'STANDING' } }),
  );
  return { going: (Item?.going as Standing[] | undefined) ?? [], kept: (Item?.kept as Standing[] | undefined) ?? [] };
}

/** Names the newest execution of a deployment, for the command line. */
export async function writeLatest(table: Table, deployment: string, execution: string): Promise<void> {
  await put(table, deploymentKey(deployment), 'LATEST', { execution });
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
  const { Item } = await table.client.send(
    new GetCommand({ TableName: table.name, Key: configKey(deployment), ConsistentRead: true }),
  );
  return Item as { readonly input: Input; readonly regions: readonly RegionConfig[] } | undefined;
}

/** The deployment is gone. */
export async function forgetConfig(table: Table, deployment: string): Promise<void> {
  const gone = (Key: object) => ({ Delete: { TableName: table.name, Key: { ...Key } } });
  await table.client.send(
    new TransactWriteCommand({ TransactItems: [gone(configKey(deployment)), gone(listedKey(deployment))] }),
  );
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
