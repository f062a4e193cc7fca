import { Aws } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { secretArns } from '../workflow/allowances.ts';
import { prefix } from '../workflow/machines.ts';
import { defaultBusArn, roleArnNamed } from '../workflow/names.ts';
import { secretPrefixes, taskRoles } from './allowances.ts';

/**
 * The most that any role made by the workflow may ever do, whatever its own policies come to say: what flow logs, task
 * execution, build, pipeline and the source trigger need (lambdas/resources/role.ts), and no identity management.
 */
export function platformBoundary(scope: Construct): ManagedPolicy {
  const here = { partition: Aws.PARTITION, region: '*', account: Aws.ACCOUNT_ID };
  const secrets = secretPrefixes().map((prefix) => secretArns(here, prefix));
  return new ManagedPolicy(scope, 'PlatformBoundary', {
    // IAM is global: a provisioner in another region of the account has one of its own.
    managedPolicyName: `${prefix}-platform-boundary-${Aws.REGION}`,
    description: 'Permissions boundary of every role that Slipway makes for a platform',
    statements: [
      new PolicyStatement({
        actions: [
          'logs:CreateLogStream',
          'logs:PutLogEvents',
          'logs:DescribeLogGroups',
          'logs:DescribeLogStreams',
          'ecr:GetAuthorizationToken',
          'ecr:BatchCheckLayerAvailability',
          'ecr:GetDownloadUrlForLayer',
          'ecr:BatchGetImage',
          'ecr:InitiateLayerUpload',
          'ecr:UploadLayerPart',
          'ecr:CompleteLayerUpload',
          'ecr:PutImage',
          's3:GetObject',
          's3:GetObjectVersion',
          's3:PutObject',
          's3:PutObjectAcl',
          's3:GetBucketAcl',
          's3:GetBucketLocation',
          's3:GetBucketVersioning',
          'codecommit:GitPull',
          'codecommit:GitPush',
          'codecommit:GetBranch',
          'codecommit:GetCommit',
          'codecommit:GetRepository',
          'codecommit:UploadArchive',
          'codecommit:GetUploadArchiveStatus',
          'codecommit:CancelUploadArchive',
          'codebuild:StartBuild',
          'codebuild:BatchGetBuilds',
          'codebuild:BatchPutTestCases',
          'codebuild:CreateReport',
          'codebuild:CreateReportGroup',
          'codebuild:UpdateReport',
          'cloudwatch:PutMetricData',
          'codeconnections:UseConnection',
          'codestar-connections:UseConnection',
          'codepipeline:StartPipelineExecution',
          'ecs:DescribeServices',
          'ecs:DescribeTaskDefinition',
          'ecs:DescribeTasks',
          'ecs:ListTasks',
          'ecs:RegisterTaskDefinition',
          'ecs:TagResource',
          'ecs:UpdateService',
          'sns:Publish',
        ],
        resources: ['*'],
      }),
      // Forwards that a pipeline failed in another region. Of what a caller puts, EventBridge knows the source and takes none
      // that is AWS's: nobody asks for a run with it.
      new PolicyStatement({
        actions: ['events:PutEvents'],
        resources: [defaultBusArn({ ...here, region: Aws.REGION })],
        conditions: { 'ForAllValues:StringEquals': { 'events:source': ['aws.codepipeline'] } },
      }),
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [roleArnNamed(here, '*'), ...taskRoles()],
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
      // The app's own, and only those that `slipway deploy` allows.
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: secrets.map(({ secret }) => secret),
      }),
      new PolicyStatement({ actions: ['ssm:GetParameters'], resources: secrets.map(({ parameter }) => parameter) }),
      new PolicyStatement({
        actions: ['kms:Decrypt'],
        resources: ['*'],
        conditions: { StringLike: { 'kms:ViaService': ['secretsmanager.*.amazonaws.com', 'ssm.*.amazonaws.com'] } },
      }),
      // No policy of a role grants it: the keys that AWS manages for sources and artifacts let everybody in the account
      // who comes through the service, and whether that outweighs a boundary's silence is not known.
      new PolicyStatement({
        actions: [
          'kms:Decrypt',
          'kms:DescribeKey',
          'kms:Encrypt',
          'kms:GenerateDataKey',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
        ],
        resources: ['*'],
        conditions: { StringLike: { 'kms:ViaService': ['codecommit.*.amazonaws.com', 's3.*.amazonaws.com'] } },
      }),
    ],
  });
}
