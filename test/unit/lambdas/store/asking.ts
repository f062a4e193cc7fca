import { openRequest } from '../../../../lambdas/store/approvals.ts';
import { askedWrite } from '../../../../lambdas/store/asked.ts';
import { type Table, transact } from '../../../../lambdas/store/table.ts';
import { inputSchema } from '../../../../workflow/input.ts';

export const run = (name: string, minute: number, machine = 'provision') => ({
  name,
  arn: `arn:aws:states:us-east-1:123456789012:execution:slipway-${machine}:${name}`,
  startedAt: `2026-01-01T00:0${minute}:00.000Z`,
});
export const [first, second] = [run('first', 1), run('second', 2)] as const;
export const small = inputSchema.parse({ app: { cpu: 256 } });
export const large = inputSchema.parse({ app: { cpu: 512, memory: 1024 } });
export const now = new Date('2026-01-01T00:10:00.000Z');

export const writeAsked = (...[on, ...what]: Parameters<typeof askedWrite>) =>
  transact(on, [askedWrite(on, ...what)], 'asked');
export const ask = (table: Table, execution: typeof first, digest = 'd1') =>
  openRequest(table, {
    deployment: 'platform',
    execution: execution.name,
    executionArn: execution.arn,
    digest,
    step: 'approve-production',
    question: 'Deploy platform to production?',
    summary: '',
    taskToken: 'token',
    approvalUrl: 'https://approvals',
    closesAt: '2026-01-02T00:00:00.000Z',
  });
export const answer = (decision: 'approved' | 'rejected', by = 'ann') => ({
  decision,
  by,
  at: now.toISOString(),
  from: '192.0.2.1',
});
