import { hasRepository, isMirrored, type RegionConfig } from '../../workflow/config.ts';
import { environments } from '../../workflow/environments.ts';
import {
  appLogGroup,
  bucketArn,
  buildLogGroup,
  buildProjectArn,
  flowLogGroup,
  inSecretsManager,
  logGroupArn,
  mirrorProjectArn,
  pipelineArn,
  type RoleKey,
  reportGroupArn,
  repositoryArn,
  roleArn,
  roleName,
  secretOf,
  serviceArn,
  sourceRepositoryArn,
  taskDefinitionArns,
  topicArn,
} from '../../workflow/names.ts';
import { lagMetric } from './mirror.ts';
import type { PolicyDocument, Statement } from './policy-document.ts';
import type { Wanted } from './resource.ts';

export interface RoleSpec {
  readonly name: string;
  /** For people, in IAM's console; where somebody changes it, it has no effect and is no drift. */
  readonly description: string;
  readonly permissionsBoundary: string;
  readonly trust: PolicyDocument;
  /** Inline policies by name; a role has these and no others, managed ones included. */
  readonly policies: Readonly<Record<string, PolicyDocument>>;
}

/** What each role may do. Names are computed, not referred to: a role is made before what it is for. */
export const rolesOf = (config: RegionConfig): readonly Wanted<RoleSpec>[] => [
  flowLogsRole(config),
  executionRole(config),
  ...(config.primary ? [buildRole(config), pipelineRole(config)] : []),
  ...(config.primary && hasRepository(config) ? [eventsRole(config)] : []),
  ...(isMirrored(config) ? [mirrorRole(config)] : []),
];

const document = (...statements: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

const allow = (
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: NonNullable<Statement['Condition']>,
): Statement => ({ Sid, Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) });

/** The service, and only on behalf of this account: no confused deputy. */
const trust = (config: RegionConfig, service: string): PolicyDocument =>
  document({
    Sid: 'AssumedByService',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': config.account } },
  });

const common = (config: RegionConfig, key: RoleKey) => ({
  name: roleName(config, key),
  permissionsBoundary: config.permissionsBoundaryArn,
});

const everyRegion = (config: RegionConfig): readonly RegionConfig[] =>
  config.regions.map((region) => ({ ...config, region }));

/** A log group and, behind `:*`, its streams. */
const withStreams = (config: RegionConfig, name: string): readonly string[] => [
  logGroupArn(config, name),
  `${logGroupArn(config, name)}:*`,
];

const pullActions = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];

/** ECR knows no resource for it. */
const ecrLogin = allow('LogInToEcr', ['ecr:GetAuthorizationToken'], ['*']);

const flowLogsRole = (config: RegionConfig): Wanted<RoleSpec> => ({
  key: 'flow-logs',
  stage: 'vpc',
  spec: {
    ...common(config, 'flow-logs'),
    description: `Writes the VPC flow logs of ${config.deployment}`,
    trust: trust(config, 'vpc-flow-logs.amazonaws.com'),
    policies: {
      'write-flow-logs': document(
        allow(
          'WriteFlowLogs',
          ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          withStreams(config, flowLogGroup(config)),
        ),
      ),
    },
  },
});

const executionRole = (config: RegionConfig): Wanted<RoleSpec> => ({
  key: 'execution',
  stage: 'ecs',
  spec: {
    ...common(config, 'execution'),
    description: `Pulls the image of ${config.deployment} and writes its logs`,
    trust: trust(config, 'ecs-tasks.amazonaws.com'),
    policies: {
      'pull-and-log': document(
        ecrLogin,
        allow('PullImage', pullActions, [repositoryArn(config)]),
        allow(
          'WriteLogs',
          ['logs:CreateLogStream', 'logs:PutLogEvents'],
          environments.flatMap((environment) => withStreams(config, appLogGroup(config, environment))),
        ),
      ),
      ...readSecrets(config),
    },
  },
});

/**
 * The app's secrets and no others, and their keys: KMS is told for what it decrypts, so that the keys themselves need not be
 * known. Without secrets there is no such policy.
 */
function readSecrets(config: RegionConfig): RoleSpec['policies'] {
  const arns = [...new Set(Object.values(config.app.secrets ?? {}).map(secretOf))].toSorted();
  const secrets = arns.filter(inSecretsManager);
  const parameters = arns.filter((arn) => !inSecretsManager(arn));
  const key = `arn:${config.partition}:kms:*:${config.account}:key/*`;
  const decrypt = (Sid: string, service: string, context: string, of: readonly string[]): Statement =>
    allow(Sid, ['kms:Decrypt'], [key], {
      StringLike: { 'kms:ViaService': `${service}.*.amazonaws.com` },
      StringEquals: { [`kms:EncryptionContext:${context}`]: of },
    });
  if (arns.length === 0) return {};
  return {
    'read-secrets': document(
      ...(secrets.length === 0
        ? []
        : [
            allow('ReadSecrets', ['secretsmanager:GetSecretValue'], secrets),
            decrypt('DecryptSecrets', 'secretsmanager', 'SecretARN', secrets),
          ]),
      ...(parameters.length === 0
        ? []
        : [
            allow('ReadParameters', ['ssm:GetParameters'], parameters),
            decrypt('DecryptParameters', 'ssm', 'PARAMETER_ARN', parameters),
          ]),
    ),
  };
}

const buildRole = (config: RegionConfig): Wanted<RoleSpec> => ({
  key: 'build',
  stage: 'pipeline',
  spec: {
    ...common(config, 'build'),
    description: `Builds and pushes the image of ${config.deployment}`,
    trust: trust(config, 'codebuild.amazonaws.com'),
    policies: {
      build: document(
        allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], withStreams(config, buildLogGroup(config))),
        ecrLogin,
        allow(
          'PullAndPushImage',
          [...pullActions, 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'],
          everyRegion(config).map(repositoryArn),
        ),
        allow(
          'ReportTests',
          [
            'codebuild:CreateReportGroup',
            'codebuild:CreateReport',
            'codebuild:UpdateReport',
            'codebuild:BatchPutTestCases',
          ],
          [reportGroupArn(config)],
        ),
        allow('SeeArtifactBucket', ['s3:GetBucketAcl', 's3:GetBucketLocation'], [bucketArn(config)]),
        allow(
          'ReadAndWriteArtifacts',
          ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject'],
          [`${bucketArn(config)}/*`],
        ),
      ),
    },
  },
});

const readSource = (config: RegionConfig): Statement =>
  config.pipeline.source === undefined
    ? allow(
        'ReadSource',
        [
          'codecommit:GetRepository',
          'codecommit:GetBranch',
          'codecommit:GetCommit',
          'codecommit:UploadArchive',
          'codecommit:GetUploadArchiveStatus',
          'codecommit:CancelUploadArchive',
        ],
        [sourceRepositoryArn(config)],
      )
    : // The service has two names; which of them is asked for depends on the connection's age.
      allow(
        'ReadSource',
        ['codeconnections:UseConnection', 'codestar-connections:UseConnection'],
        [config.pipeline.source.connectionArn],
      );

/** The actions are those that CodePipeline's documentation names for each of its action types, bound to our resources. */
const pipelineRole = (config: RegionConfig): Wanted<RoleSpec> => ({
  key: 'pipeline',
  stage: 'pipeline',
  spec: {
    ...common(config, 'pipeline'),
    description: `Builds, deploys and asks for approval for ${config.deployment}`,
    trust: trust(config, 'codepipeline.amazonaws.com'),
    policies: {
      pipeline: document(
        readSource(config),
        allow('Build', ['codebuild:StartBuild', 'codebuild:BatchGetBuilds'], [buildProjectArn(config)]),
        allow('DescribeAndRegisterTasks', ['ecs:DescribeTaskDefinition', 'ecs:RegisterTaskDefinition'], ['*']),
        allow(
          'DeployServices',
          ['ecs:DescribeServices', 'ecs:UpdateService'],
          everyRegion(config).flatMap((place) => environments.map((environment) => serviceArn(place, environment))),
        ),
        allow(
          'TagTasks',
          ['ecs:TagResource'],
          everyRegion(config).flatMap((place) =>
            environments.map((environment) => taskDefinitionArns(place, environment)),
          ),
          { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } },
        ),
        allow(
          'PassExecutionRole',
          ['iam:PassRole'],
          [
            ...everyRegion(config).map((place) => roleArn(place, 'execution')),
            ...(config.app.taskRoleArn === undefined ? [] : [config.app.taskRoleArn]),
          ],
          { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
        ),
        allow(
          'SeeArtifactBuckets',
          ['s3:GetBucketAcl', 's3:GetBucketLocation', 's3:GetBucketVersioning'],
          everyRegion(config).map(bucketArn),
        ),
        allow(
          'ReadAndWriteArtifacts',
          ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:PutObjectAcl'],
          everyRegion(config).map((place) => `${bucketArn(place)}/*`),
        ),
        allow('AskForApproval', ['sns:Publish'], [topicArn(config, 'approvals')]),
      ),
    },
  },
});

const eventsRole = (config: RegionConfig): Wanted<RoleSpec> => ({
  key: 'events',
  stage: 'pipeline',
  spec: {
    ...common(config, 'events'),
    description: `Starts the pipeline of ${config.deployment} when the source changes`,
    trust: trust(config, 'events.amazonaws.com'),
    policies: {
      'start-pipeline': document(
        allow('StartPipeline', ['codepipeline:StartPipelineExecution'], [pipelineArn(config)]),
        ...(isMirrored(config) ? [allow('StartMirror', ['codebuild:StartBuild'], [mirrorProjectArn(config)])] : []),
      ),
    },
  },
});

const mirrorRole = (config: RegionConfig): Wanted<RoleSpec> => ({
  key: 'mirror',
  stage: 'pipeline',
  spec: {
    ...common(config, 'mirror'),
    description: `Copies the source of ${config.deployment} to its replicas`,
    trust: trust(config, 'codebuild.amazonaws.com'),
    policies: {
      mirror: document(
        allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], withStreams(config, buildLogGroup(config))),
        allow('ReadSource', ['codecommit:GitPull'], [sourceRepositoryArn(config)]),
        allow('WriteReplicas', ['codecommit:GitPush'], everyRegion(config).slice(1).map(sourceRepositoryArn)),
        // CloudWatch knows no resource for it.
        allow('MeasureLag', ['cloudwatch:PutMetricData'], ['*'], {
          StringEquals: { 'cloudwatch:namespace': lagMetric.namespace },
        }),
      ),
    },
  },
});
