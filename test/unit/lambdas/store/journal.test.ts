import { beforeEach, describe, expect, test } from '@jest/globals';
import { journalIn } from '../../../../lambdas/store/journal.ts';
import type { Table } from '../../../../lambdas/store/table.ts';
import { memoryTable } from '../../../support/table-double.ts';

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
    await expect(begin()).rejects.toMatchObject({
      name: 'TransientError',
      message: 'the table is busy: could not write the intent of vpc/main',
    });
  });
});

describe('in the table', () => {
  const lock = { pk: 'DEPLOYMENT#platform', sk: 'LOCK', holder: 'arn:run', fence: 3 };
  const key = { pk: 'DEPLOYMENT#platform', sk: 'INTENT#us-east-1#vpc/main' };
  const open = (...initial: readonly Record<string, unknown>[]) => {
    const { table, items } = memoryTable([lock, ...initial]);
    return {
      journal: journalIn(table, run, 'us-east-1', 60),
      intents: () => items().filter(({ sk }) => String(sk).startsWith('INTENT#')),
    };
  };
  const written = (more: object) => ({
    ...key,
    begunAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    expiresAt: expect.any(Number),
    ...more,
  });

  // An upgrade in the middle of a run must give AWS the same tokens.
  test.each([
    ['a first create', undefined, '29f98683e312ffbdd92ef6abcf76c52d'],
    ['one after it', { generation: 1, begunAt: ago(60) }, 'f31026ebd82df2794c46d658bf32b9a4'],
  ])('%s has a token that never changes', async (_, seen, token) => {
    const { journal, intents } = open(...(seen === undefined ? [] : [{ ...key, ...seen }]));
    expect(await journal.begin('vpc/main')).toBe(token);
    expect(intents()).toEqual([written({ generation: seen === undefined ? 1 : 2 })]);
  });

  test('the first result stays, and is found under its resource', async () => {
    const { journal, intents } = open({ ...key, sk: 'INTENT#us-west-2#vpc/main', generation: 1 });
    await journal.begin('vpc/main');
    await journal.begin('vpc/other');
    await journal.finish('vpc/main', 'vpc-1');
    await journal.finish('vpc/main', 'vpc-2');
    expect(intents()).toContainEqual(written({ generation: 1, result: 'vpc-1' }));
    expect(await journal.results()).toEqual(
      new Map([
        ['vpc/main', 'vpc-1'],
        ['vpc/other', undefined],
      ]),
    );
  });

  test('a create is begun by one attempt only, and by none of a run that was overtaken', async () => {
    const [overtaken, later] = [open({ ...lock, fence: 4 }), open()];
    await expect(overtaken.journal.begin('vpc/main')).rejects.toMatchObject({
      name: 'FencedError',
      message: 'arn:run may not create vpc/main in us-east-1: a later run works on it',
    });
    expect(overtaken.intents()).toEqual([]);
    const both = await Promise.allSettled([later.journal.begin('vpc/main'), later.journal.begin('vpc/main')]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    // The other one reads again, and finds what the first has made.
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'SettlingError', message: expect.stringContaining('begun by another attempt') },
    });
  });

  test('only what stands there already is passed over when a result is recorded', async () => {
    const broken = { name: 't', client: { send: async () => Promise.reject(new Error('no table')) } };
    const journal = journalIn(broken as unknown as Table, run, 'us-east-1', 60);
    await expect(journal.finish('vpc/main', 'vpc-1')).rejects.toThrow('no table');
  });
});
