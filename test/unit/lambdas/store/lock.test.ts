import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  acquireLock,
  checkFence,
  checkNotOvertaken,
  fenceCondition,
  releaseLock,
} from '../../../../lambdas/store/lock.ts';
import type { Table } from '../../../../lambdas/store/table.ts';
import { consoleLink } from '../../../../workflow/events.ts';
import { memoryTable } from '../../../support/table-double.ts';

const arnOf = (name: string): string => `arn:aws:states:us-east-1:000000000000:execution:slipway-provision:${name}`;
const execution = { arn: arnOf('mine'), name: 'mine', startedAt: '' };
const other = arnOf('other');

interface Item {
  holder?: string;
  fence: number;
}

let item: Item | undefined;
/** Happens between a read and the write that follows it. */
let meanwhile: () => void;
let writes: number;
beforeEach(() => {
  item = undefined;
  meanwhile = () => {};
  writes = 0;
});

/** Of DynamoDB: reads, and writes under the three conditions that the lock sets. */
const table = {
  name: 't',
  client: {
    send: async (command: {
      input: { ConditionExpression?: string; ExpressionAttributeValues?: Record<string, unknown> };
    }) => {
      if (command.constructor.name === 'GetCommand') return { Item: item && { ...item } };
      meanwhile();
      meanwhile = () => {};
      const { ConditionExpression: condition, ExpressionAttributeValues: values = {} } = command.input;
      const holds =
        condition === 'attribute_not_exists(holder)'
          ? item?.holder === undefined
          : condition === 'fence = :seen'
            ? item?.fence === values[':seen']
            : item?.fence === values[':fence'] && item?.holder === undefined;
      if (!holds) {
        throw Object.assign(new Error('no'), {
          name: 'ConditionalCheckFailedException',
          Item: {
            fence: { N: String(item?.fence) },
            ...(item?.holder === undefined ? {} : { holder: { S: item.holder } }),
          },
        });
      }
      writes += 1;
      const taken = values[':one'] === undefined ? 0 : 1;
      item = { fence: (item?.fence ?? 0) + taken, holder: values[':holder'] as string };
      return { Attributes: { ...item } };
    },
  },
} as unknown as Table;

const acquire = (stillRuns = false) => acquireLock(table, 'platform', execution, async () => stillRuns);

describe('taking the lock', () => {
  test('gives a number higher than any before', async () => {
    await expect(acquire()).resolves.toBe(1);
    item = { fence: 7 };
    await expect(acquire()).resolves.toBe(8);
  });

  test('again by its holder changes nothing', async () => {
    item = { holder: execution.arn, fence: 3 };
    await expect(acquire()).resolves.toBe(3);
    expect(writes).toBe(0);
  });

  test('is refused while the holder runs, with its ARN and its page in the console', async () => {
    item = { holder: other, fence: 3 };
    await expect(acquire(true)).rejects.toMatchObject({
      name: 'LockedError',
      message: `deployment platform is being changed by ${other} (${consoleLink(other)}): wait for it to end, or stop it (npx slipway stop ${other}), and start again`,
    });
    expect(item).toEqual({ holder: other, fence: 3 });
  });

  test('from a holder that no longer runs raises the number', async () => {
    item = { holder: other, fence: 3 };
    await expect(acquire(false)).resolves.toBe(4);
    expect(item.holder).toBe(execution.arn);
  });

  test('is refused to the slower of two in the same instant, which hears of the other', async () => {
    meanwhile = () => {
      item = { holder: other, fence: 1 };
    };
    await expect(acquire(true)).rejects.toThrow(`by ${other} (https://us-east-1.console.aws.amazon.com/`);
  });

  test('is refused without a name where the faster one has ended already', async () => {
    item = { holder: other, fence: 3 };
    const stillRuns = async (): Promise<boolean> => {
      meanwhile = () => {
        item = { fence: 4 };
      };
      return false;
    };
    await expect(acquireLock(table, 'platform', execution, stillRuns)).rejects.toThrow(
      'was changed by an execution that was started at the same moment',
    );
  });
});

const overtaken = `${execution.arn} no longer holds the lock of deployment platform: a later run took it`;
const broken = async (): Promise<never> => {
  throw Object.assign(new Error('the table is away'), { name: 'ResourceNotFoundException' });
};

describe('a table that does not answer', () => {
  const away = { name: 't', client: { send: broken } } as unknown as Table;
  test.each<[string, () => Promise<unknown>]>([
    ['taken', () => acquireLock(away, 'platform', execution, async () => true)],
    ['given back', () => releaseLock(away, 'platform', execution.arn)],
    ['checked', () => checkFence(away, { deployment: 'platform', execution, fence: 3 })],
  ])('is told as it is where the lock is to be %s', async (_, work) => {
    await expect(work()).rejects.toThrow('the table is away');
  });

  test('while a redriven run takes its lock again is no lost lock', async () => {
    item = { fence: 3 };
    meanwhile = () => {
      throw new Error('the table is away');
    };
    await expect(checkFence(table, { deployment: 'platform', execution, fence: 3 })).rejects.toThrow(
      'the table is away',
    );
  });
});

test('the fence of a run without a lock item is lost', async () => {
  const run = { deployment: 'platform', execution, fence: 3 };
  await expect(checkFence(table, run)).rejects.toThrow(overtaken);
  await expect(checkNotOvertaken(table, run)).rejects.toThrow(overtaken);
});

test('a transaction holds the lock’s number', () => {
  expect(fenceCondition(table, { deployment: 'platform', fence: 3 })).toEqual({
    ConditionCheck: {
      TableName: 't',
      Key: { pk: 'DEPLOYMENT#platform', sk: 'LOCK' },
      ConditionExpression: 'fence = :fence',
      ExpressionAttributeValues: { ':fence': 3 },
    },
  });
});

describe('the fence', () => {
  const check = () => checkFence(table, { deployment: 'platform', execution, fence: 3 });

  test('lets its holder pass', async () => {
    item = { holder: execution.arn, fence: 3 };
    await expect(check()).resolves.toBeUndefined();
    expect(writes).toBe(0);
  });

  test('gives a redriven run the lock again that its end gave back', async () => {
    item = { fence: 3 };
    await expect(check()).resolves.toBeUndefined();
    expect(item).toEqual({ holder: execution.arn, fence: 3 });
  });

  test.each([
    ['holds it', { holder: other, fence: 4 }],
    ['has had it', { fence: 4 }],
  ])('stops a redriven run when a later one %s', async (_, now) => {
    item = { ...now };
    await expect(check()).rejects.toMatchObject({ name: 'FencedError', message: overtaken });
    expect(item).toEqual(now);
  });

  test('stops a redriven run when a later one takes the lock in the same instant', async () => {
    item = { fence: 3 };
    meanwhile = () => {
      item = { holder: other, fence: 4 };
    };
    await expect(check()).rejects.toMatchObject({ name: 'FencedError' });
    expect(item).toEqual({ holder: other, fence: 4 });
  });
});

describe('the look before each change', () => {
  const look = () => checkNotOvertaken(table, { deployment: 'platform', execution, fence: 3 });

  test('takes nothing: what outlives its aborted run does not hold the lock again', async () => {
    item = { fence: 3 };
    await expect(look()).resolves.toBeUndefined();
    expect(item).toEqual({ fence: 3 });
  });

  test('stops a run when a later one has taken the lock', async () => {
    item = { holder: other, fence: 4 };
    await expect(look()).rejects.toMatchObject({ name: 'FencedError', message: overtaken });
  });
});

test('the item tells who holds the lock, since when, and with which number', async () => {
  const memory = memoryTable();
  const item = { pk: 'DEPLOYMENT#platform', sk: 'LOCK', fence: 1, takenAt: expect.any(String) };
  const run = { deployment: 'platform', execution, fence: 1 };
  expect(await acquireLock(memory.table, 'platform', execution, async () => true)).toBe(1);
  expect(memory.items()).toEqual([{ ...item, holder: execution.arn }]);
  await expect(
    acquireLock(memory.table, 'platform', { ...execution, arn: other }, async () => true),
  ).rejects.toMatchObject({ name: 'LockedError' });
  await checkNotOvertaken(memory.table, run);
  await releaseLock(memory.table, 'platform', other);
  expect(memory.items()).toEqual([{ ...item, holder: execution.arn }]);
  await releaseLock(memory.table, 'platform', execution.arn);
  expect(memory.items()).toEqual([item]);
  await checkFence(memory.table, run);
  expect(memory.items()).toEqual([{ ...item, holder: execution.arn }]);
});

describe('what a stage writes beside its look at the lock', () => {
  const started = { pk: 'EXECUTION#mine', sk: 'EVENT#' };
  test.each<[string, object, boolean]>([
    ['is written by the holder', { holder: execution.arn, fence: 3 }, true],
    ['is written by a redriven run, which takes the lock again', { fence: 3 }, true],
    ['is not written once a later run has had the lock', { fence: 4 }, false],
  ])('%s', async (_, lock, isWritten) => {
    const { table, items } = memoryTable([{ pk: 'DEPLOYMENT#platform', sk: 'LOCK', ...lock }]);
    const entering = checkFence(table, { deployment: 'platform', execution, fence: 3 }, started);
    if (isWritten) await entering;
    else await expect(entering).rejects.toMatchObject({ name: 'FencedError', message: overtaken });
    expect(items().filter(({ pk }) => pk === started.pk)).toEqual(isWritten ? [started] : []);
    const holder = isWritten ? { holder: execution.arn } : {};
    expect(items()).toContainEqual({ pk: 'DEPLOYMENT#platform', sk: 'LOCK', ...lock, ...holder });
  });
});
