import { expect, test } from '@jest/globals';
import { keeper, withKept } from '../../../../lambdas/store/kept.ts';
import { transact } from '../../../../lambdas/store/table.ts';
import { memoryTable } from '../../../support/table-double.ts';

const config = { region: 'us-east-1', tags: { kept: 'a tag may be called so' } };
const outputs = { vpc: { main: { id: 'vpc-1' } } };

test('a state holds hashes, and whoever reads it the values, under the same execution only', async () => {
  const { table, items } = memoryTable();
  const { keep, writes } = keeper(table, 'arn:hashes');
  const state = { regions: [keep(config, { region: config.region })], found: [{ outputs: keep(outputs) }], fence: 3 };
  const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(state).toEqual({
    regions: [{ region: 'us-east-1', kept: hash }],
    found: [{ outputs: { kept: hash } }],
    fence: 3,
  });
  await transact(table, [...writes], 'both');
  expect(items().map(({ pk, expiresAt }) => [pk, typeof expiresAt])).toEqual([
    ['EXECUTION#arn:hashes', 'number'],
    ['EXECUTION#arn:hashes', 'number'],
  ]);
  expect(await withKept(table, 'arn:hashes', state)).toEqual({ regions: [config], found: [{ outputs }], fence: 3 });
  await expect(withKept(table, 'arn:other', state)).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringContaining('is no longer in the table; start again'),
  });
});

test('what was read is handed on as it came, without another write', async () => {
  const { table } = memoryTable();
  const first = keeper(table, 'arn:on');
  const state = { outputs: first.keep(outputs) };
  await transact(table, [...first.writes], 'it');
  const seen = await withKept(table, 'arn:on', state);
  const second = keeper(table, 'arn:on');
  expect(second.keep(seen.outputs)).toEqual(state.outputs);
  expect(second.writes).toEqual([]);
});

test('equal values are written once: a transaction takes no item twice', async () => {
  const { table } = memoryTable();
  const { keep, writes } = keeper(table, 'arn:equal');
  const state = { found: [{ outputs: keep({}) }, { outputs: keep({}) }] };
  expect(writes).toHaveLength(1);
  await transact(table, [...writes], 'both');
  expect(await withKept(table, 'arn:equal', state)).toEqual({ found: [{ outputs: {} }, { outputs: {} }] });
});

test('a round of a loop asks the table for nothing that the one before has read', async () => {
  const { table } = memoryTable();
  const { keep, writes } = keeper(table, 'arn:loop');
  const state = { outputs: keep(outputs) };
  await transact(table, [...writes], 'it');
  await withKept(table, 'arn:loop', state);
  expect(await withKept(memoryTable().table, 'arn:loop', state)).toEqual({ outputs });
});

test('the document of a run from before there were references stays as it is', async () => {
  const document = { config, outputs, input: null, regions: [config] };
  expect(await withKept(memoryTable().table, 'arn:old', document)).toEqual(document);
});
