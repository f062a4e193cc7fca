import { describe, expect, test } from '@jest/globals';
import { meaningOf } from '../../../../lambdas/resources/policy-document.ts';
import { type TopicFound, type TopicSpec, topic } from '../../../../lambdas/resources/topic.ts';
import { askedOf, askedTag } from '../../../../lambdas/resources/topic-subscriptions.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';
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
  asked: {},
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
  const asked = askedTag('operations@example.com');
  const lost = ['emails[operations@example.com]'];
  const hour = 3600;
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
    [
      'sees one that is missing beside another',
      { emails: [{ address: 'x@example.com', confirmed: true }] },
      ['emails[operations@example.com]'],
    ],
    ['sees one that was lost for the first time', { emails: [], asked: { [asked]: 'first' } }, lost],
    ['waits for one that was asked again today', { emails: [], asked: { [asked]: 23 * hour } }, []],
    ['sees one that was asked again yesterday', { emails: [], asked: { [asked]: 24 * hour } }, lost],
    ['sees one whose tag somebody made unreadable', { emails: [], asked: { [asked]: Number.NaN } }, lost],
    ['does not take another address for it', { emails: [], asked: { [askedTag('other@example.com')]: 0 } }, lost],
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

describe('asking to confirm', () => {
  const [address] = spec.emails;
  const tagged = async (asked: TopicFound['asked']): Promise<readonly [string, string]> => {
    const live = found({ emails: [], asked });
    const tags: [string, string][] = [];
    const { cloud, asked: operations } = answeringCloud({
      TagResource: ({ Tags }) => {
        for (const { Key, Value } of Tags as { Key: string; Value: string }[]) tags.push([Key, Value]);
        return {};
      },
    });
    await topic.update(cloud, { key: 'alarms', spec }, live, topic.diff(spec, live));
    expect(operations).toEqual(['Subscribe', 'TagResource']);
    return tags[0] ?? ['', ''];
  };

  test('is remembered as the first time, and from then on with its time', async () => {
    const tag = askedTag(address ?? '');
    expect(tag).toMatch(/^slipway:asked-[0-9a-f]{8}$/);
    expect(await tagged({})).toEqual([tag, 'first']);
    for (const before of ['first', 90_000] as const) {
      const [key, value] = await tagged({ [tag]: before });
      expect(key).toBe(tag);
      expect(Math.abs(Date.now() - Date.parse(value))).toBeLessThan(60_000);
    }
  });

  test('is read back from the tags', () => {
    const yesterday = new Date(Date.now() - 90_000_000).toISOString();
    const asked = askedOf({ 'slipway:asked-00000000': 'first', 'slipway:asked-00000001': yesterday, Name: 'x' });
    expect(asked['slipway:asked-00000000']).toBe('first');
    expect(asked['slipway:asked-00000001']).toBeCloseTo(90_000, -1);
    expect(Object.keys(asked)).toHaveLength(2);
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
