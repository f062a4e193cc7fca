import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import { cloudIn } from '../aws/clients.ts';
import { allPages } from '../aws/pages.ts';
import { TransientError } from '../errors.ts';
import { readStored } from './stored.ts';

/**
 * Slipway's one table, in the provisioner's home region. Keys `pk` and `sk` are strings; `expiresAt` (epoch seconds) is
 * the table's time to live, and code never relies on it: DynamoDB deletes up to days late.
 *
 * | pk | sk | what |
 * |---|---|---|
 * | `DEPLOYMENT#<name>` | `LOCK` | who may change the deployment: lock.ts |
 * | `DEPLOYMENT#<name>` | `INTENT#<region>#<kind>/<key>` | a create that was begun: journal.ts |
 * | `DEPLOYMENT#<name>` | `APPROVED#<digest>` | a plan that people approved and that is not carried out yet: approvals.ts |
 * | `DEPLOYMENT#<name>` | `CONFIG` | the input that people approved: deployments.ts |
 * | `DEPLOYMENT#<name>` | `ASKED` | what was asked for last: asked.ts |
 * | `DEPLOYMENT#<name>` | `REGION#<region>` | a region that any run may have built in: deployments.ts |
 * | `DEPLOYMENTS` | `<name>` | that it has an approved input: deployments.ts |
 * | `DEPLOYMENT#<name>` | `RERUNS` | failures in a row, by cause: reruns.ts |
 * | `DEPLOYMENT#<name>` | `LATEST` | ARN of the newest execution: reports.ts |
 * | `DEPLOYMENT#<name>` | `OUTPUTS` | report of the last run that left anything: reports.ts |
 * | `DEPLOYMENT#<name>` | `MAILED#<event id>` | that people have had the mail about an event: mailed.ts |
 * | `EXECUTION#<ARN>` | `EVENT#<time>#…` | one progress event: events.ts |
 * | `EXECUTION#<ARN>` | `KEPT#<hash>` | what is too large for a state: kept.ts |
 * | `EXECUTION#<ARN>` | `STANDING#<region>` | what destroy found: reports.ts (a plan can be larger, and is in S3: plans.ts) |
 * | `EXECUTION#<ARN>` | `REPORT` | how it ended, with outputs: reports.ts |
 * | `QUESTIONS#<ARN>` | `<digest>` | id of a question that the execution asked: approvals.ts |
 * | `APPROVAL#<id>` | `REQUEST` | the question, its task token and its answer: approvals.ts |
 */
export interface Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

/** The list of those that have an approved input. */
export const deploymentsKey = 'DEPLOYMENTS';
export const deploymentKey = (deployment: string): string => `DEPLOYMENT#${deployment}`;
/** By ARN: executions of two machines may have the same name. */
export const executionKey = (executionArn: string): string => `EXECUTION#${executionArn}`;
/** Apart from what every function reads: whoever knows the id of a question can answer it. */
export const questionsKey = (executionArn: string): string => `QUESTIONS#${executionArn}`;
export const approvalKey = (id: string): string => `APPROVAL#${id}`;

/** How long records of executions and finished intents are kept: 90 days, as Step Functions keeps executions. */
export const expiresAt = (now: Date): number => Math.floor(now.getTime() / 1000) + 90 * 24 * 3600;

export function openTable(region: string, name: string): Table {
  const client = DynamoDBDocumentClient.from(cloudIn({ region }).client(DynamoDBClient), {
    marshallOptions: { removeUndefinedValues: true },
  });
  // A write of one item conflicts with a transaction, too, and the SDK does not repeat it.
  client.middlewareStack.add((next) => (args) => unconflicted(() => next(args), `write to ${name}`, isSingleConflict), {
    step: 'initialize',
    name: 'repeatConflicts',
    override: true,
  });
  return { name, client };
}

/** True where a conditional write found another state than the one it asked for. */
export const conditionFailed = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'ConditionalCheckFailedException' || cancelledFor(error, 'ConditionalCheckFailed'));

/** Whether the first condition of a transaction is what failed. */
export const firstConditionFailed = (error: unknown): boolean => reasonsIn(error)[0]?.Code !== 'None';

/** True where another transaction, such as the other region's, touched the same item in the same moment, or the table is busy. */
const conflicted = (error: unknown): boolean =>
  error instanceof Error &&
  !conditionFailed(error) &&
  ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'].some((code) => cancelledFor(error, code));

const isSingleConflict = (error: unknown): boolean =>
  error instanceof Error && error.name === 'TransactionConflictException';

const cancelledFor = (error: Error, code: string): boolean =>
  error.name === 'TransactionCanceledException' && reasonsIn(error).some(({ Code }) => Code === code);

/** Why a transaction was cancelled, by its items. */
const reasonsIn = (error: unknown): readonly { readonly Code?: string }[] =>
  (error as { readonly CancellationReasons?: readonly { readonly Code?: string }[] }).CancellationReasons ?? [];

/**
 * The item of that key; undefined where there is none.
 * @param what for people; not the key, which may be what opens an approval page
 * @throws {InputError} when another version stored what can't be read any more
 */
export async function getItem<Stored>(
  table: Table,
  Key: { readonly pk: string; readonly sk: string },
  schema: z.ZodType<Stored>,
  what: string,
): Promise<Stored | undefined> {
  const { Item } = await table.client.send(new GetCommand({ TableName: table.name, Key, ConsistentRead: true }));
  return Item === undefined ? undefined : readStored(schema, Item, what);
}

/** All items of a partition, in the order of their sort keys; with `prefix` those whose sort key begins with it. */
export async function queryItems(table: Table, pk: string, prefix?: string): Promise<readonly Item[]> {
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: prefix === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk, ...(prefix === undefined ? {} : { ':prefix': prefix }) },
    },
  );
  return (await allPages(pages, ({ Items }) => Items)).map((item) => ({ ...item, sk: String(item.sk) }));
}

/** An item as it was stored: its attributes are read through a schema. */
type Item = { readonly sk: string } & Readonly<Record<string, unknown>>;

/** One write of a transaction. */
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/**
 * Writes all of the items or none.
 * @param what for the error: what could not be written
 * @throws {TransientError} when it is refused again and again
 */
export async function transact(table: Table, items: readonly Write[], what: string): Promise<void> {
  await unconflicted(() => table.client.send(new TransactWriteCommand({ TransactItems: [...items] })), `write ${what}`);
}

/**
 * The items of up to 100 keys, in their order; undefined where there is none.
 * @param what for the error: what could not be read
 * @throws {TransientError} when it is refused again and again
 */
export async function getItems(
  table: Table,
  keys: readonly { readonly pk: string; readonly sk: string }[],
  what: string,
): Promise<readonly (Readonly<Record<string, unknown>> | undefined)[]> {
  if (keys.length === 0) return [];
  const items = keys.map((Key) => ({ Get: { TableName: table.name, Key } }));
  const get = () => table.client.send(new TransactGetCommand({ TransactItems: items }));
  const { Responses = [] } = await unconflicted(get, `read ${what}`);
  return Responses.map(({ Item }) => Item);
}

/** Transactions take milliseconds: a third conflict in a row is rare, a sixth is something else. */
const conflictAttempts = 6;

/** DynamoDB refuses one of two transactions that touch an item in the same moment: it is repeated. */
async function unconflicted<Answer>(
  transaction: () => Promise<Answer>,
  what: string,
  isConflict = conflicted,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction();
    } catch (error) {
      if (!isConflict(error)) throw error;
      if (attempt === conflictAttempts)
        throw new TransientError(`the table is busy: could not ${what}`, { cause: error });
      await sleep(Math.random() * 50 * attempt);
    }
  }
}
