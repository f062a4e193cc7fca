import { expect, test } from '@jest/globals';
import { type PipelineFound, type PipelineSpec, pipeline } from '../../../../lambdas/resources/pipeline.ts';
import { type SourceTriggerSpec, sourceTrigger } from '../../../../lambdas/resources/source-trigger.ts';
import { topic } from '../../../../lambdas/resources/topic.ts';
import { askedTag } from '../../../../lambdas/resources/topic-subscriptions.ts';
import type { RegionConfig } from '../../../../workflow/config.ts';
import type { Difference } from '../../../../workflow/documents.ts';
import { regionConfig } from '../../../support/region-config.ts';

/** What the kinds say of a platform that stands by `was` and is wanted by `now`, with the topic's ARN known. */
function differences(was: RegionConfig, now: RegionConfig, asked: readonly string[] = []): readonly Difference[] {
  const pipelineOf = (config: RegionConfig): PipelineSpec =>
    JSON.parse(
      JSON.stringify(pipeline.specs(config)[0]?.spec).replace('${topic/approvals.id}', 'arn:aws:sns:us-east-1:1:a'),
    );
  const triggerOf = (config: RegionConfig) => sourceTrigger.specs(config)[0]?.spec as SourceTriggerSpec;
  const topicOf = (config: RegionConfig) => topic.specs(config).find(({ key }) => key === 'approvals')?.spec;
  const spec = topicOf(now);
  if (spec === undefined) throw new TypeError('there is no topic');
  const { pattern, targets } = triggerOf(was);
  return [
    ...pipeline.diff(pipelineOf(now), { key: 'main', id: 'p', arn: 'arn', ...pipelineOf(was) } as PipelineFound),
    ...sourceTrigger.diff(triggerOf(now), { key: 'main', id: 't', arn: 'arn', enabled: true, pattern, targets }),
    ...topic.diff(spec, {
      ...{ key: 'approvals', id: 'arn', name: spec.name, displayName: spec.displayName, policy: {} },
      emails: was.pipeline.approvalEmails.map((address) => ({ address, confirmed: true })),
      asked: Object.fromEntries(asked.map((address) => [askedTag(address), 'first' as const])),
    }),
  ];
}

const standing = regionConfig({ regions: ['us-east-1'] });
const releases = (now: Partial<RegionConfig>, asked?: readonly string[]): readonly string[] =>
  differences(standing, { ...standing, ...now }, asked)
    .filter(({ release }) => release)
    .map(({ path }) => path);

test.each<[string, Partial<RegionConfig>, readonly string[]]>([
  [
    'another branch',
    { pipeline: { ...standing.pipeline, branch: 'trunk' } },
    ['stages[Source].actions[CodeCommit]', 'pattern'],
  ],
  [
    'one more who approves',
    { pipeline: { branch: 'main', approvalEmails: ['approver@example.com', 'b@example.com'] } },
    ['emails[b@example.com]'],
  ],
  ['one more region', { regions: ['us-east-1', 'us-west-2'] }, []],
  ['nothing else', {}, []],
])('people are asked about what decides a release: %s', (_, now, paths) => {
  expect(releases(now)).toEqual(paths);
});

test('somebody who was asked to confirm before is nobody new', () => {
  const pipeline = { branch: 'main', approvalEmails: ['approver@example.com', 'b@example.com'] };
  expect(differences(standing, { ...standing, pipeline }, ['b@example.com'])).toContainEqual(
    expect.objectContaining({ path: 'emails[b@example.com]' }),
  );
  expect(releases({ pipeline }, ['b@example.com'])).toEqual([]);
});

test('approvals that go to another topic are asked about; a topic that is made anew is the same people’s', () => {
  const withTopic = (arn: string): PipelineSpec =>
    JSON.parse(JSON.stringify(pipeline.specs(standing)[0]?.spec).replace('${topic/approvals.id}', arn));
  const found = { key: 'main', id: 'p', arn: 'arn', ...withTopic('arn:aws:sns:us-east-1:1:a') } as PipelineFound;
  const of = (spec: PipelineSpec) => pipeline.diff(spec, found).map(({ path, release }) => [path, release]);
  expect(of(withTopic('arn:aws:sns:us-east-1:1:b'))).toEqual([['stages[Approval].actions[ReleaseToProduction]', true]]);
  expect(of(withTopic('${topic/approvals.id}'))).toEqual([
    ['stages[Approval].actions[ReleaseToProduction]', undefined],
  ]);
});
