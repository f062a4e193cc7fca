import { SFNClient } from '@aws-sdk/client-sfn';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { childPrefix, lifeOf } from '../../../../lambdas/aws/executions.ts';

const root = 'arn:aws:states:us-east-1:000000000000:execution:slipway-provision:run';

let described: { status: string; redriveCount?: number };
let running: Record<string, readonly string[]>;
beforeEach(() => {
  described = { status: 'ABORTED' };
  running = {};
});

/** DescribeExecution of the root, and ListExecutions of the machines that it starts. */
const stepFunctions = Object.assign(new SFNClient({ region: 'us-east-1' }), {
  send: async (command: { input: { stateMachineArn?: string; statusFilter?: string } }) => {
    if (command.constructor.name === 'DescribeExecutionCommand') return described;
    const machine = command.input.stateMachineArn?.split(':').at(-1) ?? '';
    const executions = (running[machine] ?? []).map((name) => ({ name, executionArn: `${machine}:${name}` }));
    return command.input.statusFilter === 'RUNNING' ? { executions: [...executions, {}] } : {};
  },
});
const look = () => lifeOf(stepFunctions, root);

// Of executions that an older version started as well.
test('the names of the executions that one starts never change', () => {
  expect([0, 1].map((redriveCount) => childPrefix(root, redriveCount))).toEqual([
    'efb180d8ed57b6e8',
    '08d329a23b707664',
  ]);
});

describe('whether an execution still runs', () => {
  test.each(['RUNNING', 'PENDING_REDRIVE'])('%s: yes', async (status) => {
    described = { status };
    await expect(look()).resolves.toBe('running');
  });

  test.each([
    ['SUCCEEDED', 'ended'],
    ['FAILED', 'ended'],
    ['TIMED_OUT', 'ended'],
    ['ABORTED', 'stopped'],
  ])('%s: no', async (status, life) => {
    described = { status };
    running = { 'slipway-provision-region': ['somebody-elses'] };
    await expect(look()).resolves.toBe(life);
  });

  test.each([
    ['it started', undefined, 0],
    ['its redrive started', 2, 2],
    ['it started before it was redriven', 2, 0],
  ])('is waited for while an execution that %s has not ended', async (_, redriveCount, of) => {
    described = { status: 'ABORTED', ...(redriveCount === undefined ? {} : { redriveCount }) };
    const name = `${childPrefix(root, of)}-us-east-1-promote`;
    running = { 'slipway-promote-region': [name] };
    await expect(look()).rejects.toMatchObject({
      name: 'TransientError',
      message: expect.stringContaining(`slipway-promote-region:${name} that it started still runs`),
    });
  });
});
