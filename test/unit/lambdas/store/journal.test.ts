import { beforeEach, describe, expect, test } from '@jest/globals';
import { journalIn } from '../../../../lambdas/store/journal.ts';
import type { Table } from '../../../../lambdas/store/table.ts';

const run = {
  deployment: 'platform',
  execution: { arn: 'arn:run', name: 'run', startedAt: '' },
  fence: 3,
};
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

describe('begin', () => {
  let item: Record<string, unknown> | undefined;
  let answers: (() => unknown)[];
  let written: Record<string, unknown>[];
  beforeEach(() => {
    item = undefined;
    answers = [];
    written = [];
  });
  const table = {
    name: 't',
    client: {
      send: async (command: { input: Record<string, unknown> }) => {
        if (command.constructor.name === 'GetCommand') return { Item: item };
        answers.shift()?.();
        written.push(command.input);
        return {};
      },
    },
  } as unknown as Table;
  const begin = () => journalIn(table, run, 'us-east-1', 60).begin('vpc/main');
  const cancelled = (Code: string) => () => {
    throw Object.assign(new Error('cancelled'), {
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code }],
    });
  };

  test('a first create is written down', async () => {
    await expect(begin()).resolves.toMatch(/^[0-9a-f]{32}$/);
    expect(written).toHaveLength(1);
  });
  test.each([
    ['unknown result, young', { generation: 1, begunAt: ago(10) }, 'its result is unknown'],
    ['made, young, and not visible', { generation: 1, begunAt: ago(10), result: 'vpc-1' }, 'it made vpc-1'],
  ])('%s: once more later', async (_, seen, message) => {
    item = seen;
    await expect(begin()).rejects.toThrow(message);
    await expect(begin()).rejects.toMatchObject({ name: 'SettlingError' });
    expect(written).toEqual([]);
  });
  test.each([
    ['unknown result, settled', { generation: 1, begunAt: ago(100) }],
    ['made long ago and gone', { generation: 1, begunAt: ago(100), result: 'vpc-1' }],
    ['refused a moment ago', { generation: 1, begunAt: ago(1), result: 'refused: VpcLimitExceeded' }],
  ])('%s: a create of its own', async (_, seen) => {
    item = seen;
    const second = await begin();
    item = undefined;
    expect(second).not.toBe(await begin());
  });
  test('a lost lock fences', async () => {
    answers = [cancelled('ConditionalCheckFailed')];
    await expect(begin()).rejects.toMatchObject({ name: 'FencedError' });
  });
  test("the other region's transaction in the same moment does not", async () => {
    answers = [cancelled('TransactionConflict'), cancelled('TransactionConflict')];
    await expect(begin()).resolves.toBeDefined();
  });
  test('conflicts without end are for the state machine to retry', async () => {
    answers = Array.from({ length: 10 }, () => cancelled('TransactionConflict'));
    await expect(begin()).rejects.toMatchObject({ name: 'TransientError' });
  });
});
