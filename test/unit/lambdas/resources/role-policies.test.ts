import { describe, expect, test } from '@jest/globals';
import { role } from '../../../../lambdas/resources/role.ts';
import { connectedPipeline, regionConfig } from '../../../support/region-config.ts';

/** What a statement allows; actions are separated by spaces. */
type Allowed = readonly [sid: string, actions: string, resources: readonly string[], condition?: object];

const everywhere = (arn: string): readonly string[] =>
  ['us-east-1', 'us-west-2'].map((region) => arn.replace('REGION', region));
const both = (arn: string): readonly string[] =>
  ['staging', 'production'].map((environment) => arn.replace('ENVIRONMENT', environment));
const withStreams = (group: string): readonly string[] =>
  ['', ':*'].map((end) => `arn:aws:logs:us-east-1:123456789012:log-group:${group}${end}`);
const pull = 'ecr:BatchCheckLayerAvailability ecr:GetDownloadUrlForLayer ecr:BatchGetImage';
const bucket = 'arn:aws:s3:::platform-123456789012-REGION-artifacts';
const ownBucket = bucket.replace('REGION', 'us-east-1');
const repository = 'arn:aws:ecr:REGION:123456789012:repository/platform-app';

const rows: readonly (readonly [key: string, description: string, policy: string, ...Allowed[]])[] = [
  [
    'flow-logs',
    'Writes the VPC flow logs of platform',
    'write-flow-logs',
    [
      'WriteFlowLogs',
      'logs:CreateLogStream logs:PutLogEvents logs:DescribeLogStreams',
      withStreams('/slipway/platform/flow-logs'),
    ],
  ],
  [
    'execution',
    'Pulls the image of platform and writes its logs',
    'pull-and-log',
    ['LogInToEcr', 'ecr:GetAuthorizationToken', ['*']],
    ['PullImage', pull, [repository.replace('REGION', 'us-east-1')]],
    ['WriteLogs', 'logs:CreateLogStream logs:PutLogEvents', both('/slipway/platform/ENVIRONMENT').flatMap(withStreams)],
  ],
  [
    'build',
    'Builds and pushes the image of platform',
    'build',
    ['WriteLogs', 'logs:CreateLogStream logs:PutLogEvents', withStreams('/aws/codebuild/platform-build')],
    ['LogInToEcr', 'ecr:GetAuthorizationToken', ['*']],
    [
      'PullAndPushImage',
      `${pull} ecr:InitiateLayerUpload ecr:UploadLayerPart ecr:CompleteLayerUpload ecr:PutImage`,
      everywhere(repository),
    ],
    [
      'ReportTests',
      'codebuild:CreateReportGroup codebuild:CreateReport codebuild:UpdateReport codebuild:BatchPutTestCases',
      ['arn:aws:codebuild:us-east-1:123456789012:report-group/platform-build-tests'],
    ],
    ['SeeArtifactBucket', 's3:GetBucketAcl s3:GetBucketLocation', [ownBucket]],
    ['ReadAndWriteArtifacts', 's3:GetObject s3:GetObjectVersion s3:PutObject', [`${ownBucket}/*`]],
  ],
  [
    'pipeline',
    'Builds, deploys and asks for approval for platform',
    'pipeline',
    [
      'ReadSource',
      [
        'codecommit:GetRepository codecommit:GetBranch codecommit:GetCommit codecommit:UploadArchive',
        'codecommit:GetUploadArchiveStatus codecommit:CancelUploadArchive',
      ].join(' '),
      ['arn:aws:codecommit:us-east-1:123456789012:platform-app'],
    ],
    [
      'Build',
      'codebuild:StartBuild codebuild:BatchGetBuilds',
      ['arn:aws:codebuild:us-east-1:123456789012:project/platform-build'],
    ],
    ['DescribeAndRegisterTasks', 'ecs:DescribeTaskDefinition ecs:RegisterTaskDefinition', ['*']],
    [
      'DeployServices',
      'ecs:DescribeServices ecs:UpdateService',
      everywhere('arn:aws:ecs:REGION:123456789012:service/platform-cluster/ENVIRONMENT').flatMap(both),
    ],
    [
      'TagTasks',
      'ecs:TagResource',
      everywhere('arn:aws:ecs:REGION:123456789012:task-definition/platform-ENVIRONMENT:*').flatMap(both),
      { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } },
    ],
    [
      'PassExecutionRole',
      'iam:PassRole',
      everywhere('arn:aws:iam::123456789012:role/slipway/platform-REGION-execution'),
      { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    ],
    ['SeeArtifactBuckets', 's3:GetBucketAcl s3:GetBucketLocation s3:GetBucketVersioning', everywhere(bucket)],
    [
      'ReadAndWriteArtifacts',
      's3:GetObject s3:GetObjectVersion s3:PutObject s3:PutObjectAcl',
      everywhere(`${bucket}/*`),
    ],
    ['AskForApproval', 'sns:Publish', ['arn:aws:sns:us-east-1:123456789012:platform-approvals']],
  ],
  [
    'events',
    'Starts the pipeline of platform when the source changes',
    'start-pipeline',
    [
      'StartPipeline',
      'codepipeline:StartPipelineExecution',
      ['arn:aws:codepipeline:us-east-1:123456789012:platform-pipeline'],
    ],
    ['StartMirror', 'codebuild:StartBuild', ['arn:aws:codebuild:us-east-1:123456789012:project/platform-mirror']],
  ],
  [
    'mirror',
    'Copies the source of platform to its replicas',
    'mirror',
    ['WriteLogs', 'logs:CreateLogStream logs:PutLogEvents', withStreams('/aws/codebuild/platform-build')],
    ['ReadSource', 'codecommit:GitPull', ['arn:aws:codecommit:us-east-1:123456789012:platform-app']],
    ['WriteReplicas', 'codecommit:GitPush', ['arn:aws:codecommit:us-west-2:123456789012:platform-app']],
    ['MeasureLag', 'cloudwatch:PutMetricData', ['*'], { StringEquals: { 'cloudwatch:namespace': 'Slipway' } }],
  ],
];

describe('what the roles of the platform may do, and nothing else', () => {
  test.each(rows)('%s', (key, description, policy, ...allowed) => {
    const spec = role.specs(regionConfig()).find((wanted) => wanted.key === key)?.spec;
    expect(spec?.description).toBe(description);
    expect(spec?.policies).toEqual({
      [policy]: {
        Version: '2012-10-17',
        Statement: allowed.map(([Sid, actions, Resource, Condition]) => ({
          ...{ Sid, Effect: 'Allow', Action: actions.split(' '), Resource },
          ...(Condition === undefined ? {} : { Condition }),
        })),
      },
    });
  });
});

describe('the role of events', () => {
  const away = { homeRegion: 'eu-west-1' };
  test.each([
    ['starts pipeline and mirror', {}, ['StartPipeline', 'StartMirror']],
    ['tells a provisioner elsewhere as well', away, ['StartPipeline', 'StartMirror', 'TellProvisioner']],
    [
      'only tells it where CodeConnections starts the pipeline',
      { ...away, pipeline: connectedPipeline },
      ['TellProvisioner'],
    ],
  ])('%s', (_, overrides, sids) => {
    const wanted = role.specs(regionConfig(overrides)).find(({ key }) => key === 'events');
    const statements = wanted?.spec.policies['start-pipeline']?.Statement ?? [];
    expect(statements.map(({ Sid }) => Sid)).toEqual(sids);
    if (sids.includes('TellProvisioner'))
      expect(statements.at(-1)).toMatchObject({
        Action: ['events:PutEvents'],
        Resource: ['arn:aws:events:eu-west-1:123456789012:event-bus/default'],
      });
  });
});

describe('the execution role of an app with secrets', () => {
  const region = 'us-east-1:123456789012';
  const secret = `arn:aws:secretsmanager:${region}:secret:shop/token-AbCdEf`;
  const parameter = `arn:aws:ssm:${region}:parameter/shop/key`;
  const policiesWith = (secrets: Readonly<Record<string, string>>) => {
    const config = regionConfig();
    const all = role.specs({ ...config, app: { ...config.app, secrets } });
    return all.find(({ key }) => key === 'execution')?.spec.policies ?? {};
  };

  test('may read exactly these, and decrypt nothing else with any key', () => {
    const via = (service: string) => ({ 'kms:ViaService': `${service}.*.amazonaws.com` });
    const key = ['arn:aws:kms:*:123456789012:key/*'];
    expect(
      policiesWith({ A: `${secret}:one::`, B: `${secret}:two::`, C: parameter })['read-secrets']?.Statement,
    ).toEqual([
      { Sid: 'ReadSecrets', Effect: 'Allow', Action: ['secretsmanager:GetSecretValue'], Resource: [secret] },
      {
        ...{ Sid: 'DecryptSecrets', Effect: 'Allow', Action: ['kms:Decrypt'], Resource: key },
        Condition: { StringLike: via('secretsmanager'), StringEquals: { 'kms:EncryptionContext:SecretARN': [secret] } },
      },
      { Sid: 'ReadParameters', Effect: 'Allow', Action: ['ssm:GetParameters'], Resource: [parameter] },
      {
        ...{ Sid: 'DecryptParameters', Effect: 'Allow', Action: ['kms:Decrypt'], Resource: key },
        Condition: { StringLike: via('ssm'), StringEquals: { 'kms:EncryptionContext:PARAMETER_ARN': [parameter] } },
      },
    ]);
  });

  test('is as drawn where there are none', () => {
    expect([Object.keys(policiesWith({})), Object.keys(policiesWith({ A: parameter }))]).toEqual([
      ['pull-and-log'],
      ['pull-and-log', 'read-secrets'],
    ]);
  });
});
