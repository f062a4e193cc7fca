import { describe, expect, test } from '@jest/globals';
import { deploymentOf } from '../../../workflow/deployment-of.ts';
import { consoleLink, eventMail, isForEverybody, type ProgressEvent } from '../../../workflow/events.ts';
import { executionArn, parseExecutionArn, siblingArn } from '../../../workflow/machines.ts';
import { shownValue } from '../../../workflow/shown-value.ts';

const arn = 'arn:aws:states:eu-west-1:123456789012:execution:slipway-provision:run';

describe('the mail of an event', () => {
  const event: ProgressEvent = {
    ...{ deployment: 'shop', execution: 'run', stage: 'vpc', status: 'finished', at: '2026-01-01T00:00:00.000Z' },
  };
  const end = [
    '',
    'Deployment: shop',
    'Execution:  run',
    `Console:    https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/${arn}`,
  ];
  test.each<[string, Partial<ProgressEvent>, string, readonly string[]]>([
    ['of all regions', {}, '[Slipway] shop: VPC finished', ['VPC finished.']],
    [
      'of a region',
      { region: 'us-west-2' },
      '[Slipway] shop: VPC finished in us-west-2',
      ['VPC finished in us-west-2.'],
    ],
    ['that took a while', { durationSeconds: 12.34 }, '[Slipway] shop: VPC finished', ['VPC finished after 12.3 s.']],
    ['that took no time', { durationSeconds: 0 }, '[Slipway] shop: VPC finished', ['VPC finished after 0.0 s.']],
    ['with something to know', { detail: 'a\nb' }, '[Slipway] shop: VPC finished', ['VPC finished.', '', 'a\nb']],
    [
      'of a wait',
      { status: 'waiting', pending: [{ kind: 'service', key: 'staging', reason: '1 of 2 tasks' }] },
      '[Slipway] shop: VPC waiting',
      ['VPC waiting.', '  waiting for service/staging: 1 of 2 tasks'],
    ],
  ])('%s', (_, over, subject, lines) => {
    expect(eventMail({ ...event, ...over }, arn)).toEqual({ subject, message: [...lines, ...end].join('\n') });
  });

  test('has a subject of one line', () => {
    expect(eventMail({ ...event, deployment: 'a \n b' }, arn).subject).toBe('[Slipway] a b: VPC finished');
  });
});

describe('who wants milestones only', () => {
  test.each<[ProgressEvent['stage'], ProgressEvent['status'], boolean]>([
    ['plan', 'started', false],
    ['plan', 'finished', true],
    ['vpc', 'finished', false],
    ['vpc', 'failed', true],
    ['remove-vpc', 'failed', true],
    ['await-staging', 'waiting', false],
    ['await-staging', 'finished', true],
    ['await-network', 'finished', false],
    ['await-production', 'finished', true],
    ['approve-changes', 'waiting', true],
    ['approve-production', 'waiting', true],
    ['approve-removal', 'finished', true],
    ['summarise', 'finished', true],
    ['execution', 'finished', true],
  ])('of %s %s: %s', (stage, status, expected) => {
    expect(isForEverybody({ stage, status })).toBe(expected);
  });

  test('what the end of the run says too is not told twice, unless it failed', () => {
    expect(isForEverybody({ stage: 'plan', status: 'finished', quiet: true })).toBe(false);
    expect(isForEverybody({ stage: 'plan', status: 'failed', quiet: true })).toBe(true);
  });
});

describe('an execution’s ARN', () => {
  test.each(['provision', 'destroy', 'provision-region', 'promote-region', 'destroy-region', 'rerun'])(
    'names the machine %s',
    (machine) => {
      expect(parseExecutionArn(`arn:aws-cn:states:cn-north-1:1:execution:slipway-${machine}:a`)).toEqual({
        ...{ partition: 'aws-cn', region: 'cn-north-1', account: '1', machine, name: 'a' },
        stateMachineArn: `arn:aws-cn:states:cn-north-1:1:stateMachine:slipway-${machine}`,
      });
    },
  );
  test.each([
    ['another service', arn.replace(':states:', ':lambda:')],
    ['no execution', arn.replace(':execution:', ':stateMachine:')],
    ['another machine', arn.replace('slipway-provision', 'slipway-other')],
    ['another prefix', arn.replace('slipway-provision', 'provision')],
    ['no name', 'arn:aws:states:eu-west-1:123456789012:execution:slipway-provision'],
    ['nothing', ''],
  ])('is refused with %s', (_, text) => {
    expect(() => parseExecutionArn(text)).toThrow(
      new RangeError(`${text} is not the ARN of an execution of a Slipway machine`),
    );
  });
  test('is made of its machine’s and its name', () => {
    const machine = 'arn:aws:states:eu-west-1:123456789012:stateMachine:slipway-provision';
    expect([executionArn(machine, 'run'), siblingArn(machine, 'destroy')]).toEqual([
      arn,
      'arn:aws:states:eu-west-1:123456789012:stateMachine:slipway-destroy',
    ]);
  });
  test('has a page in the console of its region', () => {
    expect(consoleLink(arn)).toBe(
      `https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/${arn}`,
    );
  });
});

test.each<[string, unknown, string | undefined]>([
  ['a name', { deployment: 'shop', else: 1 }, 'shop'],
  ['no name', {}, 'platform'],
  ['a name that AWS would refuse', { deployment: 'No Name' }, undefined],
  ['a name that is null', { deployment: null }, undefined],
  ['a number as its name', { deployment: 1 }, undefined],
  ['null', null, undefined],
  ['a text', 'shop', undefined],
  ['a list', [], undefined],
  ['nothing', undefined, undefined],
])(
  'an input with %s is of the deployment that it names, and of the default only where it names none',
  (_, raw, expected) => {
    expect(deploymentOf(raw)).toBe(expected);
  },
);

test.each<[string, unknown, string]>([
  ['a text', 'a', '"a"'],
  ['a list', [1, { a: null }], '[1,{"a":null}]'],
  ['nothing', undefined, 'nothing'],
  [
    'what is not made yet',
    ['${target-group/staging.id}', '${vpc/main.defaultGroup}'],
    '["<id of target-group/staging>","<defaultGroup of vpc/main>"]',
  ],
  ['200 characters', 'a'.repeat(198), `"${'a'.repeat(198)}"`],
  ['201 characters', 'a'.repeat(199), `"${'a'.repeat(199)}… (201 characters)`],
])('people are shown %s', (_, value, expected) => {
  expect(shownValue(value)).toBe(expected);
});
