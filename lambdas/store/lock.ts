import type { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Execution, Run } from '../../workflow/documents.ts';
import { consoleLink } from '../../workflow/events.ts';
import { FencedError, LockedError } from '../errors.ts';
import { conditionFailed, deploymentKey, getItem, type Table, transact, type Write } from './table.ts';

/** The item `LOCK`. It is never deleted: its fencing number only grows. */
const lockItem = z.object({
  /** Absent while nobody holds the lock. */
  holder: z.string().exactOptional(),
  fence: z.number(),
});

const key = (deployment: string): { pk: string; sk: string } => ({ pk: deploymentKey(deployment), sk: 'LOCK' });

/**
 * Takes the deployment's lock for an execution. Repeating it by the holder changes nothing and gives the same number.
 * @param stillRuns whether an execution of that ARN still runs; throws a TransientError while one that it started does
 * @returns the fencing number, higher than any before
 * @throws {LockedError} when another execution that still runs holds it
 */
export async function acquireLock(
  table: Table,
  deployment: string,
  execution: Execution,
  stillRuns: (executionArn: string) => Promise<boolean>,
): Promise<number> {
  const free = await take(table, deployment, execution, 'attribute_not_exists(holder)');
  if ('fence' in free) return free.fence;
  const { holder, fence } = free.found;
  // Taken before, or by this very write: the SDK repeats one whose answer was lost.
  if (holder === execution.arn) return fence;
  if (holder !== undefined && (await stillRuns(holder))) throw locked(deployment, holder);
  // Nobody else took it since it was read: every take raises the number.
  const left = await take(table, deployment, execution, 'fence = :seen', { ':seen': fence });
  if ('fence' in left) return left.fence;
  if (left.found.holder === execution.arn) return left.found.fence;
  throw locked(deployment, left.found.holder);
}

/** Writes the holder, or says what is there instead. */
async function take(
  table: Table,
  deployment: string,
  execution: Execution,
  condition: string,
  values: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly fence: number } | { readonly found: z.output<typeof lockItem> }> {
  try {
    const { Attributes } = await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: key(deployment),
        UpdateExpression: 'SET holder = :holder, fence = if_not_exists(fence, :none) + :one, takenAt = :now',
        ConditionExpression: condition,
        ExpressionAttributeValues: {
          ':holder': execution.arn,
          ':none': 0,
          ':one': 1,
          ':now': new Date().toISOString(),
          ...values,
        },
        ReturnValues: 'UPDATED_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { fence: Number(Attributes?.fence) };
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    // The document client leaves what an error carries as DynamoDB writes it.
    const { holder, fence } = (error as ConditionalCheckFailedException).Item ?? {};
    return { found: { fence: Number(fence?.N), ...(holder?.S === undefined ? {} : { holder: holder.S }) } };
  }
}

/** @param holder its ARN; unknown where it took the lock and gave it back in the same instant */
const locked = (deployment: string, holder: string | undefined): LockedError =>
  new LockedError(
    holder === undefined
      ? `deployment ${deployment} was changed by an execution that was started at the same moment: start again`
      : `deployment ${deployment} is being changed by ${holder} (${consoleLink(holder)}): wait for it to end, or stop it (npx slipway stop ${holder}), and start again`,
  );

/** Gives the lock back where the execution holds it; otherwise does nothing. */
export async function releaseLock(table: Table, deployment: string, executionArn: string): Promise<void> {
  try {
    await table.client.send(new UpdateCommand(release(table, deployment, executionArn)));
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}

/**
 * Writes what a run leaves, and gives the lock back in the same transaction where the execution holds it.
 * @param what for the error: what could not be written
 */
export async function writeAndRelease(
  table: Table,
  deployment: string,
  executionArn: string,
  writes: readonly Write[],
  what: string,
): Promise<void> {
  try {
    await transact(table, [{ Update: release(table, deployment, executionArn) }, ...writes], what);
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    await transact(table, writes, what);
  }
}

const release = (table: Table, deployment: string, executionArn: string) => ({
  TableName: table.name,
  Key: key(deployment),
  UpdateExpression: 'REMOVE holder',
  ConditionExpression: 'holder = :holder',
  ExpressionAttributeValues: { ':holder': executionArn },
});

/**
 * Called at the start of every stage. A run that was aborted, lost the lock and is redriven takes it again here, unless a
 * later one has had it since.
 * @param item what is written beside, by a run that holds the lock
 * @throws {FencedError} when a later run has taken the lock
 */
export async function checkFence(table: Table, run: Run, item?: Readonly<Record<string, unknown>>): Promise<void> {
  if (item === undefined) return reacquire(table, run);
  const Put = { TableName: table.name, Item: item };
  try {
    await transact(table, [holderCondition(table, run), { Put }], 'that a stage has started');
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    await reacquire(table, run);
    await table.client.send(new PutCommand(Put));
  }
}

/** Makes sure that the execution holds the lock, and takes it where nobody has had it since. */
async function reacquire(table: Table, { deployment, execution, fence }: Run): Promise<void> {
  const seen = await getItem(table, key(deployment), lockItem, `the lock of ${deployment}`);
  if (seen?.fence === fence && seen.holder === execution.arn) return;
  const lost = new FencedError(
    `${execution.arn} no longer holds the lock of deployment ${deployment}: a later run took it`,
  );
  if (seen?.fence !== fence || seen.holder !== undefined) throw lost;
  try {
    await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: key(deployment),
        UpdateExpression: 'SET holder = :holder',
        ConditionExpression: 'fence = :fence AND attribute_not_exists(holder)',
        ExpressionAttributeValues: { ':holder': execution.arn, ':fence': fence },
      }),
    );
  } catch (error) {
    throw conditionFailed(error) ? lost : error;
  }
}

/**
 * Called before each update and delete. It only reads, where checkFence would take the lock: a Lambda that outlives its
 * aborted run may not hold it again.
 * @throws {FencedError} when a later run has taken the lock
 */
export async function checkNotOvertaken(table: Table, { deployment, execution, fence }: Run): Promise<void> {
  if ((await getItem(table, key(deployment), lockItem, `the lock of ${deployment}`))?.fence !== fence) {
    throw new FencedError(`${execution.arn} no longer holds the lock of deployment ${deployment}: a later run took it`);
  }
}

/** The same of its holder. */
const holderCondition = (table: Table, run: Run) => {
  const { ConditionCheck } = fenceCondition(table, run);
  return {
    ConditionCheck: {
      ...ConditionCheck,
      ConditionExpression: `${ConditionCheck.ConditionExpression} AND holder = :holder`,
      ExpressionAttributeValues: { ...ConditionCheck.ExpressionAttributeValues, ':holder': run.execution.arn },
    },
  };
};

/** The condition by which a transaction makes sure that the run still holds the lock. */
export const fenceCondition = (table: Table, { deployment, fence }: Pick<Run, 'deployment' | 'fence'>) => ({
  ConditionCheck: {
    TableName: table.name,
    Key: key(deployment),
    ConditionExpression: 'fence = :fence',
    ExpressionAttributeValues: { ':fence': fence },
  },
});
