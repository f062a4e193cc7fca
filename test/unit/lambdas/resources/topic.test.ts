import { describe, expect, test } from '@jest/globals';
import { meaningOf } from '../../../../lambdas/resources/policy-document.ts';
import { type TopicFound, type TopicSpec, topic } from '../../../../lambdas/resources/topic.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const specOf = (key: string, config = regionConfig()): TopicSpec =>
  topic.specs(config).find((wanted) => wanted.key === key)?.spec as TopicSpec;
const spec = specOf('alarms');
const subscribed = [{ address: 'operations@example.com', confirmed: true }];
const found = (overrides: Partial<TopicFound> = {}): TopicFound => ({
  key: 'alarms',
  id: 'arn:aws:sns:us-east-1:123456789012:platform-alarms',
  name: 'platform-alarms',
  displayName: 'platform alarms us-east-1',
  policy: meaningOf(spec.policy),
  emails: subscribed,
  ...overrides,
});

describe('specs', () => {
  test('the primary region has topics for alarms and for approvals, each made by its stage', () => {
    expect(topic.specs(regionConfig()).map(({ key, stage }) => [key, stage])).toEqual([
      ['approvals', 'pipeline'],
      ['alarms', 'monitoring'],
    ]);
    expect(specOf('approvals').emails).toEqual(['approver@example.com']);
  });

  test('another region has one for alarms', () => {
    expect(topic.specs(secondaryConfig()).map(({ key }) => key)).toEqual(['alarms']);
  });

  test("alarms of this account may publish, and nobody else's", () => {
    expect(specOf('alarms', secondaryConfig()).policy?.Statement).toEqual([
      {
        Sid: 'AlarmsOfThisAccount',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: 'arn:aws:sns:us-west-2:123456789012:platform-alarms',
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      },
    ]);
  });
});

describe('diff', () => {
  test.each<[string, Partial<TopicFound>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    [
      'counts an unconfirmed subscription as one',
      { emails: [{ address: 'operations@example.com', confirmed: false }] },
      [],
    ],
    [
      'leaves an address that others subscribed',
      { emails: [...subscribed, { address: 'x@example.com', confirmed: true }] },
      [],
    ],
    ['sees a missing subscription', { emails: [] }, ['emails[operations@example.com]']],
    ['sees another policy', { policy: {} }, ['policy.Statement[AlarmsOfThisAccount]']],
    ['sees another sender', { displayName: '' }, ['displayName']],
  ])('%s', (_, overrides, paths) => {
    expect(topic.diff(spec, found(overrides)).map(({ path }) => path)).toEqual(paths);
  });

  test("leaves SNS's own policy where none is wanted", () => {
    const approvals = specOf('approvals');
    const live = found({
      displayName: 'platform approvals',
      policy: meaningOf({ Statement: [{ Sid: '__default_statement_ID', Effect: 'Allow' }] }),
      emails: [{ address: 'approver@example.com', confirmed: false }],
    });
    expect(topic.diff(approvals, live)).toEqual([]);
  });
});

test('addresses that have not confirmed are told', () => {
  expect(topic.output(found())).toEqual({ id: found().id, name: 'platform-alarms' });
  const emails = [
    ...subscribed,
    { address: 'b@example.com', confirmed: false },
    { address: 'a@example.com', confirmed: false },
  ];
  expect(topic.output(found({ emails })).unconfirmed).toBe('a@example.com, b@example.com');
});
