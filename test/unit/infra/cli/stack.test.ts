import { describe, expect, test } from '@jest/globals';
import { readStack, stackProblem, stands } from '../../../../infra/cli/deploy/stack.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';

/** StackStatus of the service model (CloudFormation 2010-05-15), and what `deploy` makes of each. */
const statuses = {
  CREATE_IN_PROGRESS: /^wait/,
  CREATE_FAILED: /delete-stack/,
  CREATE_COMPLETE: undefined,
  ROLLBACK_IN_PROGRESS: /^wait/,
  ROLLBACK_FAILED: undefined,
  ROLLBACK_COMPLETE: undefined,
  DELETE_IN_PROGRESS: /^wait/,
  DELETE_FAILED: /delete-stack/,
  UPDATE_IN_PROGRESS: /^wait/,
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: /^wait/,
  UPDATE_COMPLETE: undefined,
  UPDATE_FAILED: /rollback-stack/,
  UPDATE_ROLLBACK_IN_PROGRESS: /^wait/,
  UPDATE_ROLLBACK_FAILED: /continue-update-rollback/,
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: /^wait/,
  UPDATE_ROLLBACK_COMPLETE: undefined,
  REVIEW_IN_PROGRESS: undefined,
  IMPORT_IN_PROGRESS: /^wait/,
  IMPORT_COMPLETE: undefined,
  IMPORT_ROLLBACK_IN_PROGRESS: /^wait/,
  IMPORT_ROLLBACK_FAILED: /continue-update-rollback/,
  IMPORT_ROLLBACK_COMPLETE: undefined,
} as const;

describe('a stack', () => {
  test.each(Object.entries(statuses))('in %s: what to do before a deployment is %s', (status, advice) => {
    const problem = stackProblem(status);
    if (advice === undefined) return expect(problem).toBeUndefined();
    expect(problem?.detail).toBe(`the stack slipway is in ${status}`);
    expect(problem?.advice).toMatch(advice);
  });

  test('that is not there can be deployed', () => {
    expect(stackProblem(undefined)).toBeUndefined();
  });

  const stack = (StackStatus: string, LastUpdatedTime?: Date) =>
    ({ StackStatus, LastUpdatedTime }) as Parameters<typeof stands>[0];
  const those = (hold: (status: string) => boolean) => Object.keys(statuses).filter(hold);

  test('stands after a deployment in three statuses only', () => {
    expect(those((status) => stands(stack(status)))).toEqual(['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'IMPORT_COMPLETE']);
  });

  test('that was rolled back before stands where the deployment had nothing to change', () => {
    const [then, now] = [new Date(1), new Date(2)];
    const standing = those((status) => !stands(stack(status)) && stands(stack(status, then), stack(status, then)));
    expect(standing).toEqual(['UPDATE_ROLLBACK_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE']);
    for (const status of standing) expect(stands(stack(status, now), stack(status, then))).toBe(false);
  });

  test.each([
    ['is read', () => ({ Stacks: [{ StackName: 'slipway' }] }), 'slipway'],
    [
      'may not be there',
      () => {
        throw Object.assign(new Error('Stack with id slipway does not exist'), { name: 'ValidationError' });
      },
      undefined,
    ],
  ])('%s', async (_, DescribeStacks, name) => {
    expect((await readStack(answeringCloud({ DescribeStacks }).cloud))?.StackName).toBe(name);
  });

  test('that may not be read is no stack that is not there', async () => {
    const DescribeStacks = () => {
      throw Object.assign(new Error('User is not authorized'), { name: 'AccessDenied' });
    };
    await expect(readStack(answeringCloud({ DescribeStacks }).cloud)).rejects.toThrow(/not authorized/);
  });
});
