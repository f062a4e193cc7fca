import { describe, expect, test } from '@jest/globals';
import { allResources } from '../../../../lambdas/resources/all.ts';
import type { Kind } from '../../../../workflow/stages.ts';
import { type Answers, answeringCloud, refusal } from '../../../support/answering-cloud.ts';
import { lowerTags, tags } from '../../../support/ownership.ts';

async function read(kind: Kind, answers: Answers) {
  const resource = allResources[kind];
  const { cloud, calls } = answeringCloud(answers);
  const [found] = await resource.list(cloud, {});
  return { found, calls };
}

test('a build project', async () => {
  const { found } = await read('build-project', {
    BatchGetProjects: () => ({
      projects: [
        {
          name: 'platform-build',
          arn: 'arn:project',
          description: 'builds',
          serviceRole: 'arn:role',
          source: { type: 'CODEPIPELINE', buildspec: 'other.yml' },
          artifacts: { type: 'NO_ARTIFACTS' },
          environment: {
            type: 'ARM_CONTAINER',
            image: 'image:1',
            computeType: 'BUILD_GENERAL1_LARGE',
            privilegedMode: true,
            environmentVariables: [{ name: 'A', value: 'b', type: 'PLAINTEXT' }],
          },
          logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: '/slipway/build' } },
          timeoutInMinutes: 5,
          tags: lowerTags('build-project', 'main'),
        },
      ],
    }),
  });
  expect(found).toMatchObject({
    key: 'main',
    id: 'platform-build',
    arn: 'arn:project',
    settings: {
      description: 'builds',
      roleArn: 'arn:role',
      source: 'CODEPIPELINE',
      artifacts: 'NO_ARTIFACTS',
      buildspec: 'other.yml',
      environmentType: 'ARM_CONTAINER',
      image: 'image:1',
      computeType: 'BUILD_GENERAL1_LARGE',
      privileged: true,
      logGroup: '/slipway/build',
      timeoutMinutes: 5,
    },
    variables: { A: 'b' },
  });
});

test('a build project whose logs are switched off has no group', async () => {
  const logsConfig = { cloudWatchLogs: { status: 'DISABLED', groupName: '/slipway/build' } };
  const { found } = await read('build-project', {
    BatchGetProjects: () => ({ projects: [{ logsConfig, tags: lowerTags('build-project', 'main') }] }),
  });
  expect(found).toMatchObject({ settings: { logGroup: undefined, privileged: false } });
});

describe('an alarm', () => {
  const shown = async (alarm: object) =>
    (
      await read('alarm', {
        DescribeAlarms: () => ({ MetricAlarms: [{ AlarmName: 'platform-cpu', AlarmArn: 'arn:alarm', ...alarm }] }),
        ListTagsForResource: () => ({ Tags: tags('alarm', 'cpu') }),
      })
    ).found;

  test('is read as a whole', async () => {
    expect(
      await shown({
        AlarmDescription: 'busy',
        Namespace: 'AWS/ECS',
        MetricName: 'CPUUtilization',
        Dimensions: [{ Name: 'ServiceName', Value: 'production' }],
        Statistic: 'Average',
        ComparisonOperator: 'LessThanThreshold',
        Threshold: 5,
        Period: 60,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 2,
        TreatMissingData: 'breaching',
        Unit: 'Count',
        EvaluateLowSampleCountPercentile: 'ignore',
        ActionsEnabled: false,
        AlarmActions: ['b', 'a'],
        OKActions: ['d', 'c'],
      }),
    ).toMatchObject({
      key: 'cpu',
      id: 'platform-cpu',
      arn: 'arn:alarm',
      settings: {
        description: 'busy',
        namespace: 'AWS/ECS',
        metric: 'CPUUtilization',
        dimensions: { ServiceName: 'production' },
        statistic: 'Average',
        comparison: 'LessThanThreshold',
        threshold: 5,
        periodSeconds: 60,
        periods: 3,
        periodsOver: 2,
        missingData: 'breaching',
        unit: 'Count',
        fewSamples: 'ignore',
        actionsEnabled: false,
        alarmActions: ['a', 'b'],
        okActions: ['c', 'd'],
      },
    });
  });

  test.each<[string, object, object]>([
    ['a percentile is its statistic', { ExtendedStatistic: 'p95' }, { statistic: 'p95' }],
    ['it needs all periods where it names no number', { EvaluationPeriods: 3 }, { periodsOver: 3 }],
    ['missing data is missing', {}, { missingData: 'missing', actionsEnabled: true, alarmActions: [] }],
  ])('%s', async (_, seen, settings) => {
    expect(await shown(seen)).toMatchObject({ settings });
  });
});

describe('a repository of images', () => {
  const shown = async (repository: object, more: Answers = {}) =>
    (
      await read('repository', {
        DescribeRepositories: () => ({
          repositories: [
            { repositoryName: 'platform-app', repositoryArn: 'arn:ecr', repositoryUri: 'uri', ...repository },
          ],
        }),
        ListTagsForResource: () => ({ tags: tags('repository', 'app') }),
        ...more,
      })
    ).found;

  test('is read as a whole', async () => {
    const repository = {
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'KMS' },
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest' }],
    };
    expect(
      await shown(repository, {
        GetLifecyclePolicy: () => ({ lifecyclePolicyText: '{"rules":[]}' }),
        GetRepositoryPolicy: () => ({ policyText: '{"Statement":[{"Sid":"All","Effect":"Allow","Principal":"*"}]}' }),
      }),
    ).toMatchObject({
      key: 'app',
      id: 'platform-app',
      arn: 'arn:ecr',
      uri: 'uri',
      scanOnPush: true,
      encryption: 'KMS',
      movableTags: ['latest'],
      lifecycle: { rules: [] },
      policy: { All: { Effect: 'Allow', Principal: '*' } },
    });
  });

  test.each(['MUTABLE', 'IMMUTABLE'])('that is %s has no list of movable tags', async (imageTagMutability) => {
    expect(await shown({ imageTagMutability })).toMatchObject({
      movableTags: undefined,
      lifecycle: undefined,
      scanOnPush: false,
      encryption: 'AES256',
    });
  });
});

describe('a repository of sources', () => {
  test.each<[string, object, boolean]>([
    ['is empty without a branch', {}, true],
    ['is not empty with one', { defaultBranch: 'main' }, false],
  ])('%s', async (_, seen, empty) => {
    const { found, calls } = await read('source-repository', {
      GetRepository: () => ({
        repositoryMetadata: {
          repositoryName: 'platform-app',
          Arn: 'arn:code',
          cloneUrlHttp: 'https://code',
          repositoryDescription: 'sources',
          ...seen,
        },
      }),
      ListTagsForResource: ({ nextToken }) =>
        nextToken === undefined
          ? { tags: { 'slipway:deployment': 'platform' }, nextToken: 'next' }
          : { tags: { 'slipway:kind': 'source-repository', 'slipway:key': 'main' } },
    });
    expect(found).toMatchObject({
      key: 'main',
      id: 'platform-app',
      arn: 'arn:code',
      cloneUrl: 'https://code',
      description: 'sources',
      empty,
    });
    expect(calls.filter(([operation]) => operation === 'ListTagsForResource').length).toBe(2);
  });
});

describe('a topic', () => {
  test('is read with those who have confirmed and those who have not', async () => {
    const subscription = (Endpoint: string, SubscriptionArn: string, Protocol = 'email') => ({
      Endpoint,
      SubscriptionArn,
      Protocol,
    });
    const { found } = await read('topic', {
      GetTopicAttributes: ({ TopicArn }) => {
        if (!String(TopicArn).endsWith('-alarms')) throw refusal('NotFoundException');
        return { Attributes: { DisplayName: 'alarms', Policy: '{"Statement":[{"Sid":"One","Effect":"Allow"}]}' } };
      },
      ListTagsForResource: () => ({ Tags: tags('topic', 'alarms') }),
      ListSubscriptionsByTopic: () => ({
        Subscriptions: [
          subscription('one@example.com', 'arn:aws:sns:1'),
          subscription('two@example.com', 'PendingConfirmation'),
          subscription('three@example.com', 'Deleted'),
          subscription('arn:queue', 'arn:aws:sns:2', 'sqs'),
        ],
      }),
    });
    expect(found).toMatchObject({
      key: 'alarms',
      id: 'arn:aws:sns:us-east-1:123456789012:platform-alarms',
      name: 'platform-alarms',
      displayName: 'alarms',
      policy: { One: { Effect: 'Allow' } },
      emails: [
        { address: 'one@example.com', confirmed: true },
        { address: 'two@example.com', confirmed: false },
      ],
    });
  });
});
