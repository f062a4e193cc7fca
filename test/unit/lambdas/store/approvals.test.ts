import { describe, expect, test } from '@jest/globals';
import {
  decide,
  endQuestions,
  findRequest,
  markDelivered,
  markMailed,
  openRequest,
  questionsOf,
} from '../../../../lambdas/store/approvals.ts';
import { approvalOf, useUpApproval } from '../../../../lambdas/store/approved.ts';
import { deploymentKey, type Table } from '../../../../lambdas/store/table.ts';
import { inputSchema } from '../../../../workflow/input.ts';
import { memoryTable } from '../../../support/table-double.ts';

const arn = 'arn:run';
const closes = new Date('2026-01-01T01:00:00.000Z');
const before = new Date(closes.getTime() - 1);
const question = {
  ...{ deployment: 'platform', execution: 'run', executionArn: arn, digest: 'd1', step: 'approve-changes' as const },
  ...{ question: 'Change platform?', summary: 's', taskToken: 'token-1', approvalUrl: 'https://approvals' },
  closesAt: closes.toISOString(),
};
const asked = {
  pk: deploymentKey('platform'),
  sk: 'ASKED',
  execution: arn,
  startedAt: '2026-01-01',
  digest: 'd1',
  input: inputSchema.parse({}),
};
const yes = { decision: 'approved' as const, by: 'ann', at: '2026-01-01T00:30:00.000Z', from: '192.0.2.1' };
const approval = { pk: deploymentKey('platform'), sk: 'APPROVED#d1' };
const find = (items: readonly Record<string, unknown>[], sk: string) => items.find((item) => item.sk === sk);
const away = {
  name: 't',
  client: { send: async () => Promise.reject(new Error('the table is away')), config: {} },
} as unknown as Table;

describe('a question', () => {
  test('is opened once for its execution and digest, and takes the newest token', async () => {
    const { table, items } = memoryTable();
    const first = await openRequest(table, question);
    const second = await openRequest(table, { ...question, taskToken: 'token-2', summary: 'later' });
    expect(second).toEqual({ ...first, taskToken: 'token-2' });
    expect(first).toMatchObject({ ...question, id: expect.stringMatching(/^[\w-]{43}$/) });
    expect(find(items(), 'd1')).toEqual({
      pk: `QUESTIONS#${arn}`,
      sk: 'd1',
      id: first.id,
      expiresAt: expect.any(Number),
    });
    expect((await openRequest(table, { ...question, digest: 'd2' })).id).not.toBe(first.id);
  });

  test('can be answered until it closes, and is found by its execution', async () => {
    const { table } = memoryTable();
    const { id } = await openRequest(table, question);
    expect(await findRequest(table, id, before)).toMatchObject({ id, question: 'Change platform?' });
    expect(await findRequest(table, id, closes)).toBeUndefined();
    expect(await findRequest(table, 'other', before)).toBeUndefined();
    expect((await questionsOf(table, arn, before)).map((each) => each.id)).toEqual([id]);
    expect(await questionsOf(table, arn, closes)).toEqual([]);
    expect(await questionsOf(table, 'arn:other', before)).toEqual([]);
  });

  test('remembers that it was mailed, and that its answer was delivered', async () => {
    const { table } = memoryTable();
    const { id } = await openRequest(table, question);
    await markMailed(table, id);
    const mailed = await findRequest(table, id, before);
    expect([mailed?.mailed, mailed?.delivered]).toEqual([true, undefined]);
    await markDelivered(table, id);
    expect(await findRequest(table, id, before)).toMatchObject({ mailed: true, delivered: true });
  });

  test('that ended without an answer is asked again by a redrive', async () => {
    const { table } = memoryTable([asked]);
    const { id } = await openRequest(table, question);
    await endQuestions(table, 'platform', arn, { revoke: false });
    expect(await questionsOf(table, arn, before)).toEqual([]);
    expect(await decide(table, await openRequestAgain(table), yes)).toBe(true);
    expect(await findRequest(table, id, before)).toMatchObject({ decision: yes });
  });
  const openRequestAgain = (table: Table) => openRequest(table, { ...question, taskToken: 'token-2' });
});

describe('an approval', () => {
  const decided = async () => {
    const memory = memoryTable([asked]);
    const request = await openRequest(memory.table, question);
    expect(await decide(memory.table, request, yes)).toBe(true);
    return { ...memory, request };
  };

  test('is the first answer, and counts for its plan until the question closes', async () => {
    const { table, items, request } = await decided();
    expect(await decide(table, request, { ...yes, decision: 'rejected' })).toBe(false);
    const { from: _, ...answer } = yes;
    expect(find(items(), approval.sk)).toMatchObject({ ...approval, decision: answer, closesAt: question.closesAt });
    expect(await approvalOf(table, 'platform', 'd1', before)).toEqual(answer);
    expect(await approvalOf(table, 'platform', 'd1', closes)).toBeUndefined();
    expect(await approvalOf(table, 'platform', 'd2', before)).toBeUndefined();
    await useUpApproval(table, 'platform', 'd1');
    expect(await approvalOf(table, 'platform', 'd1', before)).toBeUndefined();
  });

  test.each([
    [true, undefined],
    [false, 'ann'],
  ])('that is not carried out when its run ends is void where it is revoked: %s', async (revoke, by) => {
    const { table } = await decided();
    await endQuestions(table, 'platform', arn, { revoke });
    expect((await approvalOf(table, 'platform', 'd1', before))?.by).toBe(by);
    // What was answered stays answered.
    expect(await questionsOf(table, arn, before)).toHaveLength(1);
  });

  test('is none after a no, nor after the run has ended', async () => {
    const { table } = memoryTable([asked]);
    const request = await openRequest(table, question);
    await endQuestions(table, 'platform', arn, { revoke: false });
    expect(await decide(table, request, yes)).toBe(false);
    const { table: other } = memoryTable([asked]);
    expect(await decide(other, await openRequest(other, question), { ...yes, decision: 'rejected' })).toBe(true);
    for (const each of [table, other]) expect(await approvalOf(each, 'platform', 'd1', before)).toBeUndefined();
  });
});

test('a table that does not answer is no answer to a question', async () => {
  await expect(openRequest(away, question)).rejects.toThrow('the table is away');
  await expect(decide(away, { ...question, id: 'x' }, { ...yes, decision: 'rejected' })).rejects.toThrow(
    'the table is away',
  );
});
