import * as z from 'zod';
import type { Standing } from '../../workflow/documents.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import type { Report } from '../../workflow/report.ts';
import { eventSchema, readStored, reportSchema, schemaVersion, standingSchema } from './stored.ts';
import {
  deploymentKey,
  executionKey,
  expiresAt,
  getItem,
  queryItems,
  type Table,
  transact,
  type Write,
} from './table.ts';

/** Writes how an execution ended. Failed executions have no output on AWS, so people and tools read it here. */
export async function writeReport(table: Table, executionArn: string, report: Report): Promise<void> {
  await transact(table, reportWrites(table, executionArn, report), `the report of ${executionArn}`);
}

export const reportWrites = (table: Table, executionArn: string, report: Report): readonly Write[] => [
  itemWrite(table, executionKey(executionArn), 'REPORT', { report }),
  ...standingWrites(table, report),
];

/** What happens to the report of what exists. */
function standingWrites(table: Table, report: Report): readonly Write[] {
  if (report.deployment === undefined) return [];
  const TableName = table.name;
  const key = outputsKey(report.deployment);
  if (report.outcome === 'destroyed') return [{ Delete: { TableName, Key: key } }];
  return hasOutputs(report) ? [{ Put: { TableName, Item: { ...key, schemaVersion, report } } }] : [];
}

const reportItem = z.object({ report: reportSchema });
const standingItem = z.object({ going: z.array(standingSchema), kept: z.array(standingSchema) });

const outputsKey = (deployment: string) => ({ pk: deploymentKey(deployment), sk: 'OUTPUTS' });

/** Whether a run left anything: one that was rejected, refused or planned only has no outputs of its own. */
export const hasOutputs = ({ regions }: Report): boolean =>
  regions.some(({ outputs }) => Object.keys(outputs).length > 0);

/** The report of the last run of a deployment that left anything standing. */
export async function readStandingReport(table: Table, deployment: string): Promise<Report | undefined> {
  return (await getItem(table, outputsKey(deployment), reportItem, `the report of ${deployment}`))?.report;
}

/** How an execution ended; undefined while it runs, and where it was aborted. */
export async function readReport(table: Table, executionArn: string): Promise<Report | undefined> {
  return (
    await getItem(table, { pk: executionKey(executionArn), sk: 'REPORT' }, reportItem, `the report of ${executionArn}`)
  )?.report;
}

/** Keeps what destroy found: what is to go and what stays. An item for each region, so that none outgrows DynamoDB's. */
export async function writeStanding(
  table: Table,
  executionArn: string,
  going: readonly Standing[],
  kept: readonly Standing[],
): Promise<void> {
  const regions = [...new Set([...going, ...kept].map(({ region }) => region))];
  const within = (region: string, all: readonly Standing[]) => all.filter((each) => each.region === region);
  if (regions.length === 0) return;
  await transact(
    table,
    regions.map((region) =>
      itemWrite(table, executionKey(executionArn), `STANDING#${region}`, {
        going: within(region, going),
        kept: within(region, kept),
      }),
    ),
    `what ${executionArn} found standing`,
  );
}

export async function readStanding(
  table: Table,
  executionArn: string,
): Promise<{ readonly going: readonly Standing[]; readonly kept: readonly Standing[] }> {
  const items = await queryItems(table, executionKey(executionArn), 'STANDING');
  const standing = items.map((item) => readStored(standingItem, item, `what ${executionArn} found standing`));
  if (standing.length === 0) throw new TypeError(`what ${executionArn} found standing was not kept`);
  return { going: standing.flatMap(({ going }) => going), kept: standing.flatMap(({ kept }) => kept) };
}

const latestItem = z.object({ execution: z.string() });

/** Remembers the newest execution of a deployment. */
export const latestWrite = (table: Table, deployment: string, executionArn: string): Write =>
  itemWrite(table, deploymentKey(deployment), 'LATEST', { execution: executionArn });

/** ARN of the newest execution of a deployment; undefined where none was ever started. */
export async function latestExecution(table: Table, deployment: string): Promise<string | undefined> {
  return (
    await getItem(
      table,
      { pk: deploymentKey(deployment), sk: 'LATEST' },
      latestItem,
      `the newest execution of ${deployment}`,
    )
  )?.execution;
}

/** All events of a run that this version can read, oldest first. They only tell people: no run fails for want of one. */
export const readEvents = async (table: Table, executionArn: string): Promise<readonly ProgressEvent[]> =>
  (await queryItems(table, executionKey(executionArn), 'EVENT#')).flatMap(
    (item) => eventSchema.safeParse(item).data ?? [],
  );

const itemWrite = (table: Table, pk: string, sk: string, fields: object): Write => ({
  Put: { TableName: table.name, Item: { pk, sk, schemaVersion, ...fields, expiresAt: expiresAt(new Date()) } },
});
