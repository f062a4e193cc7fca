import { createHash } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Run } from '../../workflow/documents.ts';
import { FencedError, SettlingError } from '../errors.ts';
import { type Journal, refused } from '../journal.ts';
import { fenceCondition } from './lock.ts';
import { readStored } from './stored.ts';
import {
  conditionFailed,
  deploymentKey,
  expiresAt,
  firstConditionFailed,
  getItem,
  queryItems,
  type Table,
  transact,
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

/**
 * The intent journal in Slipway's table: what is about to be created is written down first, so that a retry after a
 * crash knows that something may exist which EC2's reads do not show yet.
 */
export function journalIn(table: Table, run: Run, region: string, settleSeconds: number): Journal {
  const itemKey = (resource: string): { pk: string; sk: string } => ({
    pk: deploymentKey(run.deployment),
    sk: `INTENT#${region}#${resource}`,
  });
  const tokenOf = (resource: string, generation: number): string =>
    createHash('sha256').update(`${run.deployment}/${region}/${resource}/${generation}`).digest('hex').slice(0, 32);

  return {
    async begin(resource) {
      const seen = await getItem(table, itemKey(resource), intentItem, `the intent of ${resource}`);
      const now = new Date();
      // What was made, or may have been, is created once more only when reads have had the time to show it.
      if (seen !== undefined && seen.result?.startsWith(refused) !== true) {
        const ageSeconds = (now.getTime() - Date.parse(seen.begunAt)) / 1000;
        if (ageSeconds < settleSeconds) {
          const result =
            seen.result === undefined ? 'its result is unknown' : `it made ${seen.result}, which is not visible`;
          throw new SettlingError(
            `a create of ${resource} in ${region} was begun ${Math.round(ageSeconds)} s ago and ${result}: looking again until ${settleSeconds} s have passed`,
          );
        }
      }
      const generation = (seen?.generation ?? 0) + 1;
      try {
        await transact(
          table,
          [
            fenceCondition(table, run),
            {
              Put: {
                TableName: table.name,
                Item: { ...itemKey(resource), generation, begunAt: now.toISOString(), expiresAt: expiresAt(now) },
                ConditionExpression: seen === undefined ? 'attribute_not_exists(pk)' : 'generation = :seen',
                ...(seen === undefined ? {} : { ExpressionAttributeValues: { ':seen': seen.generation } }),
              },
            },
          ],
          `the intent of ${resource}`,
        );
      } catch (error) {
        if (!conditionFailed(error)) throw error;
        // A Lambda of this very run that outlived its abort, and met the redriven one.
        if (!firstConditionFailed(error))
          throw new SettlingError(`a create of ${resource} in ${region} was begun by another attempt: looking again`);
        throw new FencedError(`${run.execution.arn} may not create ${resource} in ${region}: a later run works on it`);
      }
      return tokenOf(resource, generation);
    },

    async finish(resource, result) {
      try {
        await table.client.send(
          new UpdateCommand({
            TableName: table.name,
            Key: itemKey(resource),
            UpdateExpression: 'SET #result = :result',
            ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(#result)',
            ExpressionAttributeNames: { '#result': 'result' },
            ExpressionAttributeValues: { ':result': result },
          }),
        );
      } catch (error) {
        // Recorded already, by an attempt that was slower than its time-out.
        if (!conditionFailed(error)) throw error;
      }
    },

    async results() {
      const prefix = itemKey('').sk;
      const items = await queryItems(table, deploymentKey(run.deployment), prefix);
      return new Map(
        items.map((item) => [item.sk.slice(prefix.length), readStored(intentItem, item, item.sk).result] as const),
      );
    },
  };
}
