import { describe, expect, test } from '@jest/globals';
import type { RecordedCall } from '@slipway/local-cloud';
import type { ProgressEvent } from '../../../workflow/events.ts';
import { boundOf } from '../../bench/time/bound.ts';
import { countsOf, kindOf, talliesOf, targetOf } from '../../bench/time/calls.ts';
import { figuresOf } from '../../bench/time/figures.ts';
import { barsOf, ganttOf } from '../../bench/time/gantt.ts';
import { invocationsIn } from '../../bench/time/measure.ts';
import { criticalCalls, criticalPath } from '../../bench/time/path.ts';
import { comparison, type Result, series, table } from '../../bench/time/print.ts';

const call = (service: string, action: string, over: Partial<RecordedCall> = {}): RecordedCall => ({
  time: '2026-11-26T00:00:00.000Z',
  service,
  action,
  region: 'us-east-1',
  principal: 'lambda:slipway-vpc',
  status: 200,
  durationMs: 1,
  mutating: false,
  ...over,
});

const event = (stage: ProgressEvent['stage'], status: ProgressEvent['status'], second: number, region = 'us-east-1') =>
  ({
    deployment: 'platform',
    execution: 'x',
    region,
    stage,
    status,
    at: new Date(second * 1000).toISOString(),
  }) as const;

const events = [
  event('vpc', 'started', 1),
  event('vpc', 'finished', 3),
  event('await-staging', 'started', 3),
  event('await-staging', 'finished', 9),
  event('await-staging', 'finished', 11, 'us-west-2'),
  event('await-production', 'finished', 20),
];

describe('the bound', () => {
  test('is what AWS takes from nothing to a healthy staging: a gateway, a task and its health check', () => {
    expect(boundOf('typical').staging).toBeGreaterThan(170);
    expect(boundOf('typical').staging).toBeLessThan(180);
  });

  test('grows with the durations, and not with the calls', () => {
    expect(boundOf('typical', 2).production).toBeCloseTo(2 * 66 + 0.08);
    expect(boundOf('p90').staging).toBeGreaterThan(boundOf('typical').staging);
  });
});

describe('calls', () => {
  test.each([
    ['dynamodb', 'PutItem', 'table'],
    ['sns', 'Publish', 'other'],
    ['sns', 'CreateTopic', 'platform'],
    ['states', 'StartExecution', 'other'],
    ['ecr', 'PutImage', 'registry'],
    ['ecr', 'CreateRepository', 'platform'],
    ['ec2', 'CreateVpc', 'platform'],
  ] as const)('%s:%s is one to the %s', (service, action, target) => {
    expect(targetOf(call(service, action))).toBe(target);
  });

  test.each([
    ['vpc', 'ec2', 'DescribeSubnets', 'subnet'],
    ['alb', 'ec2', 'AuthorizeSecurityGroupIngress', 'security-group'],
    ['plan', 'ec2', 'DescribeNatGateways', 'nat-gateway'],
    ['pipeline', 's3', 'GetBucketEncryption', '–'],
    ['vpc', 's3', 'GetBucketEncryption', 'artifact-bucket'],
    ['monitoring', 'monitoring', 'ListTagsForResource', 'alarm, dashboard'],
    ['await-staging', 'ecs', 'DescribeServices', 'service'],
    ['vpc', 'dynamodb', 'PutItem', '–'],
  ] as const)('of %s: %s:%s is for %s', (by, service, action, kind) => {
    expect(kindOf(call(service, action, { principal: `lambda:slipway-${by}` }))).toBe(kind);
  });

  test('are told by function, kind and service, those on the critical path among them', () => {
    const [first, ...others] = [call('ec2', 'CreateVpc', { mutating: true }), call('ec2', 'DescribeVpcs')];
    expect(talliesOf([first, ...others, call('dynamodb', 'Query')], new Set([first]))).toEqual([
      { by: 'vpc', kind: 'vpc', service: 'ec2', mutating: 1, reading: 1, critical: 1 },
      { by: 'vpc', kind: '–', service: 'dynamodb', mutating: 0, reading: 1, critical: 0 },
    ]);
  });

  test('are counted by what they are to, those that were throttled apart', () => {
    const counts = countsOf([
      call('ec2', 'CreateVpc', { mutating: true }),
      call('ec2', 'DescribeVpcs', { error: 'RequestLimitExceeded' }),
      call('dynamodb', 'Query'),
    ]);
    expect(counts).toEqual({ platform: 2, mutating: 1, registry: 0, table: 1, other: 0, throttled: 1 });
  });
});

describe('the critical path', () => {
  test('goes back from the end to what ended last before, and leaves out what went beside', () => {
    const spans = { plan: [0, 2], slow: [2, 8], quick: [2, 3], last: [8, 9] } as const;
    const names = Object.keys(spans) as (keyof typeof spans)[];
    expect(criticalPath(names, (name) => ({ from: spans[name][0], to: spans[name][1] }))).toEqual([
      'plan',
      'slow',
      'last',
    ]);
  });

  test("is that of the region that ended last, with what is called in the account's name", () => {
    const at = (second: number) => ({ time: new Date(second * 1000).toISOString(), durationMs: 500 });
    const own = [call('iam', 'GetRole', at(1)), call('ec2', 'CreateVpc', { ...at(2), region: 'us-west-2' })];
    const calls = [...own, call('ec2', 'CreateVpc', at(3))];
    const ends = [event('vpc', 'finished', 4), event('vpc', 'finished', 5, 'us-west-2')];
    expect(criticalCalls(calls, ends)).toEqual(own);
  });
});

const measured = {
  started: 0,
  ended: 21_000,
  answered: 12_000,
  events,
  transitions: { '': 7, 'us-east-1': 30, 'us-west-2': 28 },
  invocations: 3,
  invokedSeconds: 2,
  coldStarts: 1,
  calls: [call('ec2', 'CreateVpc', { mutating: true })],
};

test('invocations are those of Lambdas, whose times add up though branches are interleaved', () => {
  const at = (type: 'TaskScheduled' | 'TaskSucceeded' | 'TaskFailed', second: number, resource = 'lambda:invoke') => ({
    type,
    id: second,
    timestamp: new Date(second * 1000),
    [`${type.replace('T', 't')}EventDetails`]: { resourceType: 'lambda', resource: `arn:aws:states:::${resource}` },
  });
  const [sync, question] = ['states:startExecution.sync:2', 'lambda:invoke.waitForTaskToken'];
  const history = [
    at('TaskScheduled', 1, sync),
    at('TaskScheduled', 2),
    at('TaskScheduled', 3),
    at('TaskSucceeded', 5),
    at('TaskFailed', 8),
    at('TaskScheduled', 10, question),
    at('TaskSucceeded', 60, question),
    at('TaskSucceeded', 70, sync),
  ];
  expect(invocationsIn(history)).toEqual({ invocations: 3, invokedSeconds: 8 });
});

test("makespans are the last region's, on AWS's clock", () => {
  const figures = figuresOf('provision', measured, 0.5);
  expect(figures).toMatchObject({ seconds: 42, stagingSeconds: 22, productionSeconds: 16 });
  expect(figures).toMatchObject({ transitionsRoot: 7, transitionsRegion: 30, criticalCalls: 1 });
});

test('a chart has a bar for each stage, from its start to its end', () => {
  expect(barsOf(events.slice(0, 4))).toEqual([
    { stage: 'vpc', from: 1000, to: 3000 },
    { stage: 'await-staging', from: 3000, to: 9000 },
  ]);
  const created = call('ec2', 'CreateVpc', { time: new Date(2000).toISOString() });
  const svg = ganttOf(
    'us-east-1',
    [...events.slice(0, 4), event('nat', 'started', 1.5), event('nat', 'finished', 2.5)],
    [created],
    0,
    0.5,
  );
  expect(svg).toContain('us-east-1: 18 s');
  expect(svg.match(/<rect class="critical"/g)).toHaveLength(2);
  expect(svg.match(/<rect class="call"/g)).toHaveLength(1);
  expect(svg.match(/<rect class="beside"/g)).toHaveLength(1);
});

describe('what is printed', () => {
  const result: Result = {
    scale: 1,
    durations: 'typical',
    regions: 2,
    bound: { staging: 10, production: 4, destroy: 5 },
    figures: [figuresOf('provision', measured, 1)],
    planBundleKilobytes: 2,
    stageBundleKilobytes: 1,
    peakMemoryMegabytes: 3,
    peakLoad: 0.5,
  };

  test('each makespan stands beside its bound', () => {
    expect(table(result)).toMatch(/^healthy staging +11\.0 +10\.0 +1\.10$/m);
  });

  test('a machine that was too busy is named', () => {
    expect(table(result)).toContain('load of this machine: up to 0.5 a core\n');
    expect(table({ ...result, peakLoad: 4 })).toContain("up to 4.0 a core: times are not AWS's alone");
  });

  test('lives stand beside each other, with their transitions by region', () => {
    const wide = { ...result, regions: 8 };
    expect(series([result, wide])).toMatch(/^8, typical +11\.0 +1\.10 .* 7 \+ 8 × 30 +0$/m);
  });

  test('a comparison says what became better or worse', () => {
    const slower = { ...result, figures: [figuresOf('provision', { ...measured, started: -9000, calls: [] }, 1)] };
    expect(comparison(result, slower)).toContain('worse   healthy staging: seconds: 11.0 → 20.0');
    expect(comparison(result, slower)).toContain('better  provision: platform: 1.0 → 0.0');
    expect(comparison(result, { ...result, stageBundleKilobytes: 4 })).toBe(
      '\nworse   largest bundle of a stage, kB: 1.0 → 4.0\n',
    );
    expect(comparison(result, result)).toBe('\nno change of more than 2 %\n');
  });
});
