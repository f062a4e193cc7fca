import { describe, expect, test } from '@jest/globals';
import { refusal } from '../../../support/answering-cloud.ts';
import { type Creation, create, neededOf } from '../../../support/changes.ts';
import { lowerTags, tags } from '../../../support/ownership.ts';

const plain = (name: string, value: string) => ({ name, value, type: 'PLAINTEXT' });

const rows: readonly Creation[] = [
  [
    'repository',
    'app',
    {
      CreateRepository: () => ({
        repository: { repositoryName: 'platform-app', repositoryArn: 'arn:ecr', repositoryUri: 'uri' },
      }),
    },
    {
      key: 'app',
      id: 'platform-app',
      arn: 'arn:ecr',
      uri: 'uri',
      scanOnPush: false,
      lifecycle: undefined,
    },
    [
      'CreateRepository',
      {
        repositoryName: 'platform-app',
        tags: tags('repository', 'app'),
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfiguration: { encryptionType: 'AES256' },
        imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
        imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest' }],
      },
    ],
  ],
  [
    'source-repository',
    'main',
    {
      CreateRepository: () => ({
        repositoryMetadata: { repositoryName: 'platform-app', Arn: 'arn:code', cloneUrlHttp: 'https://code' },
      }),
    },
    { key: 'main', id: 'platform-app', arn: 'arn:code', cloneUrl: 'https://code', empty: true },
    [
      'CreateRepository',
      {
        repositoryName: 'platform-app',
        repositoryDescription: 'Source of the app of platform',
        tags: {
          Name: 'platform-main',
          'slipway:deployment': 'platform',
          'slipway:kind': 'source-repository',
          'slipway:key': 'main',
        },
      },
    ],
  ],
  [
    'source-trigger',
    'main',
    {
      DescribeRule: () => {
        throw refusal('ResourceNotFoundException');
      },
    },
    {
      key: 'main',
      id: 'platform-source',
      arn: 'arn:aws:events:us-east-1:123456789012:rule/platform-source',
      enabled: true,
      targets: {},
    },
    [
      'PutRule',
      {
        Name: 'platform-source',
        Description: 'Starts the pipeline when the branch moves',
        EventPattern:
          '{"source":["aws.codecommit"],"detail-type":["CodeCommit Repository State Change"],"resources":["${source-repository/main.arn}"],"detail":{"event":["referenceCreated","referenceUpdated"],"referenceType":["branch"],"referenceName":["main"]}}',
        State: 'ENABLED',
        Tags: tags('source-trigger', 'main'),
      },
    ],
  ],
  [
    'build-project',
    'main',
    { CreateProject: () => ({ project: { name: 'platform-build', arn: 'arn:project', serviceRole: 'arn:role' } }) },
    {
      key: 'main',
      id: 'platform-build',
      arn: 'arn:project',
      settings: { roleArn: 'arn:role', privileged: false },
    },
    [
      'CreateProject',
      {
        name: 'platform-build',
        description: 'Tests the app of platform, builds its image and pushes it to every region',
        serviceRole: '${role/build.arn}',
        source: { type: 'CODEPIPELINE', buildspec: 'buildspec.yml' },
        artifacts: { type: 'CODEPIPELINE' },
        environment: {
          type: 'LINUX_CONTAINER',
          image: 'aws/codebuild/amazonlinux-x86_64-standard:5.0',
          computeType: 'BUILD_GENERAL1_SMALL',
          privilegedMode: true,
          environmentVariables: [
            plain('ACCOUNT', '123456789012'),
            plain('BASE_IMAGE', `public.ecr.aws/docker/library/node@sha256:${'0'.repeat(64)}`),
            plain('REGIONS', 'us-east-1,us-west-2'),
            plain('REGISTRY_DOMAIN', 'amazonaws.com'),
            plain('REPOSITORY', 'platform-app'),
          ],
        },
        logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: '${log-group/build.id}' } },
        timeoutInMinutes: 20,
        queuedTimeoutInMinutes: 60,
        cache: { type: 'LOCAL', modes: ['LOCAL_DOCKER_LAYER_CACHE'] },
        tags: lowerTags('build-project', 'main'),
      },
    ],
  ],
  [
    'build-project',
    'mirror',
    { CreateProject: () => ({ project: { name: 'platform-mirror' } }) },
    { key: 'mirror', id: 'platform-mirror', settings: { cacheModes: [] } },
    ['CreateProject', expect.objectContaining({ name: 'platform-mirror', cache: { type: 'NO_CACHE' } })],
  ],
  [
    'alarm',
    'response-time',
    {},
    {
      key: 'response-time',
      id: 'platform-response-time',
      arn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:platform-response-time',
    },
    [
      'PutMetricAlarm',
      {
        AlarmName: 'platform-response-time',
        AlarmDescription: "Production's 95th percentile of response time is over 1 s for 5 minutes",
        Namespace: 'AWS/ApplicationELB',
        MetricName: 'TargetResponseTime',
        Dimensions: [
          { Name: 'LoadBalancer', Value: '${load-balancer/main.suffix}' },
          { Name: 'TargetGroup', Value: '${target-group/production.suffix}' },
        ],
        ExtendedStatistic: 'p95',
        ComparisonOperator: 'GreaterThanThreshold',
        Threshold: 1,
        Period: 300,
        EvaluationPeriods: 1,
        DatapointsToAlarm: 1,
        TreatMissingData: 'notBreaching',
        ActionsEnabled: true,
        AlarmActions: ['${topic/alarms.id}'],
        OKActions: ['${topic/alarms.id}'],
        Tags: tags('alarm', 'response-time'),
      },
    ],
  ],
  [
    'log-group',
    'staging',
    {},
    { key: 'staging', id: '/slipway/platform/staging', name: '/slipway/platform/staging' },
    [
      'CreateLogGroup',
      {
        logGroupName: '/slipway/platform/staging',
        tags: {
          Name: 'platform-staging',
          'slipway:deployment': 'platform',
          'slipway:kind': 'log-group',
          'slipway:key': 'staging',
        },
      },
    ],
  ],
  [
    'topic',
    'approvals',
    { CreateTopic: () => ({ TopicArn: 'arn:topic' }) },
    {
      key: 'approvals',
      id: 'arn:topic',
      name: 'platform-approvals',
      policy: {},
      emails: [],
      asked: {},
    },
    [
      'CreateTopic',
      {
        Name: 'platform-approvals',
        Attributes: { DisplayName: 'platform approvals' },
        Tags: tags('topic', 'approvals'),
      },
    ],
  ],
];

describe('one call makes the whole, tags in it, and its answer shows what still differs', () => {
  test.each(rows)('%s/%s', async (kind, key, answers, found, ...expected) => {
    const made = await create(kind, key, answers);
    expect(made.calls).toEqual(expected);
    expect(made.found).toMatchObject(found);
    expect(Object.keys(made.output)).toEqual(expect.arrayContaining([...neededOf(kind, key)]));
  });
});
