import { describe, expect, test } from '@jest/globals';
import { readableError } from '../../../workflow/causes.ts';
import { network, overlap, subnet24 } from '../../../workflow/cidr.ts';
import type { RegionResult } from '../../../workflow/documents.ts';
import { eventMail, type ProgressEvent } from '../../../workflow/events.ts';
import { chooseZones, type Zone } from '../../../workflow/regions.ts';
import { conclude, reportText, timelineOf } from '../../../workflow/report.ts';
import { regionConfig } from '../../support/region-config.ts';

describe('cidr', () => {
  test.each([
    ['10.0.0.0/16', 1, '10.0.1.0/24'],
    ['10.0.0.0/16', 12, '10.0.12.0/24'],
    ['10.1.0.0/16', 11, '10.1.11.0/24'],
    ['172.16.240.0/20', 14, '172.16.254.0/24'],
  ])('subnet24(%s, %i) is %s', (cidr, index, expected) => {
    expect(subnet24(cidr, index)).toBe(expected);
  });

  test.each([
    ['10.0.0.0/16', '10.1.0.0/16', false],
    ['10.0.0.0/16', '10.0.255.0/24', true],
    ['10.0.16.0/20', '10.0.0.0/16', true],
    ['10.0.0.0/17', '10.0.128.0/17', false],
  ])('overlap(%s, %s) is %s', (one, other, expected) => {
    expect(overlap(network(one), network(other))).toBe(expected);
  });
});

describe('chooseZones', () => {
  const zone = (name: string, over: Partial<Zone> = {}): Zone => ({
    name,
    id: `id-${name}`,
    type: 'availability-zone',
    state: 'available',
    ...over,
  });
  const three = [zone('x'), zone('y'), zone('z')];
  test.each<[string, Zone[], Record<string, string>, number, string[]]>([
    ['takes the first by name', [zone('z'), zone('x'), zone('y')], {}, 2, ['x', 'y']],
    ['leaves local zones out', [zone('x', { type: 'local-zone' }), zone('y'), zone('z')], {}, 2, ['y', 'z']],
    [
      'leaves zones out in which Fargate does not run',
      [zone('x', { id: 'use1-az3' }), zone('y'), zone('z')],
      {},
      2,
      ['y', 'z'],
    ],
    ['leaves impaired zones out', [zone('x', { state: 'impaired' }), zone('y'), zone('z')], {}, 2, ['y', 'z']],
    ['stays with the zones that subnets stand in', three, { a: 'z', b: 'y' }, 2, ['z', 'y']],
    ['leaves the last behind when fewer are asked for', three, { a: 'z', b: 'y', c: 'x' }, 2, ['z', 'y']],
    ['adds to the zones that subnets stand in', three, { a: 'z', b: 'y' }, 3, ['z', 'y', 'x']],
    ['leaves each letter its zone where another has lost its own', three, { b: 'x' }, 2, ['y', 'x']],
    ['gives no letter a zone that a letter after it has', three, { c: 'x' }, 2, ['y', 'z']],
  ])('%s', (_, zones, standing, count, expected) => {
    expect(chooseZones(zones, standing, count)).toEqual(expected);
  });

  test('refuses a region with too few', () => {
    expect(() => chooseZones([zone('a')], {}, 2)).toThrow('2 zones are asked for and only 1 can run Fargate tasks: a');
  });
});

describe('readableError', () => {
  const lambda = JSON.stringify({ errorType: 'QuotaError', errorMessage: 'no room', trace: [] });
  test.each<[string, { Error?: string; Cause?: string }, { Error: string; Cause: string }]>([
    ["reads a Lambda's cause", { Error: 'QuotaError', Cause: lambda }, { Error: 'QuotaError', Cause: 'no room' }],
    [
      "reads a child execution's cause, and the Lambda's inside",
      { Error: 'States.TaskFailed', Cause: JSON.stringify({ Status: 'FAILED', Error: 'QuotaError', Cause: lambda }) },
      { Error: 'QuotaError', Cause: 'no room' },
    ],
    [
      'says how a child without an error ended',
      { Error: 'States.TaskFailed', Cause: '{"Status":"ABORTED"}' },
      { Error: 'States.TaskFailed', Cause: 'the execution ended as ABORTED' },
    ],
    [
      'keeps text that is no JSON',
      { Error: 'States.Timeout', Cause: 'too late' },
      { Error: 'States.Timeout', Cause: 'too late' },
    ],
    ...['[1]', 'null', '5', '"text"', '{"Error":5}'].map(
      (Cause): [string, { Cause: string }, { Error: string; Cause: string }] => [
        `keeps JSON that it does not know: ${Cause}`,
        { Cause },
        { Error: 'Unknown', Cause },
      ],
    ),
    ['does without a cause', { Error: 'States.Timeout' }, { Error: 'States.Timeout', Cause: '' }],
  ])('%s', (_, output, expected) => {
    expect(readableError(output)).toEqual(expected);
  });

  test('cuts what is so long that no item and no message would hold it', () => {
    const { Cause } = readableError({ Error: 'X', Cause: 'a'.repeat(30_000) });
    expect(Cause).toBe(`${'a'.repeat(10_000)}… (30000 characters)`);
  });
});

const config = regionConfig();
const outputs = {
  'load-balancer': { main: { id: 'lb', dnsName: 'lb.example.com' } },
  service: { staging: { id: 's' }, production: { id: 'p' } },
};
const good = (region: string): RegionResult => ({ region, config: { ...config, region }, outputs });
const bad = (region: string): RegionResult => ({
  region,
  error: { Error: 'States.TaskFailed', Cause: '{"Error":"QuotaError","Cause":"no room"}' },
});
const plan = {
  digest: 'd',
  counts: { create: 1, update: 0, replace: 0, delete: 0, unchanged: 0 },
  hasChanges: true,
  production: true,
  askFirst: false,
};
const no = { decision: 'rejected', by: 'ann', at: 't' } as const;

describe('conclude', () => {
  test.each([
    [
      'succeeded when every region is well',
      { plan, provisioned: [good('a'), good('b')], promoted: [good('a'), good('b')] },
      'succeeded',
    ],
    [
      'failed when one region could not be provisioned',
      { plan, provisioned: [good('a'), bad('b')], promoted: [good('a')] },
      'failed',
    ],
    [
      'failed when one region could not be promoted',
      { plan, provisioned: [good('a'), good('b')], promoted: [good('a'), bad('b')] },
      'failed',
    ],
    ['rejected when a person said no', { plan, provisioned: [good('a')], decision: no }, 'rejected'],
    ['failed rather than rejected', { plan, provisioned: [bad('a')], decision: no }, 'failed'],
    [
      'unchanged when the plan found nothing to do',
      { plan: { ...plan, hasChanges: false }, provisioned: [good('a')] },
      'unchanged',
    ],
    ['planned when nothing was begun', { plan }, 'planned'],
    ['rejected when a person said no before anything was changed', { plan, decision: no }, 'rejected'],
    [
      'failed when what was left behind could not be removed',
      { plan, provisioned: [good('a')], promoted: [good('a')], pruned: [bad('a')] },
      'failed',
    ],
  ] as const)('%s', (_, results, outcome) => {
    expect(conclude(results).outcome).toBe(outcome);
  });

  test('gives URLs of what is deployed, also where promotion failed', () => {
    expect(conclude({ plan, provisioned: [good('a')], promoted: [bad('a')] }).regions).toEqual([
      {
        region: 'a',
        status: 'failed',
        error: { Error: 'QuotaError', Cause: 'no room' },
        urls: { staging: 'http://lb.example.com/staging', production: 'http://lb.example.com/' },
        outputs,
      },
    ]);
  });

  test('gives the URL of a production that stood before and was not touched', () => {
    const { service: _service, ...rest } = outputs;
    const provisioned: RegionResult[] = [
      { region: 'a', config, outputs: { ...rest, service: { staging: { id: 's' } } } },
    ];
    expect(conclude({ plan: { ...plan, production: false }, provisioned }).regions[0]?.urls).toEqual({
      staging: 'http://lb.example.com/staging',
      production: 'http://lb.example.com/',
    });
  });

  test('the report names region, error and what to do next', () => {
    const report = {
      deployment: 'd',
      execution: 'e',
      timeline: [],
      ...conclude({ plan, provisioned: [good('a'), bad('b')] }),
    };
    expect(reportText(report)).toMatch(/b: failed \(QuotaError: no room\)[\s\S]*Start again with the same input/);
  });

  test('the report tells what a destroy left alone', () => {
    const report = { deployment: 'd', execution: 'e', outcome: 'destroyed', regions: [], timeline: [] } as const;
    expect(reportText({ ...report, unmanaged: ['a topic theirs'] })).toBe('Not ours, left alone:\n  a topic theirs');
    expect(reportText(report)).toBe('');
  });
});

const event = (over: Partial<ProgressEvent>): ProgressEvent => ({
  deployment: 'platform',
  execution: 'e',
  stage: 'vpc',
  status: 'started',
  at: '2026-01-01T00:00:00.000Z',
  ...over,
});

describe('timelineOf', () => {
  test('puts stages in the order of their starts, with durations where they finished', () => {
    expect(
      timelineOf([
        event({ region: 'a', stage: 'nat', at: '2026-01-01T00:00:02.000Z' }),
        event({ region: 'a', at: '2026-01-01T00:00:00.000Z' }),
        event({ region: 'a', status: 'finished', at: '2026-01-01T00:00:01.500Z' }),
      ]),
    ).toEqual([
      { region: 'a', stage: 'vpc', startedAt: '2026-01-01T00:00:00.000Z', durationSeconds: 1.5 },
      { region: 'a', stage: 'nat', startedAt: '2026-01-01T00:00:02.000Z' },
    ]);
  });
});

describe('eventMail', () => {
  const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-provision:e';
  test('keeps the subject within one line of 99 characters', () => {
    const { subject } = eventMail(event({ deployment: `d\n${'d'.repeat(200)}` }), arn);
    expect([subject.length, subject.includes('\n')]).toEqual([99, false]);
  });

  test('says what is waited for, and where to look', () => {
    const { subject, message } = eventMail(
      event({
        region: 'us-west-2',
        stage: 'await-network',
        status: 'waiting',
        pending: [{ kind: 'nat-gateway', key: 'a', reason: 'pending' }],
      }),
      arn,
    );
    expect(subject).toBe('[Slipway] platform: Await network waiting in us-west-2');
    expect(message).toContain('waiting for nat-gateway/a: pending');
    expect(message).toContain(
      'https://us-east-1.console.aws.amazon.com/states/home?region=us-east-1#/v2/executions/details/arn:aws:states',
    );
  });
});
