import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { openTable } from '../../../../lambdas/store/table.ts';

/** A table whose service answers so, one after the other; the last answer stays. */
const answering = (...answers: readonly (string | undefined)[]) => {
  const table = openTable('us-east-1', 'slipway');
  let calls = 0;
  table.client.middlewareStack.add(
    () => async () => {
      const name = answers[Math.min(calls, answers.length - 1)];
      calls += 1;
      if (name !== undefined) throw Object.assign(new Error('no'), { name });
      return { output: { $metadata: {} } as never, response: {} };
    },
    { step: 'initialize', priority: 'low', name: 'answering', override: true },
  );
  const write = () =>
    table.client.send(
      new UpdateCommand({ TableName: 'slipway', Key: { pk: 'a', sk: 'b' }, UpdateExpression: 'REMOVE holder' }),
    );
  return { write, calls: () => calls };
};

const conflict = 'TransactionConflictException';

test.each<[string, readonly (string | undefined)[], number]>([
  ['goes through', [undefined], 1],
  ['is repeated while a transaction has the item', [conflict, conflict, undefined], 3],
])('a write of one item %s', async (_, answers, calls) => {
  const table = answering(...answers);
  await table.write();
  expect(table.calls()).toBe(calls);
});

test.each([
  ['a conflict that stays is one for a later attempt', conflict, 'TransientError', 6],
  ['another refusal is final', 'ConditionalCheckFailedException', 'ConditionalCheckFailedException', 1],
])('%s', async (_, answer, name, calls) => {
  const table = answering(answer);
  await expect(table.write()).rejects.toMatchObject({ name });
  expect(table.calls()).toBe(calls);
});
