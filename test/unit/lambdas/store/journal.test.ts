import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openJournal } from '../../../../lambdas/store/journal.ts';
import type { Table } from '../../../../lambdas/store/table.ts';
import { memoryTable } from '../../../support/table-double.ts';

const run = {
  deployment: 'platform',
  execution: { arn: 'arn:run', name: 'run', startedAt: '' },
  fence: 3,
};
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
const lock = { pk: 'DEPLOYMENT#platform', sk: 'LOCK', holder: 'arn:run', fence: 3 };
const keyOf = (resource: string) => ({ pk: 'DEPLOYMENT#platform', sk: `INTENT#us-east-1#${resource}` });
const key = keyOf('vpc/main');
const written = (more: object) => ({
  ...key,
  begunAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
  expiresAt: expect.any(Number),
  ...more,
});

/** Operations that the table was sent, and what answers the next ones in its place. */
let sent: string[];
let refusals: (() => unknown)[];
beforeEach(() => {
  sent = [];
  refusals = [];
});
const cancelled = (Code: string) => () => {
  throw Object.assign(new Error('cancelled'), {
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code }],
  });
};
const open = async (...initial: readonly Record<string, unknown>[]) => {
  const { table, items } = memoryTable([lock, ...initial]);
  const { client } = table;
  const watched = Object.assign(Object.create(client), {
    send: async (command: object) => {
      sent.push(command.constructor.name.replace(/Command$/, ''));
      if (!sent.at(-1)?.startsWith('Query')) refusals.shift()?.();
      return client.send(command as never);
    },
  }) as Table['client'];
  const another = () => openJournal({ ...table, client: watched }, run, 'us-east-1', 60);
  return {
    journal: await another(),
    another,
    intents: () => items().filter(({ sk }) => String(sk).startsWith('INTENT#')),
    intent: (resource: string) => items().find(({ sk }) => sk === keyOf(resource).sk),
    overtake: () => client.send(new PutCommand({ TableName: 't', Item: { ...lock, fence: 4 } })),
  };
};

describe('begin', () => {
  test.each([
    ['unknown result, young', { generation: 1, begunAt: ago(10) }, 'its result is unknown'],
    ['made, young, and not visible', { generation: 1, begunAt: ago(10), result: 'vpc-1' }, 'it made vpc-1'],
  ])('%s: once more later, and nothing beside it', async (_, seen, message) => {
    const { journal, intents } = await open({ ...key, ...seen });
    await expect(journal.begin(['vpc/main'])).rejects.toThrow(message);
    await expect(journal.begin(['role/build', 'vpc/main'])).rejects.toMatchObject({ name: 'SettlingError' });
    expect(intents()).toEqual([{ ...key, ...seen }]);
  });
  test.each([
    ['unknown result, settled', { generation: 1, begunAt: ago(100) }],
    ['made long ago and gone', { generation: 1, begunAt: ago(100), result: 'vpc-1' }],
    ['refused a moment ago', { generation: 1, begunAt: ago(1), result: 'refused: VpcLimitExceeded' }],
  ])('%s: a create of its own', async (_, seen) => {
    const second = await (await open({ ...key, ...seen })).journal.begin(['vpc/main']);
    expect(second).not.toEqual(await (await open()).journal.begin(['vpc/main']));
  });

  // An upgrade in the middle of a run must give AWS the same tokens.
  test.each([
    ['a first create', undefined, '29f98683e312ffbdd92ef6abcf76c52d'],
    ['one after it', { generation: 1, begunAt: ago(60) }, 'f31026ebd82df2794c46d658bf32b9a4'],
  ])('%s has a token that never changes', async (_, seen, token) => {
    const { journal, intents } = await open(...(seen === undefined ? [] : [{ ...key, ...seen }]));
    expect(await journal.begin(['vpc/main'])).toEqual([token]);
    expect(intents()).toEqual([written({ generation: seen === undefined ? 1 : 2 })]);
  });

  test('of many is one write, with what the wave before has made', async () => {
    const { journal, intents } = await open();
    const [vpc, role] = await journal.begin(['vpc/main', 'role/build']);
    expect(vpc).not.toBe(role);
    journal.finish('vpc/main', 'vpc-1');
    expect(intents()).not.toContainEqual(expect.objectContaining({ result: 'vpc-1' }));
    await journal.begin(['subnet/a', 'subnet/b']);
    expect(sent).toEqual(['Query', 'TransactWrite', 'TransactWrite']);
    expect(intents()).toContainEqual(written({ generation: 1, result: 'vpc-1' }));
    expect(await journal.begin([])).toEqual([]);
    expect(sent).toHaveLength(3);
  });

  test('of more than DynamoDB takes at once is several', async () => {
    const { journal, intents } = await open();
    const names = Array.from({ length: 130 }, (_, at) => `alarm/${at}`);
    expect(new Set(await journal.begin(names)).size).toBe(130);
    expect(intents()).toHaveLength(130);
    expect(sent).toEqual(['Query', 'TransactWrite', 'TransactWrite']);
  });

  test("the other region's transaction in the same moment does not hinder it", async () => {
    const { journal } = await open();
    refusals = [cancelled('TransactionConflict'), cancelled('ThrottlingError')];
    await expect(journal.begin(['vpc/main'])).resolves.toHaveLength(1);
  });
  test('conflicts without end are for the state machine to retry', async () => {
    const { journal } = await open();
    refusals = Array.from({ length: 10 }, () => cancelled('TransactionConflict'));
    await expect(journal.begin(['vpc/main'])).rejects.toMatchObject({
      name: 'TransientError',
      message: 'the table is busy: could not write the intent of vpc/main',
    });
  });

  test('is for one attempt only, and for none of a run that was overtaken', async () => {
    const overtaken = await open({ ...lock, fence: 4 });
    await expect(overtaken.journal.begin(['vpc/main'])).rejects.toMatchObject({
      name: 'FencedError',
      message: 'arn:run may not create vpc/main in us-east-1: a later run works on it',
    });
    expect(overtaken.intents()).toEqual([]);
    const { journal, another } = await open();
    const other = await another();
    const both = await Promise.allSettled([
      journal.begin(['vpc/main', 'role/build']),
      other.begin(['role/build', 'vpc/main']),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    // The other one reads again, and finds what the first has made.
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'SettlingError', message: expect.stringContaining('begun by another attempt') },
    });
  });
});

describe('results', () => {
  test('are found under their resource and region; the first of each stays', async () => {
    const { journal, another, intent } = await open({ ...key, sk: 'INTENT#us-west-2#vpc/main', generation: 1 });
    expect(journal.results).toEqual(new Map());
    await journal.begin(['vpc/main', 'vpc/other']);
    journal.finish('vpc/main', 'vpc-1');
    await journal.flush();
    journal.finish('vpc/main', 'vpc-2');
    await journal.flush();
    expect(intent('vpc/main')).toEqual(written({ generation: 1, result: 'vpc-1' }));
    expect((await another()).results).toEqual(
      new Map([
        ['vpc/main', 'vpc-1'],
        ['vpc/other', undefined],
      ]),
    );
  });

  test('are written once, and not at all where nothing was noted', async () => {
    const { journal } = await open();
    await journal.begin(['vpc/main']);
    journal.finish('vpc/main', 'vpc-1');
    await journal.flush();
    await journal.flush();
    expect(sent).toEqual(['Query', 'TransactWrite', 'TransactWrite']);
  });

  test('are written for a run that was overtaken meanwhile, and kept where the table does not answer', async () => {
    const { journal, intent, overtake } = await open();
    await journal.begin(['vpc/main']);
    journal.finish('vpc/main', 'vpc-1');
    await overtake();
    await expect(journal.begin(['subnet/a'])).rejects.toMatchObject({ name: 'FencedError' });
    refusals = [
      () => {
        throw new Error('no table');
      },
    ];
    await expect(journal.flush()).rejects.toThrow('no table');
    expect(intent('vpc/main')).toEqual(written({ generation: 1 }));
    await journal.flush();
    expect(intent('vpc/main')).toEqual(written({ generation: 1, result: 'vpc-1' }));
  });
});

describe('the fence', () => {
  test('is one question, whoever asks meanwhile, and writes what is noted', async () => {
    const { journal, intent } = await open();
    await Promise.all([journal.fence(), journal.fence()]);
    await journal.fence();
    expect(sent).toEqual(['Query', 'Get', 'Get']);
    await journal.begin(['vpc/main']);
    journal.finish('vpc/main', 'vpc-1');
    await Promise.all([journal.fence(), journal.fence()]);
    expect(sent.slice(3)).toEqual(['TransactWrite', 'TransactWrite']);
    expect(intent('vpc/main')).toMatchObject({ result: 'vpc-1' });
  });

  test.each([
    ['with something noted', 'arn:run may not change anything in us-east-1: a later run works on it'],
    ['with nothing noted', 'arn:run no longer holds the lock of deployment platform: a later run took it'],
  ])('holds for all who ask: %s', async (how, message) => {
    const { journal, overtake } = await open();
    if (how === 'with something noted') journal.finish('vpc/main', 'vpc-1');
    await overtake();
    const asked = await Promise.allSettled([journal.fence(), journal.fence()]);
    const fenced = { status: 'rejected', reason: { name: 'FencedError', message } };
    expect(asked).toMatchObject([fenced, fenced]);
  });

  test('does not take a table that fails for a later run', async () => {
    const { journal } = await open();
    journal.finish('vpc/main', 'vpc-1');
    refusals = [
      () => {
        throw new Error('no table');
      },
    ];
    await expect(journal.fence()).rejects.toThrow('no table');
  });
});
