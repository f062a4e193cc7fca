import { describe, expect, test } from '@jest/globals';
import { type PipelineFound, type PipelineSpec, pipeline } from '../../../../lambdas/resources/pipeline.ts';
import type { PipelineAction } from '../../../../lambdas/resources/pipeline-stages.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';
import { lowerTags } from '../../../support/ownership.ts';
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

describe('the declaration', () => {
  const declared = async (config = regionConfig()) => {
    const [wanted] = pipeline.specs(config);
    if (wanted === undefined) throw new TypeError('there is no pipeline');
    const { cloud, calls } = answeringCloud({});
    await pipeline.create(cloud, wanted, 'token-1');
    const declaration = calls[0]?.[1].pipeline as {
      readonly stages: readonly { readonly name: string; readonly actions: readonly object[] }[];
    };
    return { calls, declaration, actions: declaration.stages.map(({ actions }) => actions.at(-1)) };
  };
  const store = (region: string) => ({ type: 'S3', location: `platform-123456789012-${region}-artifacts` });
  const deploy = (ServiceName: string) => ({
    name: 'us-west-2',
    actionTypeId: { category: 'Deploy', owner: 'AWS', provider: 'ECS', version: '1' },
    runOrder: 1,
    configuration: {
      ClusterName: 'platform-cluster',
      ServiceName,
      FileName: 'imagedefinitions-us-west-2.json',
      DeploymentTimeout: '30',
    },
    inputArtifacts: [{ name: 'BuildOutput' }],
    outputArtifacts: [],
    region: 'us-west-2',
  });

  test('names its stores, and tags what it makes', async () => {
    const { calls, declaration } = await declared();
    expect(calls.map(([operation]) => operation)).toEqual(['CreatePipeline']);
    expect(calls[0]?.[1].tags).toEqual(lowerTags('pipeline', 'main'));
    expect(declaration).toMatchObject({
      name: 'platform-pipeline',
      roleArn: '${role/pipeline.arn}',
      pipelineType: 'V2',
      executionMode: 'QUEUED',
      artifactStores: { 'us-east-1': store('us-east-1'), 'us-west-2': store('us-west-2') },
    });
    expect(declaration).not.toHaveProperty('artifactStore');
  });

  test('of one region has one store', async () => {
    const { declaration } = await declared(regionConfig({ regions: ['us-east-1'] }));
    expect(declaration).toMatchObject({ artifactStore: store('us-east-1') });
    expect(declaration).not.toHaveProperty('artifactStores');
  });

  test('says of each action what CodePipeline asks for', async () => {
    expect((await declared()).actions).toEqual([
      {
        name: 'CodeCommit',
        actionTypeId: { category: 'Source', owner: 'AWS', provider: 'CodeCommit', version: '1' },
        runOrder: 1,
        configuration: {
          RepositoryName: '${source-repository/main.name}',
          BranchName: 'main',
          OutputArtifactFormat: 'CODE_ZIP',
          PollForSourceChanges: 'false',
        },
        inputArtifacts: [],
        outputArtifacts: [{ name: 'SourceOutput' }],
        namespace: 'Source',
      },
      {
        name: 'CodeBuild',
        actionTypeId: { category: 'Build', owner: 'AWS', provider: 'CodeBuild', version: '1' },
        runOrder: 1,
        configuration: { ProjectName: '${build-project/main.id}' },
        inputArtifacts: [{ name: 'SourceOutput' }],
        outputArtifacts: [{ name: 'BuildOutput' }],
      },
      deploy('staging'),
      {
        name: 'ReleaseToProduction',
        actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' },
        runOrder: 1,
        configuration: {
          NotificationArn: '${topic/approvals.id}',
          CustomData:
            'Release commit #{Source.CommitId} of platform to production in us-east-1, us-west-2? It runs in staging.',
          ExternalEntityLink: 'http://${load-balancer/main.dnsName}/staging',
        },
        inputArtifacts: [],
        outputArtifacts: [],
        timeoutInMinutes: 4320,
      },
      deploy('production'),
    ]);
  });

  test.each([
    ['two regions', regionConfig()],
    ['one region', regionConfig({ regions: ['us-east-1'] })],
  ])('of %s is read back as it was written', async (_title, config) => {
    const { declaration } = await declared(config);
    const { cloud } = answeringCloud({
      GetPipeline: () => ({ pipeline: declaration }),
      ListTagsForResource: () => ({ tags: lowerTags('pipeline', 'main') }),
    });
    const [seen] = await pipeline.list(cloud, {});
    expect(seen).toMatchObject({
      key: 'main',
      id: 'platform-pipeline',
      arn: 'arn:aws:codepipeline:us-east-1:123456789012:platform-pipeline',
    });
    expect(pipeline.diff(pipeline.specs(config)[0]?.spec as PipelineSpec, seen as PipelineFound)).toEqual([]);
  });

  test('that says little has the defaults of CodePipeline', async () => {
    const { cloud } = answeringCloud({
      GetPipeline: () => ({ pipeline: { stages: [{ actions: [{}] }] } }),
      ListTagsForResource: () => ({ tags: lowerTags('pipeline', 'main') }),
    });
    const [seen] = await pipeline.list(cloud, {});
    expect(seen).toMatchObject({
      type: 'V1',
      executionMode: 'SUPERSEDED',
      artifactStores: {},
      stages: [{ actions: [{ region: 'us-east-1', runOrder: 1, configuration: {}, inputs: [], outputs: [] }] }],
    });
  });

  test('is sent whole to change it', async () => {
    const { cloud, calls } = answeringCloud({});
    await pipeline.update(cloud, { key: 'main', spec }, found(), []);
    expect(calls).toEqual([['UpdatePipeline', { pipeline: (await declared()).declaration }]]);
  });
});
