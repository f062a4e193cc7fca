import { hasRepository, isMirrored, isPipelineAway, type RegionConfig } from '../../workflow/config.ts';
import { environments } from '../../workflow/environments.ts';
import {
  bucketArn,
  buildLogGroup,
  buildProjectArn,
  defaultBusArn,
  mirrorProjectArn,
  pipelineArn,
  reportGroupArn,
  repositoryArn,
  roleArn,
  serviceArn,
  sourceRepositoryArn,
  taskDefinitionArns,
  topicArn,
} from '../../workflow/names.ts';
import { lagMetric } from './mirror.ts';
import type { Statement } from './policy-document.ts';
import type { Wanted } from './resource.ts';
import {
  allow,
  document,
  ecrLogin,
  everyRegion,
  pullActions,
  type RoleSpec,
  serviceRole,
  withStreams,
} from './role-statements.ts';

/** The roles of build, pipeline and mirror. */

export const buildRole = (config: RegionConfig): Wanted<RoleSpec> =>
  serviceRole(config, 'build', 'pipeline', {
    service: 'codebuild',
    description: `Builds and pushes the image of ${config.deployment}`,
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
export const pipelineRole = (config: RegionConfig): Wanted<RoleSpec> =>
  serviceRole(config, 'pipeline', 'pipeline', {
    service: 'codepipeline',
    description: `Builds, deploys and asks for approval for ${config.deployment}`,
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
  });

export const eventsRole = (config: RegionConfig): Wanted<RoleSpec> =>
  serviceRole(config, 'events', 'pipeline', {
    service: 'events',
    description: `Starts the pipeline of ${config.deployment} when the source changes`,
    policies: {
      'start-pipeline': document(
        ...(hasRepository(config)
          ? [allow('StartPipeline', ['codepipeline:StartPipelineExecution'], [pipelineArn(config)])]
          : []),
        ...(isMirrored(config) ? [allow('StartMirror', ['codebuild:StartBuild'], [mirrorProjectArn(config)])] : []),
        ...(isPipelineAway(config)
          ? [allow('TellProvisioner', ['events:PutEvents'], [defaultBusArn({ ...config, region: config.homeRegion })])]
          : []),
      ),
    },
  });

export const mirrorRole = (config: RegionConfig): Wanted<RoleSpec> =>
  serviceRole(config, 'mirror', 'pipeline', {
    service: 'codebuild',
    description: `Copies the source of ${config.deployment} to its replicas`,
    policies: {
      mirror: document(
        allow('WriteLogs', ['logs:CreateLogStream', 'logs:PutLogEvents'], withStreams(config, buildLogGroup(config))),
        allow('ReadSource', ['codecommit:GitPull'], [sourceRepositoryArn(config)]),
        allow('WriteReplicas', ['codecommit:GitPush'], everyRegion(config).slice(1).map(sourceRepositoryArn)),
        // It has no resource-level permissions.
        allow('MeasureLag', ['cloudwatch:PutMetricData'], ['*'], {
          StringEquals: { 'cloudwatch:namespace': lagMetric.namespace },
        }),
      ),
    },
  });
