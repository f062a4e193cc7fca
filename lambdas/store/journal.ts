import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Run } from '../../workflow/documents.ts';
import { FencedError, SettlingError } from '../errors.ts';
import { type Journal, refused } from '../journal.ts';
import { checkNotOvertaken, fenceCondition } from './lock.ts';
import { readStored } from './stored.ts';
import {
  conditionFailed,
  deploymentKey,
  expiresAt,
  firstConditionFailed,
  queryItems,
  type Table,
  transact,
  type Write,
} from './table.ts';

/** The item `INTENT#…`: a create that was begun, and what came of it. */
const intentItem = z.object({
  /** Counts the creates of this resource: one more after each that came to nothing or whose resource is gone. */
  generation: z.number(),
  /** ISO 8601: when the create of this generation was begun. */
  begunAt: z.string(),
  /** The id of what the create made, or why AWS refused it; absent while that is unknown. */
  result: z.string().exactOptional(),
});
type Intent = z.output<typeof intentItem>;
export interface StoredJournal extends Journal {
  /** Writes what is noted, after `writes`. */
  record(writes: readonly Write[]): Promise<void>;
}

/** The most that DynamoDB takes in one transaction, but for the lock's condition. */
const atOnce = 99;

/**
 * Opens the intent journal in Slipway's table: what is about to be created is written down first, so that a retry after a
 * crash knows that something may exist which EC2's reads do not show yet.
 */
export async function openJournal(
  table: Table,
  run: Run,
  region: string,
  settleSeconds: number,
): Promise<StoredJournal> {
  const pk = deploymentKey(run.deployment);
  const prefix = `INTENT#${region}#`;
  const intents = new Map<string, Intent>();
  for (const item of await queryItems(table, pk, prefix))
    intents.set(item.sk.slice(prefix.length), readStored(intentItem, item, item.sk));
  const noted = new Map<string, string>();
  const itemKey = (resource: string) => ({ TableName: table.name, Key: { pk, sk: `${prefix}${resource}` } });

  const begun = (resource: string, now: Date): Write => {
    const { TableName, Key } = itemKey(resource);
    const seen = intents.get(resource);
    return {
      Put: {
        TableName,
        Item: { ...Key, generation: generationAfter(seen), begunAt: now.toISOString(), expiresAt: expiresAt(now) },
        ConditionExpression: seen === undefined ? 'attribute_not_exists(pk)' : 'generation = :seen',
        ...(seen === undefined ? {} : { ExpressionAttributeValues: { ':seen': seen.generation } }),
      },
    };
  };
  /** The first result stays: a later one is of an attempt that was slower than its time-out. */
  const finished = ([resource, result]: readonly [string, string]): Write => ({
    Update: {
      ...itemKey(resource),
      UpdateExpression: 'SET #result = if_not_exists(#result, :result)',
      ExpressionAttributeNames: { '#result': 'result' },
      ExpressionAttributeValues: { ':result': result },
    },
  });
  /** Writes `writes`, then what is noted, every transaction with `conditions`. */
  const write = async (conditions: readonly Write[], writes: readonly Write[], what: string): Promise<void> => {
    const results = [...noted];
    const items = [...writes, ...results.map(finished)];
    for (let start = 0; start < items.length; start += atOnce)
      await transact(table, [...conditions, ...items.slice(start, start + atOnce)], what);
    for (const [resource] of results) noted.delete(resource);
  };
  const fenced = (what: string): FencedError =>
    new FencedError(`${run.execution.arn} may not ${what} in ${region}: a later run works on it`);
  let asking: Promise<void> | undefined;

  return {
    results: new Map([...intents].map(([resource, { result }]) => [resource, result] as const)),

    async begin(resources) {
      if (resources.length === 0) return [];
      const now = new Date();
      const names = resources.join(', ');
      const settling = resources.flatMap((resource) => settles(resource, intents.get(resource), now, settleSeconds));
      if (settling.length > 0)
        throw new SettlingError(
          `in ${region}: ${settling.join('; ')}: looking again until ${settleSeconds} s have passed`,
        );
      try {
        await write(
          [fenceCondition(table, run)],
          resources.map((resource) => begun(resource, now)),
          `the intent of ${names}`,
        );
      } catch (error) {
        if (!conditionFailed(error)) throw error;
        // A Lambda of this very run that outlived its abort, and met the redriven one.
        if (!firstConditionFailed(error))
          throw new SettlingError(`a create of ${names} in ${region} was begun by another attempt: looking again`);
        throw fenced(`create ${names}`);
      }
      return resources.map((resource) => tokenOf(run, region, resource, generationAfter(intents.get(resource))));
    },

    finish(resource, result) {
      noted.set(resource, result);
    },

    fence() {
      const ask = async (): Promise<void> => {
        if (noted.size === 0) return checkNotOvertaken(table, run);
        try {
          await write([fenceCondition(table, run)], [], 'the results of creates');
        } catch (error) {
          throw conditionFailed(error) ? fenced('change anything') : error;
        }
      };
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },

    flush: () => write([], [], 'the results of creates'),

    record: (writes) => write([], writes, 'what a stage made'),
  };
}

const generationAfter = (seen: Intent | undefined): number => (seen?.generation ?? 0) + 1;

const tokenOf = ({ deployment }: Run, region: string, resource: string, generation: number): string =>
  createHash('sha256').update(`${deployment}/${region}/${resource}/${generation}`).digest('hex').slice(0, 32);

/** Why a resource may not be created yet: what was made, or may have been, is made once more only when reads had the time to show it. */
function settles(resource: string, seen: Intent | undefined, now: Date, settleSeconds: number): readonly string[] {
  if (seen === undefined || seen.result?.startsWith(refused) === true) return [];
  const ageSeconds = (now.getTime() - Date.parse(seen.begunAt)) / 1000;
  if (ageSeconds >= settleSeconds) return [];
  const result = seen.result === undefined ? 'its result is unknown' : `it made ${seen.result}, which is not visible`;
  return [`a create of ${resource} was begun ${Math.round(ageSeconds)} s ago and ${result}`];
}
