import { expect, test } from '@jest/globals';
import { wantedIn } from '../../../lambdas/engine/wanted.ts';
import { allResources } from '../../../lambdas/resources/all.ts';
import type { PipelineSpec } from '../../../lambdas/resources/pipeline.ts';
import type { RoleSpec } from '../../../lambdas/resources/role-statements.ts';
import type { RegionConfig } from '../../../workflow/config.ts';
import { parseInput } from '../../../workflow/input.ts';
import { sourceProblems } from '../../../workflow/source.ts';
import { makingStages } from '../../../workflow/stages.ts';
import { connectedPipeline, regionConfig, secondaryConfig } from '../../support/region-config.ts';

const { source } = connectedPipeline;
const place = { partition: 'aws', account: '123456789012', region: 'us-east-1' };
const standing = regionConfig();
const connected = regionConfig({ pipeline: connectedPipeline });
const elsewhere = (part: string, other: string) => ({
  ...source,
  connectionArn: source.connectionArn.replace(`:${part}:`, `:${other}:`),
});

test.each([
  ['no connection, for a new deployment', undefined, undefined],
  ['no connection, as before', undefined, standing],
  ['a connection, for a new deployment', source, undefined],
  ['a connection, as before', source, connected],
])('%s is accepted', (_, given, before) => {
  expect(sourceProblems(given, place, before)).toEqual([]);
});

test.each([
  [
    'another account',
    elsewhere('123456789012', '999999999999'),
    undefined,
    /account 999999999999, and .* 123456789012/,
  ],
  ['another region', elsewhere('us-east-1', 'eu-west-1'), undefined, /region eu-west-1, and .* us-east-1/],
  ['another partition', elsewhere('aws', 'aws-cn'), undefined, /partition aws-cn, and .* aws/],
  ['a connection, where a repository stands', source, standing, /repository in CodeCommit, which would be lost/],
  ['no connection, where there is one', undefined, connected, /from acme\/shop/],
])('%s is refused in words', (_, given, before, problem) => {
  expect(sourceProblems(given, place, before)).toEqual([
    { path: expect.stringMatching(/^\$\.pipeline\.source/), message: expect.stringMatching(problem) },
  ]);
});

test.each([
  ['connectionArn', { ...source, connectionArn: 'arn:aws:codecommit:us-east-1:123456789012:app' }],
  ['repository', { ...source, repository: 'shop' }],
])('a malformed %s is refused, and a good one is kept', (key, bad) => {
  expect(parseInput({ pipeline: { source: bad } })).toMatchObject({ problems: [{ path: `$.pipeline.source.${key}` }] });
  expect(parseInput({ pipeline: { source } })).toMatchObject({ input: { pipeline: { source } } });
});

const wanted = (config: RegionConfig): readonly string[] =>
  makingStages.flatMap((stage) =>
    stage.kinds.flatMap((kind) => wantedIn(allResources[kind], config, stage.name).map(({ key }) => `${kind}/${key}`)),
  );

test('with a connection there is neither a repository, nor a replica, nor what serves them', () => {
  const without = (config: RegionConfig) => {
    const left = wanted({ ...config, pipeline: connectedPipeline });
    return wanted(config).filter((each) => !left.includes(each));
  };
  expect(without(regionConfig())).toEqual([
    'source-repository/main',
    'role/events',
    'role/mirror',
    'build-project/mirror',
    'source-trigger/main',
    'source-trigger/mirror',
    'alarm/replica-lag',
    'alarm/mirror-failed',
  ]);
  expect(without(secondaryConfig())).toEqual(['source-repository/replica']);
});

test('the pipeline takes the branch from the connection, and may use that connection only', () => {
  const [made] = allResources.pipeline.specs(connected) as readonly { spec: PipelineSpec }[];
  expect(made?.spec.stages[0]?.actions).toMatchObject([
    {
      category: 'Source',
      provider: 'CodeStarSourceConnection',
      configuration: {
        ConnectionArn: source.connectionArn,
        FullRepositoryId: 'acme/shop',
        BranchName: 'main',
        OutputArtifactFormat: 'CODE_ZIP',
        DetectChanges: 'true',
      },
    },
  ]);
  const roles = allResources.role.specs(connected) as readonly { key: string; spec: RoleSpec }[];
  const statements = roles.find(({ key }) => key === 'pipeline')?.spec.policies.pipeline?.Statement;
  expect(statements?.find(({ Sid }) => Sid === 'ReadSource')).toEqual({
    Sid: 'ReadSource',
    Effect: 'Allow',
    Action: ['codeconnections:UseConnection', 'codestar-connections:UseConnection'],
    Resource: [source.connectionArn],
  });
});
