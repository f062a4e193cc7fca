import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Execution } from '../../workflow/documents.ts';
import type { Input } from '../../workflow/input.ts';
import { schemaVersion } from './stored.ts';
import { conditionFailed, deploymentKey, getItem, type Table, type Write } from './table.ts';

/** What was asked for last of a deployment (workflow/PROTOCOL.md). */

export const askedKey = (deployment: string) => ({ pk: deploymentKey(deployment), sk: 'ASKED' });

/** What was asked for last: by `provision` an input, by `destroy` none. */
interface Asked {
  readonly execution: string;
  /** ISO 8601: when that execution started. */
  readonly startedAt: string;
  readonly input?: unknown;
  /** Of the plan that was made for it. */
  readonly digest?: string;
  /** People said no to it, or nobody answered. */
  readonly refused?: true;
  /** People said yes to it, or nobody had to. */
  readonly approved?: true;
}

const askedItem = z.object({
  execution: z.string(),
  startedAt: z.string(),
  input: z.unknown().exactOptional(),
  digest: z.string().exactOptional(),
  refused: z.literal(true).exactOptional(),
  approved: z.literal(true).exactOptional(),
}) satisfies z.ZodType<Asked>;

export const asked = (table: Table, deployment: string): Promise<Asked | undefined> =>
  getItem(table, askedKey(deployment), askedItem, `what was asked for of ${deployment}`);

/** Remembers what was asked for. @param input absent where the deployment is to be destroyed */
export const askedWrite = (table: Table, deployment: string, execution: Execution, input?: Input): Write => ({
  Put: {
    TableName: table.name,
    Item: {
      ...askedKey(deployment),
      schemaVersion,
      execution: execution.arn,
      startedAt: execution.startedAt,
      ...(input === undefined ? {} : { input }),
    },
  },
});

/** Notes something of what was asked, while it is still the newest. */
async function note(table: Table, deployment: string, executionArn: string, fields: Partial<Asked>): Promise<void> {
  const [[name, value] = ['', undefined]] = Object.entries(fields);
  try {
    await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: askedKey(deployment),
        UpdateExpression: 'SET #name = :value',
        ConditionExpression: 'execution = :execution',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: { ':value': value, ':execution': executionArn },
      }),
    );
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}

export const noteDigest = (table: Table, deployment: string, executionArn: string, digest: string): Promise<void> =>
  note(table, deployment, executionArn, { digest });

export const noteRefusal = (table: Table, deployment: string, executionArn: string): Promise<void> =>
  note(table, deployment, executionArn, { refused: true });

/** Digest of the plan of what an execution asked for, while that is the newest. */
export async function digestAsked(table: Table, deployment: string, executionArn: string): Promise<string | undefined> {
  const newest = await asked(table, deployment);
  return newest?.execution === executionArn ? newest.digest : undefined;
}

/**
 * Whether what an execution asked for is still wanted: nobody has asked for anything else since it started (`newest`), and
 * nobody has said no to it (`refused`).
 */
export async function claimOf(
  table: Table,
  deployment: string,
  { arn, startedAt }: Pick<Execution, 'arn' | 'startedAt'>,
): Promise<{ readonly newest: boolean; readonly refused: boolean }> {
  const last = await asked(table, deployment);
  const own = last === undefined || last.execution === arn;
  return {
    newest: own || Date.parse(last.startedAt) <= Date.parse(startedAt),
    refused: own && last?.refused === true,
  };
}
