import { describe, expect, test } from '@jest/globals';
import {
  approvalMail,
  changesQuestion,
  promotionQuestion,
  removalQuestion,
} from '../../../../lambdas/approval/mail.ts';
import type { ApprovalRequest } from '../../../../lambdas/store/approvals.ts';
import type { PlannedChange, PlanSummary } from '../../../../workflow/documents.ts';
import { costLines } from '../../../../workflow/prices.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const [east, west] = [regionConfig(), secondaryConfig()] as const;
const digest = 'd'.repeat(64);
const plan = (over: Partial<PlanSummary> = {}): PlanSummary => ({
  digest,
  counts: { create: 1, update: 2, replace: 0, delete: 0, unchanged: 5 },
  hasChanges: true,
  production: true,
  askFirst: true,
  ...over,
});
const change = (over: Partial<PlannedChange>): PlannedChange => ({
  region: 'us-east-1',
  stage: 'deploy-production',
  kind: 'service',
  key: 'production',
  action: 'update',
  differences: [],
  impact: 'serving',
  ...over,
});
const unreachable = [{ region: 'us-west-2', error: { Error: 'TransientError', Cause: 'us-west-2 does not answer' } }];
const end = (...configs: Parameters<typeof costLines>[0]) => [
  'Estimated monthly cost after this run:',
  ...costLines(configs).map((line) => `  ${line}`),
  '',
  `Whole plan of this run: 1 create, 2 update, 5 unchanged; digest ${digest}`,
];

test('a question says who will not be asked or told later', () => {
  const silent = {
    ...east,
    pipeline: { ...east.pipeline, approvalEmails: [] },
    alarms: { ...east.alarms, emails: [] },
  };
  const { summary } = changesQuestion({ deployment: 'shop', plan: plan(), changes: [], regions: [silent] });
  expect(summary.split('\n').filter((line) => line.startsWith('NOBODY'))).toEqual([
    expect.stringContaining('when the pipeline is about to deploy production'),
    expect.stringContaining('when an alarm goes off'),
  ]);
});

test('before changes: what each region gets, who is left out, and what it costs', () => {
  const changes = [
    change({ stage: 'alb', kind: 'listener', key: 'http', differences: [{ path: 'port', was: 80, want: 81 }] }),
    change({
      ...{ stage: 'ecs', kind: 'task-definition', key: 'staging' },
      differences: [{ path: 'command', was: '${role/execution.arn}', want: ['${HOME}'] }],
    }),
    change({ stage: 'vpc', kind: 'vpc', key: 'main', action: 'unchanged' }),
  ];
  expect(changesQuestion({ deployment: 'shop', plan: plan(), changes, regions: [east], unreachable })).toEqual({
    question: 'Change shop in production?',
    summary: [
      'This changes something that production depends on, or replaces or deletes something.',
      'If you approve, production is deployed in the same run once staging is healthy; you are not asked again.',
      '',
      'us-east-1:',
      '  update listener/http',
      '    port: 80 -> 81',
      '  update task-definition/staging',
      '    command: "<arn of role/execution>" -> ["${HOME}"]',
      '',
      'us-west-2: DID NOT ANSWER and is left out (TransientError: us-west-2 does not answer)',
      '',
      ...end(east),
    ].join('\n'),
  });
});

test('a change that does not touch production’s tasks does not speak of deploying them', () => {
  const { summary } = changesQuestion({
    deployment: 'shop',
    plan: plan({ production: false }),
    changes: [],
    regions: [east],
  });
  expect(summary.split('\n')[1]).toBe('');
});

test('before production: staging’s address, the image, failed and silent regions', () => {
  const outputs = { 'load-balancer': { main: { id: 'lb', dnsName: 'lb.example' } }, service: { staging: { id: 's' } } };
  const provisioned = [
    { region: 'us-east-1', config: east, outputs },
    { region: 'eu-west-1', error: { Error: 'QuotaError', Cause: 'no room' } },
  ];
  const changes = [
    change({ action: 'create' }),
    // Not before production, of another region, and nothing to do.
    change({ stage: 'vpc', kind: 'vpc', key: 'main' }),
    change({ region: 'us-west-2', key: 'other' }),
    change({ key: 'as-it-is', action: 'unchanged' }),
  ];
  expect(promotionQuestion({ deployment: 'shop', plan: plan(), changes, provisioned, unreachable })).toEqual({
    question: 'Deploy shop to production?',
    summary: [
      'us-east-1:',
      '  staging is healthy: http://lb.example/staging',
      '  create service/production',
      `  image ${east.image.digest}`,
      '',
      'eu-west-1: FAILED and is left out (QuotaError: no room)',
      '',
      'us-west-2: DID NOT ANSWER and is left out (TransientError: us-west-2 does not answer)',
      '',
      ...end(east),
    ].join('\n'),
  });
});

test('before a removal: everything that goes, and what is kept', () => {
  const going = [{ region: west.region, kind: 'vpc', key: 'main', id: 'vpc-1' }] as const;
  const kept = [{ region: east.region, kind: 'repository', key: 'app', id: 'shop-app' }] as const;
  const summary = ['1 resources will be removed for good:', '  us-west-2 vpc/main (vpc-1)', ''];
  expect(removalQuestion({ deployment: 'shop', plan: plan(), going, kept })).toEqual({
    question: 'Destroy shop, production included?',
    summary: [
      ...summary,
      'Kept, because they hold data:',
      '  us-east-1 repository/app (shop-app)',
      '',
      `Digest ${digest}`,
    ].join('\n'),
  });
  expect(removalQuestion({ deployment: 'shop', plan: plan(), going, kept: [] }).summary).toBe(
    [...summary, 'Nothing is kept.', '', `Digest ${digest}`].join('\n'),
  );
});

test('what just fits is shown whole', () => {
  const fitting = Array.from({ length: 150 }, (_, index) => change({ key: `k${index}` }));
  const going = fitting.map(({ region, kind, key }) => ({ region, kind, key, id: key }));
  const shown = [
    changesQuestion({ deployment: 'shop', plan: plan(), changes: fitting, regions: [east] }),
    removalQuestion({ deployment: 'shop', plan: plan(), going, kept: [] }),
  ];
  for (const { summary } of shown) {
    expect(summary).toContain('service/k149');
    expect(summary).not.toContain('… and');
  }
});

describe('a plan that is too large to read', () => {
  const located = { document: { bucket: 'slipway-plans', key: 'shop/e.json' } };
  const tags = Array.from({ length: 20 }, (_, index) => ({ path: `tags.t${index}`, was: 'x'.repeat(255), want: 'y' }));
  const regions = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-southeast-1', 'ap-northeast-1'];
  const changes = regions.flatMap((region) =>
    Array.from({ length: 90 }, (_, index) =>
      change({ region, stage: 'alb', kind: 'listener-rule', key: `k${index}`, differences: tags }),
    ),
  );
  const configs = regions.map((region) => ({ ...east, region }));
  const larger = { deployment: 'shop', plan: plan(located), changes, regions: configs };

  test('has its first changes by region, the number of the others, and where all of them are', () => {
    const { summary } = changesQuestion(larger);
    expect(summary.split('\n').filter((line) => line.startsWith('  …'))).toEqual(
      regions.map(() => '  … and 89 more changes'),
    );
    expect(summary).toContain('Every change: s3://slipway-plans/shop/e.json');
    expect(Buffer.byteLength(summary)).toBeLessThan(64 * 1024);
  });

  test('is as short before production, and where everything goes', () => {
    const provisioned = configs.map((config) => ({ region: config.region, config, outputs: {} }));
    const later = changes.map((each) => ({ ...each, stage: 'deploy-production' as const }));
    const { summary } = promotionQuestion({ ...larger, changes: later, provisioned });
    expect(summary.match(/… and 89 more changes/g)).toHaveLength(6);
    const going = changes.map(({ region, kind, key }) => ({ region, kind, key, id: 'i'.repeat(100) }));
    const removal = removalQuestion({ deployment: 'shop', plan: plan(), going, kept: [] }).summary;
    expect(removal).toContain('540 resources will be removed for good:');
    expect(removal).toContain('  … and 390 more');
    expect(Buffer.byteLength(removal)).toBeLessThan(64 * 1024);
  });
});

describe('the mail', () => {
  const executionArn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-provision:e';
  const request = {
    id: 'i'.repeat(43),
    execution: 'e',
    executionArn,
    question: 'Deploy shop to production?',
    summary: 'all of it',
    taskToken: 'secret',
    approvalUrl: 'https://approvals.example',
    closesAt: '2026-01-02T00:00:00.000Z',
  } as ApprovalRequest;

  test('holds the question, two links, the command line’s words and the time', () => {
    const link = `https://approvals.example/approvals/${request.id}`;
    expect(approvalMail(request)).toEqual({
      subject: '[Slipway] Deploy shop to production?',
      message: [
        'Deploy shop to production?',
        '',
        'all of it',
        '',
        `Approve: ${link}?decision=approve`,
        `Reject:  ${link}?decision=reject`,
        '',
        'The link opens a page that asks once more; nothing happens before you answer there.',
        'From the command line: npx slipway approve e   (or: npx slipway reject e)',
        'No answer by 2026-01-02T00:00:00.000Z is a rejection.',
        '',
        `Console: https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/${executionArn}`,
      ].join('\n'),
    });
  });

  test('never holds the task token', () => {
    expect(JSON.stringify(approvalMail(request))).not.toContain('secret');
  });
});
