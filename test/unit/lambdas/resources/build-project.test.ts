import { describe, expect, test } from '@jest/globals';
import { buildProject } from '../../../../lambdas/resources/build-project.ts';
import type { BuildProjectFound, BuildProjectSpec } from '../../../../lambdas/resources/build-project-mapping.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const config = regionConfig();
const spec = buildProject.specs(config)[0]?.spec as BuildProjectSpec;
const found = (overrides: Partial<BuildProjectFound> = {}): BuildProjectFound => ({
  key: 'main',
  id: 'platform-build',
  arn: 'arn:aws:codebuild:us-east-1:123456789012:project/platform-build',
  settings: spec.settings,
  variables: { ...spec.variables },
  ...overrides,
});

describe('specs', () => {
  test('only the primary region builds', () => {
    expect(buildProject.specs(secondaryConfig())).toEqual([]);
  });

  test('it runs buildspec.yml for the pipeline, with Docker, as its own role, into its own log', () => {
    expect(spec.settings).toMatchObject({
      source: 'CODEPIPELINE',
      artifacts: 'CODEPIPELINE',
      buildspec: 'buildspec.yml',
      environmentType: 'LINUX_CONTAINER',
      privileged: true,
      roleArn: '${role/build.arn}',
      logGroup: '${log-group/build.id}',
    });
  });

  test('another one copies the source to every replica, by itself and with its own role', () => {
    const [, mirror] = buildProject.specs(config);
    expect(mirror).toMatchObject({
      key: 'mirror',
      spec: {
        name: 'platform-mirror',
        settings: {
          source: 'NO_SOURCE',
          artifacts: 'NO_ARTIFACTS',
          privileged: false,
          roleArn: '${role/mirror.arn}',
        },
        variables: { SOURCE: '${source-repository/main.cloneUrl}', REPLICAS: 'us-west-2' },
      },
    });
    expect(buildProject.specs(regionConfig({ regions: ['us-east-1'] }))).toHaveLength(1);
  });

  test('it is told where to push and what to build on', () => {
    expect(spec.variables).toEqual({
      ACCOUNT: '123456789012',
      BASE_IMAGE: config.image.base,
      REGIONS: 'us-east-1,us-west-2',
      REGISTRY_DOMAIN: 'amazonaws.com',
      REPOSITORY: 'platform-app',
    });
  });

  test('in China the registries have another domain', () => {
    const china = regionConfig({ partition: 'aws-cn', region: 'cn-north-1' });
    expect(buildProject.specs(china)[0]?.spec.variables.REGISTRY_DOMAIN).toBe('amazonaws.com.cn');
  });
});

describe('diff', () => {
  const settings = (overrides: object) => ({ settings: { ...spec.settings, ...overrides } });
  test.each<[string, Partial<BuildProjectFound>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    ['sees logs switched off', settings({ logGroup: undefined }), ['logGroup']],
    ['sees Docker switched off', settings({ privileged: false }), ['privileged']],
    ['sees another role and image', settings({ roleArn: 'x', image: 'y' }), ['roleArn', 'image']],
    ['sees a changed variable', { variables: { ...spec.variables, REGIONS: 'us-east-1' } }, ['variables[REGIONS]']],
    ['sees a variable more', { variables: { ...spec.variables, DEBUG: '1' } }, ['variables[DEBUG]']],
  ])('%s', (_, overrides, paths) => {
    expect(buildProject.diff(spec, found(overrides)).map(({ path }) => path)).toEqual(paths);
  });
});

test.each([
  ['with the reports of its tests', true, ['BatchGetReportGroups', 'DeleteReportGroup', 'DeleteProject']],
  ['alone where no build has reported', false, ['BatchGetReportGroups', 'DeleteProject']],
])('the project goes %s', async (_, reported, expected) => {
  const reportGroups = reported ? [{ name: 'platform-build-tests' }] : [];
  const { cloud, asked, calls } = answeringCloud({ BatchGetReportGroups: () => ({ reportGroups }) });
  await buildProject.delete(cloud, found());
  expect(asked).toEqual(expected);
  const arn = 'arn:aws:codebuild:us-east-1:123456789012:report-group/platform-build-tests';
  expect(calls[0]?.[1]).toEqual({ reportGroupArns: [arn] });
  if (reported) expect(calls[1]?.[1]).toEqual({ arn, deleteReports: true });
});
