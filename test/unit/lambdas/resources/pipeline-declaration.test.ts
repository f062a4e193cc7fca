import { describe, expect, test } from '@jest/globals';
import { type PipelineFound, type PipelineSpec, pipeline } from '../../../../lambdas/resources/pipeline.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';
import { lowerTags } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const spec = pipeline.specs(regionConfig())[0]?.spec as PipelineSpec;

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
    await pipeline.update(cloud, { key: 'main', spec }, { id: spec.name } as PipelineFound, []);
    expect(calls).toEqual([['UpdatePipeline', { pipeline: (await declared()).declaration }]]);
  });
});
