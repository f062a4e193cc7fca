import { describe, expect, test } from '@jest/globals';
import { alarmed, environmentNamed, pathOf } from '../../../workflow/environments.ts';
import { type Report, reportText, timelineOf, urlsOf } from '../../../workflow/report.ts';
import { regionConfig } from '../../support/region-config.ts';

describe('addresses', () => {
  const outputs = {
    'load-balancer': { main: { id: 'lb', dnsName: 'lb.example' } },
    service: { staging: { id: 's' } },
  };
  const onlyBalancer = { 'load-balancer': outputs['load-balancer'] };
  test.each<[string, object, boolean, object]>([
    ['what is deployed', outputs, false, { staging: 'http://lb.example/staging' }],
    [
      'a production that stood before, too',
      outputs,
      true,
      { staging: 'http://lb.example/staging', production: 'http://lb.example/' },
    ],
    ['nothing where nothing is deployed', onlyBalancer, false, {}],
    ['production alone, where only that stands', onlyBalancer, true, { production: 'http://lb.example/' }],
    ['nothing without a load balancer', { service: outputs.service }, true, {}],
    ['nothing without ours', { ...outputs, 'load-balancer': {} }, true, {}],
  ])('are of %s', (_, made, stands, expected) => {
    expect(urlsOf(regionConfig(), made, stands)).toEqual(expected);
  });
  test('are encrypted where there is a certificate', () => {
    expect(urlsOf(regionConfig({ certificateArn: 'arn:aws:acm:x' }), outputs, false)).toEqual({
      staging: 'https://lb.example/staging',
    });
  });
  test('and alarms are of the environments that have them', () => {
    expect([alarmed, pathOf('staging'), pathOf('production')]).toEqual([['production'], '/staging', '/']);
    expect([environmentNamed('staging'), environmentNamed('test'), environmentNamed(undefined)]).toEqual([
      'staging',
      undefined,
      undefined,
    ]);
  });
});

describe('the report', () => {
  const report: Report = { deployment: 'shop', execution: 'run', outcome: 'succeeded', regions: [], timeline: [] };
  const failure = { Error: 'QuotaError', Cause: 'no room' };
  test.each<[string, Partial<Report>, readonly string[]]>([
    [
      'lists regions with their addresses',
      {
        regions: [
          {
            ...{ region: 'us-east-1', status: 'succeeded', outputs: {} },
            urls: { staging: 'http://a/staging', production: 'http://a/' },
          },
          { region: 'us-west-2', status: 'failed', error: failure, urls: {}, outputs: {} },
        ],
      },
      [
        'us-east-1: succeeded',
        '  staging     http://a/staging',
        '  production  http://a/',
        'us-west-2: failed (QuotaError: no room)',
      ],
    ],
    [
      'says what failed and how to go on',
      { outcome: 'failed', error: failure },
      [
        'QuotaError:',
        'no room',
        '',
        '',
        'What exists is kept. Start again with the same input to continue from there.',
      ],
    ],
    [
      'says who decided',
      { decision: { decision: 'rejected', by: 'ann', at: 'noon' } },
      ['It was rejected by ann at noon.', ''],
    ],
    [
      'says what staging shows after a no',
      {
        outcome: 'rejected',
        regions: [{ region: 'a', status: 'succeeded', urls: {}, outputs: { vpc: { main: { id: 'vpc-1' } } } }],
      },
      [
        'a: succeeded',
        '',
        'Staging shows what was rejected. A reconcile puts it back to what is approved; where nothing is, destroy removes it.',
      ],
    ],
    [
      'says nothing of staging where the no came before anything was changed, or to a removal',
      { outcome: 'rejected', regions: [{ region: 'a', status: 'succeeded', urls: {}, outputs: {} }] },
      ['a: succeeded'],
    ],
    [
      'says what destroy left',
      { outcome: 'destroyed', kept: ['a', 'b'], unmanaged: ['c'], unasked: ['x', 'y'] },
      ['Kept:', '  a', '  b', 'Not ours, left alone:', '  c', 'Not checked, because not enabled in this account: x, y'],
    ],
    ['says nothing of nothing', { kept: [], unmanaged: [] }, []],
  ])('%s', (_, over, lines) => {
    expect(reportText({ ...report, ...over })).toBe(lines.join('\n'));
  });

  test('has each stage once in its timeline, by region, though it was repeated', () => {
    const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;
    const event = (region: string | undefined, status: 'started' | 'finished' | 'waiting', second: number) => ({
      ...{ deployment: 'shop', execution: 'run', stage: 'vpc' as const, status, at: at(second) },
      ...(region === undefined ? {} : { region }),
    });
    expect(
      timelineOf([
        event('a', 'started', 0),
        event('a', 'waiting', 1),
        event('a', 'started', 2),
        event('b', 'started', 3),
        event('a', 'finished', 4),
        event('c', 'waiting', 4),
        event(undefined, 'started', 5),
      ]),
    ).toEqual([
      { region: 'a', stage: 'vpc', startedAt: at(0), durationSeconds: 4 },
      { region: 'b', stage: 'vpc', startedAt: at(3) },
      { stage: 'vpc', startedAt: at(5) },
    ]);
  });
});
