import { describe, expect, test } from '@jest/globals';
import { ended, initialProgress, type Progress, reduce, waitingFor } from '../../../../infra/cli/progress.ts';
import { eventLine } from '../../../../infra/cli/render.ts';
import type { ProgressEvent } from '../../../../workflow/events.ts';
import { stages } from '../../../../workflow/stages.ts';

const event = (over: Partial<ProgressEvent>): ProgressEvent => ({
  deployment: 'platform',
  execution: 'e',
  region: 'us-east-1',
  stage: 'await-network',
  status: 'started',
  at: '2026-01-01T00:00:10.000Z',
  ...over,
});
const pending = [{ kind: 'nat-gateway', key: 'a', reason: 'pending' }] as const;
const start = initialProgress(['us-east-1', 'us-west-2'], 'provision');
const viewAfter = (...events: Partial<ProgressEvent>[]): Progress => events.map(event).reduce(reduce, start);
const row = (progress: Progress, region = 'us-east-1', name = 'await-network') =>
  progress.regions[region]?.find((each) => each.name === name);

describe('the progress view', () => {
  test('lists every stage of every region from the start', () => {
    expect(Object.values(start.regions).map((rows) => rows.map(({ title, status }) => [title, status]))).toEqual(
      Array(2).fill(stages.map(({ title }) => [title, 'queued'])),
    );
  });

  test.each([
    ['a started stage runs', [{}], 'running'],
    ['a stage that waits says so', [{}, { status: 'waiting', pending }], 'waiting'],
    ['a stage that looks again still waits', [{}, { status: 'waiting', pending }, {}], 'waiting'],
    ['a stage that is ready is done', [{}, { status: 'waiting', pending }, {}, { status: 'finished' }], 'done'],
    ['a failed stage has failed', [{}, { status: 'failed', detail: 'x' }], 'failed'],
    ['a stage that failed and is started again runs', [{ status: 'failed', detail: 'x' }, {}], 'running'],
  ] as const)('%s', (_, events, status) => {
    expect(row(viewAfter(...(events as readonly Partial<ProgressEvent>[])))?.status).toBe(status);
  });

  test('a wait is over when the stage is done', () => {
    expect(row(viewAfter({ status: 'waiting', pending }, { status: 'finished' }))?.pending).toBeUndefined();
  });

  test('regions are apart', () => {
    expect(row(viewAfter({}), 'us-west-2')?.status).toBe('queued');
  });

  test.each<[string, Partial<ProgressEvent>]>([
    ['a step', { stage: 'remove-vpc' }],
    ['a region', { region: 'mars-1' }],
  ])('%s that it does not know changes nothing', (_, over) => {
    expect(viewAfter(over)).toEqual(start);
  });

  test('says what it waits for', () => {
    expect(waitingFor(viewAfter({ status: 'waiting', pending: [...pending] }))).toEqual([
      'us-east-1 Await network nat-gateway/a',
    ]);
  });
});

describe('the steps around the regions', () => {
  const destroy = initialProgress(['us-east-1'], 'destroy');
  const steps = ({ before, after }: Progress) =>
    [...before, ...after].map(({ title, status }) => `${title}: ${status}`);
  const root = (stage: ProgressEvent['stage'], status: ProgressEvent['status'] = 'finished') => {
    const { region: _region, ...rest } = event({ stage, status });
    return rest;
  };

  test('of destroy stand in the order in which they happen: people are asked before anything is removed', () => {
    expect(destroy.before.map(({ title }) => title)).toEqual(['Validate input', 'List resources', 'Approve removal']);
    expect(destroy.after.map(({ title }) => title)).toEqual(['Summarise']);
  });

  test.each([
    [
      'a step that says nothing is done once a later one begins',
      destroy,
      [root('inventory', 'started')],
      ['Validate input: done', 'List resources: running', 'Approve removal: queued', 'Summarise: queued'],
    ],
    [
      'a question has a row while it waits',
      start,
      [root('approve-changes', 'waiting')],
      [
        'Validate input: done',
        'Plan: done',
        'Approve changes: waiting',
        'Approve production: queued',
        'Summarise: queued',
      ],
    ],
    [
      'a question that was not needed is skipped once the regions work',
      start,
      [event({ stage: 'vpc' })],
      [
        'Validate input: done',
        'Plan: done',
        'Approve changes: skipped',
        'Approve production: queued',
        'Summarise: queued',
      ],
    ],
    [
      'and once production is deployed',
      start,
      [event({ stage: 'deploy-production' })],
      [
        'Validate input: done',
        'Plan: done',
        'Approve changes: skipped',
        'Approve production: skipped',
        'Summarise: queued',
      ],
    ],
    [
      'and once all is over',
      start,
      [root('plan'), root('summarise')],
      [
        'Validate input: done',
        'Plan: done',
        'Approve changes: skipped',
        'Approve production: skipped',
        'Summarise: done',
      ],
    ],
  ])('%s', (_, from, events, shown) => {
    expect(steps(events.reduce(reduce, from))).toEqual(shown);
  });

  test('what is still queued when the execution has ended is skipped', () => {
    const progress = ended([root('plan')].reduce(reduce, start));
    expect(steps(progress)[1]).toBe('Plan: done');
    expect(new Set(Object.values(progress.regions).flatMap((rows) => rows.map(({ status }) => status)))).toEqual(
      new Set(['skipped']),
    );
  });
});

describe('a line of the append-only view', () => {
  test('holds time, region, stage, status and what is waited for', () => {
    const line = eventLine(event({ status: 'waiting', pending: [...pending] }), Date.parse('2026-01-01T00:00:00.000Z'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are left out of the comparison
    expect(line.replaceAll(/\u001b\[\d+m/g, '').replaceAll(/ +/g, ' ')).toBe(
      '0:10 us-east-1 Await network waiting: nat-gateway/a (pending)',
    );
  });
});
