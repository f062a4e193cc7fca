import { describe, expect, test } from '@jest/globals';
import { findRequest } from '../../../../lambdas/store/approvals.ts';
import { approvalOf } from '../../../../lambdas/store/approved.ts';
import { readPlan } from '../../../../lambdas/store/plans.ts';
import {
  latestExecution,
  readEvents,
  readReport,
  readStanding,
  readStandingReport,
} from '../../../../lambdas/store/reports.ts';
import { memoryTable } from '../../../support/table-double.ts';

/**
 * What version 1 stores, every field filled in. Frozen: what is added later finds a default, and what can't be read any
 * more raises the version. A row is never changed.
 */
const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-provision:run';
const at = '2026-01-01T00:00:00.000Z';
const decision = { decision: 'approved', by: 'ann', at };
const counts = { create: 1, update: 0, replace: 0, delete: 0, unchanged: 2 };
const error = { Error: 'QuotaError', Cause: 'no room' };
const report = {
  deployment: 'platform',
  execution: 'run',
  outcome: 'failed',
  error,
  reason: 'another run',
  decision,
  plan: {
    digest: 'd1',
    document: { bucket: 'plans', key: 'platform/run.json' },
    counts,
    hasChanges: true,
    production: true,
    askFirst: false,
  },
  regions: [
    {
      region: 'us-east-1',
      status: 'failed',
      error,
      urls: { staging: 'http://alb/staging' },
      outputs: { vpc: { main: { id: 'vpc-1' } }, 'a-kind-of-then': { main: { id: 'x', arn: 'arn:x' } } },
    },
  ],
  timeline: [{ region: 'us-east-1', stage: 'a-stage-of-then', startedAt: at, durationSeconds: 1.5 }],
  kept: ['us-east-1 repository/main (platform-app)'],
  unmanaged: ['us-east-1 topic platform-alarms'],
  unasked: ['ap-east-1'],
};
const event = {
  deployment: 'platform',
  execution: 'run',
  region: 'us-east-1',
  stage: 'a-stage-of-then',
  status: 'waiting',
  at,
  durationSeconds: 1.5,
  pending: [{ kind: 'a-kind-of-then', key: 'main', reason: 'it is being made' }],
  detail: 'all is well',
};
const question = {
  deployment: 'platform',
  execution: 'run',
  executionArn: arn,
  digest: 'd1',
  step: 'approve-production',
  question: 'Deploy platform to production?',
  summary: 'everything',
  taskToken: 'token',
  approvalUrl: 'https://approvals',
  closesAt: '2099-01-01T00:00:00.000Z',
  mailed: true,
  decision: { ...decision, from: '192.0.2.1' },
  endedAt: at,
  delivered: true,
};
const standing = {
  going: [{ region: 'us-east-1', kind: 'vpc', key: 'main', id: 'vpc-1', arn: 'arn:vpc' }],
  kept: [{ region: 'us-east-1', kind: 'repository', key: 'main', id: 'platform-app' }],
};
const change = {
  region: 'us-east-1',
  stage: 'alb',
  kind: 'target-group',
  key: 'production',
  action: 'update',
  differences: [{ path: 'healthCheck.path', was: '/health', want: '/', deferred: true }],
  deferredTo: 'deploy-production',
  waiting: 'it is being made',
  impact: 'serving',
  touchesProduction: true,
};
const region = {
  region: 'us-east-1',
  network: { zones: [{}, {}] },
  app: { minCount: 2, maxCount: 10, cpu: 256, memory: 512 },
  prices: { natGateway: 0.045 },
};
const plan = { changes: [change], regions: [region] };
const location = { bucket: 'plans', key: 'platform/run.json' };

const [deployment, execution] = ['DEPLOYMENT#platform', `EXECUTION#${arn}`];
const tableOf = (pk: string, sk: string, fields: object) => memoryTable([{ pk, sk, expiresAt: 1, ...fields }]).table;
const home = (document: object) =>
  ({
    scope: { region: 'us-east-1' },
    client: () => ({
      send: async () => ({ Body: { transformToString: async () => JSON.stringify(document) } }),
    }),
  }) as unknown as Parameters<typeof readPlan>[0];
const now = new Date(at);

interface Stored {
  readonly what: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly read: (fields: object) => Promise<unknown>;
  readonly expected: unknown;
  /** A field without which there is nothing to go by. */
  readonly needed: object;
}
const stored: readonly Stored[] = [
  {
    what: 'a report',
    fields: { report },
    read: (fields) => readReport(tableOf(execution, 'REPORT', fields), arn),
    expected: report,
    needed: { report: { ...report, outcome: undefined } },
  },
  {
    what: 'the report of what stands',
    fields: { report },
    read: (fields) => readStandingReport(tableOf(deployment, 'OUTPUTS', fields), 'platform'),
    expected: report,
    needed: { report: { ...report, regions: undefined } },
  },
  {
    what: 'a question',
    fields: question,
    read: (fields) => findRequest(tableOf('APPROVAL#q', 'REQUEST', fields), 'q', now),
    expected: { ...question, id: 'q' },
    needed: { ...question, step: 'no-step' },
  },
  {
    what: 'an approval',
    fields: { decision, closesAt: '2099-01-01T00:00:00.000Z' },
    read: (fields) => approvalOf(tableOf(deployment, 'APPROVED#d1', fields), 'platform', 'd1', now),
    expected: decision,
    needed: { decision: {}, closesAt: '2099-01-01T00:00:00.000Z' },
  },
  {
    what: 'what stands',
    fields: standing,
    read: (fields) => readStanding(tableOf(execution, 'STANDING', fields), arn),
    expected: standing,
    needed: { going: standing.going },
  },
  {
    what: 'a plan',
    fields: plan,
    read: (fields) => readPlan(home(fields), location),
    expected: plan,
    needed: { ...plan, changes: [{ ...change, kind: 'a-kind-of-then' }] },
  },
  {
    what: 'the newest execution',
    fields: { execution: arn },
    read: (fields) => latestExecution(tableOf(deployment, 'LATEST', fields), 'platform'),
    expected: arn,
    needed: { execution: 1 },
  },
];

describe.each(stored)('$what', ({ fields, read, expected, needed }) => {
  test.each([
    ['of version 1', { schemaVersion: 1, ...fields }],
    ['from before there was a version', fields],
  ])('%s is read', async (_, item) => {
    expect(await read(item)).toEqual(expected);
  });

  test.each([
    ['of a later version', { ...fields, schemaVersion: 2 }, /\$\.schemaVersion: /],
    ['without what it is about', needed, /\$\./],
  ])('%s says to start again', async (_, item, problem) => {
    await expect(read(item)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(new RegExp(`another version of Slipway.*; start again:\\n${problem.source}`)),
    });
  });
});

test('an event of then is told, one that can’t be read is left out, and no run fails for it', async () => {
  const { table } = memoryTable([
    { pk: execution, sk: 'EVENT#1', ...event, expiresAt: 1 },
    { pk: execution, sk: 'EVENT#2', ...event, status: 'a-status-of-then' },
  ]);
  expect(await readEvents(table, arn)).toEqual([event]);
});

test('a plan is read as it was made: what is not there yet has no value, and what goes has none afterwards', async () => {
  const differences = [
    { path: 'tags.new', was: undefined, want: 'v' },
    { path: 'ingress[0]', was: 'open', want: undefined, replace: true },
    { path: 'pattern', was: 1, want: 2, release: true },
  ];
  const { changes } = await readPlan(home({ ...plan, changes: [{ ...change, differences }] }), location);
  expect(changes[0]?.differences).toEqual(differences);
});

test('what stands is never taken for nothing', async () => {
  await expect(readStanding(memoryTable().table, arn)).rejects.toThrow(`what ${arn} found standing was not kept`);
});
