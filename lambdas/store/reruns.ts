import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { conditionFailed, deploymentKey, type Table } from './table.ts';

const key = (deployment: string) => ({ pk: deploymentKey(deployment), sk: 'RERUNS' });

/** Counts a failure of a deployment. Returns how often it has failed of this very cause in a row. */
export async function countFailure(table: Table, deployment: string, cause: string): Promise<number> {
  const update = (expression: string, condition: string) =>
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: key(deployment),
        UpdateExpression: expression,
        ConditionExpression: condition,
        ExpressionAttributeNames: { '#count': 'count' },
        ExpressionAttributeValues: { ':one': 1, ':cause': cause },
        ReturnValues: 'ALL_NEW',
      }),
    );
  try {
    const { Attributes } = await update('ADD #count :one', 'cause = :cause');
    return Number(Attributes?.count);
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    await update('SET cause = :cause, #count = :one', 'attribute_not_exists(cause) OR cause <> :cause');
    return 1;
  }
}

/** The deployment is well: whatever failed before no longer counts. */
export async function forgetFailures(table: Table, deployment: string): Promise<void> {
  await table.client.send(new DeleteCommand({ TableName: table.name, Key: key(deployment) }));
}
