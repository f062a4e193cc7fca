import { describe, expect, test } from '@jest/globals';
import { type SourceTriggerSpec, sourceTrigger } from '../../../../lambdas/resources/source-trigger.ts';
import type { SourceTriggerFound } from '../../../../lambdas/resources/source-trigger-reading.ts';
import { connectedPipeline, regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const spec = sourceTrigger.specs(regionConfig())[0]?.spec as SourceTriggerSpec;
const found = (overrides: Partial<SourceTriggerFound> = {}): SourceTriggerFound => ({
  key: 'main',
  id: 'platform-source',
  arn: 'arn:aws:events:us-east-1:123456789012:rule/platform-source',
  enabled: true,
  pattern: spec.pattern,
  targets: spec.targets,
  ...overrides,
});

describe('specs', () => {
  test('a push to the branch starts the pipeline', () => {
    expect(spec).toEqual({
      name: 'platform-source',
      description: 'Starts the pipeline when the branch moves',
      pattern: {
        source: ['aws.codecommit'],
        'detail-type': ['CodeCommit Repository State Change'],
        resources: ['${source-repository/main.arn}'],
        detail: {
          event: ['referenceCreated', 'referenceUpdated'],
          referenceType: ['branch'],
          referenceName: ['main'],
        },
      },
      targets: { pipeline: { arn: '${pipeline/main.arn}', roleArn: '${role/events.arn}' } },
    });
  });

  test('whatever moves or goes in the source starts the mirror, where there is a replica', () => {
    const [, mirror] = sourceTrigger.specs(regionConfig());
    expect(mirror).toMatchObject({
      key: 'mirror',
      spec: {
        name: 'platform-mirror',
        pattern: { source: ['aws.codecommit'], resources: ['${source-repository/main.arn}'] },
        targets: { mirror: { arn: '${build-project/mirror.arn}', roleArn: '${role/events.arn}' } },
      },
    });
    expect(Object.keys(mirror?.spec.pattern ?? {})).not.toContain('detail');
    expect(sourceTrigger.specs(regionConfig({ regions: ['us-east-1'] })).map(({ key }) => key)).toEqual(['main']);
  });

  test('a pipeline that fails is told of in the provisioner’s region, where that is another one', () => {
    const away = regionConfig({ homeRegion: 'eu-west-1' });
    const [failure, ...others] = sourceTrigger.specs({ ...away, pipeline: connectedPipeline });
    expect(others).toEqual([]);
    expect(failure).toMatchObject({
      key: 'failure',
      spec: {
        name: 'platform-pipeline-failed',
        pattern: {
          source: ['aws.codepipeline'],
          'detail-type': ['CodePipeline Pipeline Execution State Change'],
          detail: { state: ['FAILED'], pipeline: ['platform-pipeline'] },
        },
        targets: {
          provisioner: {
            arn: 'arn:aws:events:eu-west-1:123456789012:event-bus/default',
            roleArn: '${role/events.arn}',
          },
        },
      },
    });
    expect(sourceTrigger.specs(away).map(({ key }) => key)).toEqual(['main', 'mirror', 'failure']);
    expect(sourceTrigger.specs(secondaryConfig({ homeRegion: 'eu-west-1' }))).toEqual([]);
  });

  test('a push to a replica starts nothing', () => {
    expect(sourceTrigger.specs(secondaryConfig())).toEqual([]);
  });
});

describe('diff', () => {
  test.each<[string, Partial<SourceTriggerFound>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    ['sees a rule switched off', { enabled: false }, ['enabled']],
    ['sees another pattern', { pattern: {} }, ['pattern']],
    ['sees the missing target of a new rule', { targets: {} }, ['targets[pipeline]']],
    [
      'sees a target with another role',
      { targets: { pipeline: { arn: '${pipeline/main.arn}', roleArn: undefined } } },
      ['targets[pipeline]'],
    ],
    [
      'sees a target more',
      { targets: { ...spec.targets, other: { arn: 'x', roleArn: undefined } } },
      ['targets[other]'],
    ],
  ])('%s', (_, overrides, paths) => {
    expect(sourceTrigger.diff(spec, found(overrides)).map(({ path }) => path)).toEqual(paths);
  });
});
