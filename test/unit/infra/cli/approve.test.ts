import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { executionArn, knows, slipway } from '../../../support/command-line.ts';

const provision = executionArn('provision', 'run-1');

const question = {
  deployment: 'platform',
  execution: 'run-1',
  executionArn: provision,
  digest: 'd1',
  step: 'approve-production',
  taskToken: 'token',
  question: 'Deploy platform to production?',
  summary: 'us-east-1:\n  create service/production',
  approvalUrl: 'https://approvals.example',
  closesAt: '2999-01-01T00:00:00.000Z',
};
const asking = (fields: object = {}, arn = provision) => [
  { pk: `QUESTIONS#${arn}`, sk: 'd1', id: 'q1' },
  { pk: 'APPROVAL#q1', sk: 'REQUEST', ...question, ...fields },
];
const approvalPage = (status: number) =>
  jest.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('<p>O&#39;Brien</p>', { status }));

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each([
  ['approve', 'Approved. The run goes on.'],
  ['reject', 'Rejected. The run ends.'],
])('%s', (command, done) => {
  const answers = { DescribeExecution: knows(provision) };

  test.each([
    ['--yes', ['--yes'], undefined],
    ['a yes on the terminal', [], 'yes'],
  ] as const)('shows the question and answers it after %s', async (_, args, says) => {
    const page = approvalPage(200);
    const ran = await slipway([command, 'run-1', '--by', 'somebody', ...args], {
      items: asking(),
      answers,
      ...(says === undefined ? {} : { says }),
    });
    expect(ran).toMatchObject({ status: 0, stdout: done });
    expect(ran.stderr).toContain('Deploy platform to production?\n\nus-east-1:\n  create service/production');
    expect(page.mock.calls).toEqual([
      [
        'https://approvals.example/approvals/q1',
        { method: 'POST', body: new URLSearchParams({ decision: command, by: 'somebody' }) },
      ],
    ]);
  });

  test('is told by a user id without a name, as containers have', async () => {
    jest.spyOn(os, 'userInfo').mockImplementation(() => {
      throw Object.assign(new Error('uv_os_get_passwd returned ENOENT'), { code: 'ERR_SYSTEM_ERROR' });
    });
    syncBuiltinESMExports();
    const page = approvalPage(200);
    const ran = await slipway([command, 'run-1', '--yes'], { items: asking(), answers });
    jest.restoreAllMocks();
    syncBuiltinESMExports();
    expect(ran).toMatchObject({ status: 0, stdout: done });
    expect(String(page.mock.calls[0]?.[1]?.body)).toMatch(/&by=(uid\+\d+|\w+)$/);
  });

  test.each([
    ['without a terminal', undefined, /no terminal to ask on: nothing was done/],
    ['after a no', 'no', /not confirmed: nothing was done/],
  ] as const)('does nothing %s', async (_, says, message) => {
    const page = approvalPage(200);
    const ran = await slipway([command, 'run-1'], {
      items: asking(),
      answers,
      ...(says === undefined ? {} : { says }),
    });
    expect([ran.status, ran.stdout, page.mock.calls]).toEqual([1, '', []]);
    expect(ran.stderr).toMatch(message);
  });

  test.each([
    ['is asked nothing', [], 404, /is not waiting for an answer, or the time to answer has passed/],
    ['was asked too long ago', asking({ closesAt: '2000-01-01T00:00:00Z' }), 404, /the time to answer has passed/],
    [
      'was answered',
      asking({ decision: { decision: 'rejected', by: "O'Brien", at: 'noon', from: '192.0.2.1' } }),
      409,
      /already rejected by O'Brien at noon/,
    ],
    ['has ended', asking(), 410, /the run that asks this has ended: the answer changes nothing/],
  ])('says so where the execution %s', async (_, items, pageStatus, message) => {
    approvalPage(pageStatus);
    const ran = await slipway([command, 'run-1', '--yes'], { items, answers });
    expect([ran.status, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toMatch(message);
  });

  test('writes out control characters of what others typed', async () => {
    approvalPage(200);
    const items = asking({ summary: 'by \u001b[2Jme' });
    const { stderr } = await slipway([command, 'run-1', '--yes'], { items, answers });
    expect(stderr).toContain('by \\u001b[2Jme');
  });
});
