import { describe, expect, test } from '@jest/globals';
import { parseInput } from '../../../workflow/input.ts';
import { problemsText } from '../../../workflow/problems.ts';
import { inputOf, problemsOf } from '../../support/parsed-input.ts';

describe('a good input', () => {
  test.each([
    ['an empty object', {}],
    ["the console's prefilled Comment", { Comment: 'Insert your JSON here' }],
  ])('%s is the platform of the diagrams', (_, raw) => {
    expect(inputOf(raw)).toMatchObject({
      deployment: 'platform',
      regions: [
        { region: 'us-east-1', cidr: '10.0.0.0/16' },
        { region: 'us-west-2', cidr: '10.1.0.0/16' },
      ],
      zoneCount: 2,
      app: { port: 8080, cpu: 256, memory: 512, desiredCount: 2, minCount: 2, maxCount: 10 },
      alarms: {
        cpuPercent: 80,
        memoryPercent: 80,
        http5xxCount: 10,
        responseSeconds: 1,
        unhealthyTargets: 0,
        periodSeconds: 300,
      },
    });
  });

  test.each([
    ['an input without any', {}, ['a@example.com'], ['b@example.com']],
    [
      'one with other settings beside them',
      { alarms: { cpuPercent: 50 }, pipeline: { branch: 'x' } },
      ['a@example.com'],
      ['b@example.com'],
    ],
    ['one with its own', { alarms: { emails: ['o@example.com'] } }, ['a@example.com'], ['o@example.com']],
    ['one that wants nobody', { alarms: { emails: [] }, pipeline: { approvalEmails: [] } }, [], []],
  ])('takes the addresses of `deploy` for %s', (_, raw, approvers, alarmed) => {
    const parsed = parseInput(raw, { approvalEmails: ['a@example.com'], alarmEmails: ['b@example.com'] });
    expect(parsed).toMatchObject({ input: { pipeline: { approvalEmails: approvers }, alarms: { emails: alarmed } } });
  });

  test.each(['main', 'release/1.x', 'a-b_c', 'x.locks', 'HEAD/x', 'a1'.repeat(21)])(
    'may name the branch %s',
    (branch) => {
      expect(inputOf({ pipeline: { branch } }).pipeline.branch).toBe(branch);
    },
  );
});

describe('a bad input is refused with the JSON path', () => {
  test.each<[string, unknown, string]>([
    ['a number instead of an object', 5, '$: '],
    ['a list instead of an object', [], '$: '],
    ['an unknown key', { region: 'us-east-1' }, '$.region: unknown key'],
    ['an unknown key inside', { app: { ports: 1 } }, '$.app.ports: unknown key'],
    ['a string for a number', { zoneCount: '2' }, '$.zoneCount: '],
    ['one zone', { zoneCount: 1 }, '$.zoneCount: a load balancer needs two zones'],
    ['no region', { regions: [] }, '$.regions: name at least one region'],
    [
      'an unknown region',
      { regions: [{ region: 'mars-1', cidr: '10.0.0.0/16' }] },
      '$.regions[0].region: not a region that Slipway knows (got "mars-1")',
    ],
    [
      'a malformed network',
      { regions: [{ region: 'us-east-1', cidr: '10.0.0/16' }] },
      '$.regions[0].cidr: write it as a network',
    ],
    [
      'host bits',
      { regions: [{ region: 'us-east-1', cidr: '10.0.0.1/16' }] },
      '$.regions[0].cidr: the address has host bits set',
    ],
    [
      'a network that is too large',
      { regions: [{ region: 'us-east-1', cidr: '10.0.0.0/8' }] },
      '$.regions[0].cidr: the prefix /8',
    ],
    [
      'a network that is too small',
      { regions: [{ region: 'us-east-1', cidr: '10.0.0.0/24' }] },
      '$.regions[0].cidr: the prefix /24',
    ],
    [
      'a public network',
      { regions: [{ region: 'us-east-1', cidr: '8.8.0.0/16' }] },
      '$.regions[0].cidr: it must lie in a private range',
    ],
    [
      'networks that overlap',
      {
        regions: [
          { region: 'us-east-1', cidr: '10.0.0.0/16' },
          { region: 'us-west-2', cidr: '10.0.16.0/20' },
        ],
      },
      '$.regions[1].cidr: 10.0.16.0/20 overlaps 10.0.0.0/16 of regions[0]',
    ],
    [
      'the same region twice',
      {
        regions: [
          { region: 'us-east-1', cidr: '10.0.0.0/16' },
          { region: 'us-east-1', cidr: '10.1.0.0/16' },
        ],
      },
      '$.regions[1].region: us-east-1 is already regions[0]',
    ],
    [
      "another region's certificate",
      {
        regions: [
          {
            region: 'us-east-1',
            cidr: '10.0.0.0/16',
            certificateArn: 'arn:aws:acm:us-west-2:123456789012:certificate/ab',
          },
        ],
      },
      '$.regions[0].certificateArn: the certificate is in us-west-2',
    ],
    ...['a..b', '-x', '/x', 'x/', 'x//y', '.x', 'x/.y', 'x.', 'x.lock', 'x.lock/y', 'HEAD', 'a1'.repeat(20), 'a b'].map(
      (branch): [string, unknown, string] => [`the branch ${branch}`, { pipeline: { branch } }, '$.pipeline.branch: '],
    ),
    ...['{"tags":', '{"app":{"environment":', '{"app":{"secrets":', '{"prices":', '{"approval":', ''].map(
      (before): [string, unknown, string] => [
        `a name that objects lose after ${before}`,
        JSON.parse(`${before}{"__proto__":"x"}${'}'.repeat(before.split('{').length - 1)}`),
        `$${[...before.matchAll(/"(\w+)"/g)].map(([, name]) => `.${name}`).join('')}.__proto__: this name is not available`,
      ],
    ),
    ['a threshold out of range', { alarms: { cpuPercent: 150 } }, '$.alarms.cpuPercent: '],
    [
      'a period that is no whole minute',
      { alarms: { periodSeconds: 90 } },
      '$.alarms.periodSeconds: CloudWatch counts in whole minutes',
    ],
    [
      'something that is no e-mail address',
      { alarms: { emails: ['ops'] } },
      '$.alarms.emails[0]: not an e-mail address (got "ops")',
    ],
    [
      'a retention that CloudWatch lacks',
      { logRetentionDays: 31 },
      '$.logRetentionDays: CloudWatch Logs keeps logs for one of',
    ],
    ['a name that is too long', { deployment: 'a'.repeat(21) }, '$.deployment: 2 to 20 of'],
    [
      'a name that ELB refuses',
      { deployment: 'internal-shop' },
      '$.deployment: the load balancer would be named internal-shop-alb: names of load balancers may not start with internal-',
    ],
    ['an unknown mode', { mode: 'destroy' }, '$.mode: '],
  ])('%s', (_, raw, expected) => {
    expect(problemsOf(raw).filter((problem) => problem.startsWith(expected))).toHaveLength(1);
  });

  test('all problems at once', () => {
    const problems = problemsOf({ foo: 1, zoneCount: 9, app: { port: 1 }, alarms: { cpuPercent: -1 } });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      '$.alarms.cpuPercent',
      '$.app.port',
      '$.foo',
      '$.zoneCount',
    ]);
  });
});

test('of very many problems the first are told, and how many more there are', () => {
  const regions = Array.from({ length: 150 }, () => ({ region: 'us-east-1', cidr: '10.0.0.0/16' }));
  const parsed = parseInput({ regions });
  const text = problemsText('problems' in parsed ? parsed.problems : []);
  expect(text.length).toBeLessThan(10_000);
  expect(text.split('\n').at(-1)).toMatch(/^… and \d+ more problems$/);
});

test.each([
  ['null', null],
  ['nothing', undefined],
  ['a list', []],
  ['text', '{}'],
])('%s is no empty input: one that got lost is not the default', (_, raw) => {
  expect(parseInput(raw)).toEqual({ problems: [{ path: '$', message: expect.stringContaining('expected object') }] });
});
