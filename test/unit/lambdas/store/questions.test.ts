import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  decide,
  endQuestions,
  findRequest,
  markMailed,
  questionsOf,
  refuse,
} from '../../../../lambdas/store/approvals.ts';
import { approvalOf } from '../../../../lambdas/store/approved.ts';
import { noteDigest } from '../../../../lambdas/store/asked.ts';
import type { Table } from '../../../../lambdas/store/table.ts';
import { memoryTable } from '../../../support/table-double.ts';
import { answer, ask, first, now, run, second, small, writeAsked } from './asking.ts';

let table: Table;
beforeEach(() => {
  ({ table } = memoryTable());
});

describe('a question', () => {
  test('that its run left open is mailed again by a redrive', async () => {
    const { id } = await ask(table, first);
    await markMailed(table, id);
    expect((await ask(table, first)).mailed).toBe(true);
    await endQuestions(table, 'platform', first.arn, { revoke: true });
    const again = await ask(table, first);
    expect([again.mailed, again.endedAt]).toEqual([undefined, undefined]);
  });

  test('can’t be answered once its run has ended', async () => {
    const question = await ask(table, first);
    await endQuestions(table, 'platform', first.arn, { revoke: true });
    expect(await decide(table, question, answer('approved'))).toBe(false);
    expect(await approvalOf(table, 'platform', 'd1', now)).toBeUndefined();
    expect(await questionsOf(table, first.arn, now)).toEqual([]);
    expect((await findRequest(table, question.id, now))?.endedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test('is asked again under the same link when its run is redriven', async () => {
    const question = await ask(table, first);
    await endQuestions(table, 'platform', first.arn, { revoke: true });
    const again = await ask(table, first);
    expect([again.id, again.endedAt]).toEqual([question.id, undefined]);
    expect(await decide(table, again, answer('approved'))).toBe(true);
  });

  test('is answered once, by the first', async () => {
    const question = await ask(table, first);
    expect(await decide(table, question, answer('rejected', 'ann'))).toBe(true);
    expect(await decide(table, question, answer('approved', 'bob'))).toBe(false);
    expect((await findRequest(table, question.id, now))?.decision).toMatchObject({ decision: 'rejected', by: 'ann' });
    expect(await approvalOf(table, 'platform', 'd1', now)).toBeUndefined();
  });

  test('of an execution of the same name in another machine is another one', async () => {
    const one = await ask(table, run('same', 1));
    const other = await ask(table, run('same', 1, 'destroy'));
    expect(other.id).not.toBe(one.id);
    expect((await questionsOf(table, run('same', 1).arn, now)).map(({ id }) => id)).toEqual([one.id]);
  });

  test('is nobody’s after its time', async () => {
    const { id } = await ask(table, first);
    expect(await findRequest(table, id, new Date('2026-01-02T00:00:00.000Z'))).toBeUndefined();
  });
});

describe('an approval that is not carried out yet', () => {
  beforeEach(async () => {
    await writeAsked(table, 'platform', first, small);
    await decide(table, await ask(table, first), answer('approved'));
  });

  test('covers the next run of the same plan after a failure', async () => {
    await endQuestions(table, 'platform', first.arn, { revoke: false });
    expect(await approvalOf(table, 'platform', 'd1', now)).toMatchObject({ decision: 'approved', by: 'ann' });
  });

  test('is void once the run is stopped', async () => {
    await endQuestions(table, 'platform', first.arn, { revoke: true });
    expect(await approvalOf(table, 'platform', 'd1', now)).toBeUndefined();
  });

  test('is void once a later run of the same plan, which needed to ask nobody, is stopped', async () => {
    await writeAsked(table, 'platform', second, small);
    await noteDigest(table, 'platform', second.arn, 'd1');
    await endQuestions(table, 'platform', second.arn, { revoke: true });
    expect(await approvalOf(table, 'platform', 'd1', now)).toBeUndefined();
  });

  test('is void once people say no to the same plan', async () => {
    await decide(table, await ask(table, second), answer('rejected'));
    await refuse(table, 'platform', second.arn);
    expect(await approvalOf(table, 'platform', 'd1', now)).toBeUndefined();
  });
});
