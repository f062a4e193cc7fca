import { describe, expect, test } from '@jest/globals';
import { type PipelineFound, type PipelineSpec, pipeline } from '../../../../lambdas/resources/pipeline.ts';
import type { PipelineAction } from '../../../../lambdas/resources/pipeline-stages.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const spec = pipeline.specs(regionConfig())[0]?.spec as PipelineSpec;
const actionsOf = (stage: string): readonly PipelineAction[] =>
  spec.stages.find(({ name }) => name === stage)?.actions ?? [];
const { name: _, ...settings } = spec;
const found = (overrides: Partial<PipelineFound> = {}): PipelineFound => ({
  ...settings,
  key: 'main',
  id: 'platform-pipeline',
  arn: 'arn:aws:codepipeline:us-east-1:123456789012:platform-pipeline',
  ...overrides,
});
/** The stages with one action's properties replaced. */
const changed = (stage: string, overrides: Partial<PipelineAction>): Partial<PipelineFound> => ({
  stages: spec.stages.map(({ name, actions }) => ({
    name,
    actions: name === stage ? actions.map((action) => ({ ...action, ...overrides })) : actions,
  })),
});

describe('specs', () => {
  test('only the primary region has a pipeline', () => {
    expect(pipeline.specs(secondaryConfig())).toEqual([]);
  });

  test('it goes from source through build, staging and approval to production', () => {
    expect(spec.stages.map(({ name }) => name)).toEqual([
      'Source',
      'Build',
      'DeployStaging',
      'Approval',
      'DeployProduction',
    ]);
    expect([spec.type, spec.executionMode]).toEqual(['V2', 'QUEUED']);
  });

  test('every region has a bucket for artifacts', () => {
    expect(spec.artifactStores).toEqual({
      'us-east-1': 'platform-123456789012-us-east-1-artifacts',
      'us-west-2': 'platform-123456789012-us-west-2-artifacts',
    });
  });

  test.each([
    ['DeployStaging', 'staging'],
    ['DeployProduction', 'production'],
  ])('%s deploys to %s in all regions side by side, with the image of each', (stage, service) => {
    expect(actionsOf(stage)).toMatchObject(
      ['us-east-1', 'us-west-2'].map((region) => ({
        provider: 'ECS',
        region,
        runOrder: 1,
        inputs: ['BuildOutput'],
        configuration: {
          ClusterName: 'platform-cluster',
          ServiceName: service,
          FileName: `imagedefinitions-${region}.json`,
        },
      })),
    );
  });

  test('the source is not polled, and its branch is the configured one', () => {
    const [source] = pipeline.specs(regionConfig({ pipeline: { branch: 'release', approvalEmails: [] } }));
    expect(source?.spec.stages[0]?.actions[0]?.configuration).toMatchObject({
      BranchName: 'release',
      PollForSourceChanges: 'false',
    });
  });

  test('the approval is asked for on its topic and within bounds', () => {
    const [approval] = actionsOf('Approval');
    expect(approval?.configuration.NotificationArn).toBe('${topic/approvals.id}');
    expect(approval?.timeoutMinutes).toBe(4320);
  });

  test('with one region there is one action a deployment', () => {
    const [alone] = pipeline.specs(regionConfig({ regions: ['us-east-1'] }));
    expect(alone?.spec.stages.map(({ actions }) => actions.length)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('diff', () => {
  test.each<[string, Partial<PipelineFound>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    [
      'sees nothing where a stage lists its actions in another order',
      { stages: spec.stages.map(({ name, actions }) => ({ name, actions: [...actions].reverse() })) },
      [],
    ],
    ['sees another role', { roleArn: 'x' }, ['roleArn']],
    ['sees another mode', { executionMode: 'SUPERSEDED' }, ['executionMode']],
    ['sees another type', { type: 'V1' }, ['type']],
    [
      'sees a region without a bucket',
      { artifactStores: { 'us-east-1': spec.artifactStores['us-east-1'] ?? '' } },
      ['artifactStores[us-west-2]'],
    ],
    ['sees a missing stage', { stages: spec.stages.filter(({ name }) => name !== 'Approval') }, ['stages']],
    ['sees another order of stages', { stages: [...spec.stages].reverse() }, ['stages']],
    [
      'sees polling switched on',
      changed('Source', { configuration: { ...actionsOf('Source')[0]?.configuration, PollForSourceChanges: 'true' } }),
      ['stages[Source].actions[CodeCommit]'],
    ],
    [
      'sees another time-out of the approval',
      changed('Approval', { timeoutMinutes: undefined }),
      ['stages[Approval].actions[ReleaseToProduction]'],
    ],
    [
      'sees a region that is not deployed to',
      {
        stages: spec.stages.map(({ name, actions }) => ({
          name,
          actions: name === 'DeployProduction' ? actions.slice(0, 1) : actions,
        })),
      },
      ['stages[DeployProduction].actions[us-west-2]'],
    ],
  ])('%s', (_title, overrides, paths) => {
    expect(pipeline.diff(spec, found(overrides)).map(({ path }) => path)).toEqual(paths);
  });
});
