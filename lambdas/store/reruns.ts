import { createHash } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Failures } from '../../workflow/reruns.ts';
import { readStored } from './stored.ts';
import { deploymentKey, type Table, type Write } from './table.ts';

const countsItem = z.object({ counts: z.record(z.string(), z.number()) });

const key = (deployment: string) => ({ pk: deploymentKey(deployment), sk: 'RERUNS' });

/**
 * Counts a failure of a deployment. Other causes in between change nothing in how often it has failed of this one, or
 * two that take turns would be repeated for ever.
 */
export async function countFailure(table: Table, deployment: string, cause: string): Promise<Failures> {
  const name = createHash('sha256').update(cause).digest('hex').slice(0, 16);
  const item = { TableName: table.name, Key: key(deployment) };
  await table.client.send(
    new UpdateCommand({
      ...item,
      UpdateExpression: 'SET #counts = if_not_exists(#counts, :none)',
      ExpressionAttributeNames: { '#counts': 'counts' },
      ExpressionAttributeValues: { ':none': {} },
    }),
  );
  const { Attributes } = await table.client.send(
    new UpdateCommand({
      ...item,
      UpdateExpression: 'SET #counts.#cause = if_not_exists(#counts.#cause, :zero) + :one',
      ExpressionAttributeNames: { '#counts': 'counts', '#cause': name },
      ExpressionAttributeValues: { ':zero': 0, ':one': 1 },
      ReturnValues: 'ALL_NEW',
    }),
  );
  const { counts } = readStored(countsItem, Attributes, `the failures of ${deployment}`);
  return {
    ofThisCause: counts[name] ?? 0,
    total: Object.values(counts).reduce((sum, each) => sum + each, 0),
  };
}

/** The deployment has succeeded: earlier failures no longer count. */
export const forgetFailures = (table: Table, deployment: string): Write => ({
  Delete: { TableName: table.name, Key: key(deployment) },
});
