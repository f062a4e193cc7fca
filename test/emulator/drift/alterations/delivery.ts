import { BatchGetProjectsCommand, CodeBuildClient, UpdateProjectCommand } from '@aws-sdk/client-codebuild';
import { CodeCommitClient, UpdateRepositoryDescriptionCommand } from '@aws-sdk/client-codecommit';
import { CodePipelineClient, GetPipelineCommand, UpdatePipelineCommand } from '@aws-sdk/client-codepipeline';
import {
  DeleteLifecyclePolicyCommand,
  ECRClient,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { DisableRuleCommand, EventBridgeClient, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  S3Client,
} from '@aws-sdk/client-s3';

import { type Alteration, bucket, document, east, otherBucket, west } from './hands.ts';

export const delivery: readonly Alteration[] = [
  {
    name: 'images for everybody',
    region: east,
    alter: ({ client }) =>
      client(ECRClient).send(
        new SetRepositoryPolicyCommand({
          repositoryName: 'platform-app',
          policyText: document({ Sid: 'Everybody', Effect: 'Allow', Principal: '*', Action: 'ecr:*' }),
        }),
      ),
    planned: ['repository/app policy'],
  },
  {
    name: 'scan on push off',
    region: west,
    alter: ({ client }) =>
      client(ECRClient).send(
        new PutImageScanningConfigurationCommand({
          repositoryName: 'platform-app',
          imageScanningConfiguration: { scanOnPush: false },
        }),
      ),
    planned: ['repository/app scanOnPush'],
  },
  {
    name: 'image tags movable',
    region: east,
    alter: ({ client }) =>
      client(ECRClient).send(
        new PutImageTagMutabilityCommand({ repositoryName: 'platform-app', imageTagMutability: 'MUTABLE' }),
      ),
    planned: ['repository/app movableTags'],
  },
  {
    name: 'the repository’s lifecycle policy removed',
    region: east,
    alter: ({ client }) => client(ECRClient).send(new DeleteLifecyclePolicyCommand({ repositoryName: 'platform-app' })),
    planned: ['repository/app lifecycle'],
  },
  {
    // Without a configuration of its own S3 encrypts with its own key, which is what we want: another key is a drift.
    name: 'the bucket’s encryption replaced by another key’s',
    region: east,
    alter: ({ client }) =>
      client(S3Client).send(
        new PutBucketEncryptionCommand({
          ...bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
          },
        }),
      ),
    planned: ['artifact-bucket/artifacts encryption'],
  },
  {
    name: 'the bucket’s policy removed',
    region: east,
    alter: ({ client }) => client(S3Client).send(new DeleteBucketPolicyCommand(bucket)),
    planned: ['artifact-bucket/artifacts policy.Statement[TlsOnly]'],
  },
  {
    name: 'the block of public access removed',
    region: west,
    alter: ({ client }) => client(S3Client).send(new DeletePublicAccessBlockCommand(otherBucket)),
    planned: ['artifact-bucket/artifacts publicAccessBlocked'],
  },
  {
    name: 'the bucket’s lifecycle removed',
    region: west,
    alter: ({ client }) => client(S3Client).send(new DeleteBucketLifecycleCommand(otherBucket)),
    planned: ['artifact-bucket/artifacts lifecycle'],
  },
  {
    name: 'the build’s image',
    region: east,
    alter: async ({ client }) => {
      const codebuild = client(CodeBuildClient);
      const { projects = [] } = await codebuild.send(new BatchGetProjectsCommand({ names: ['platform-build'] }));
      const environment = projects[0]?.environment;
      return codebuild.send(
        new UpdateProjectCommand({
          name: 'platform-build',
          environment: {
            type: 'LINUX_CONTAINER',
            computeType: 'BUILD_GENERAL1_SMALL',
            ...environment,
            image: 'somebody/else:latest',
            environmentVariables: (environment?.environmentVariables ?? []).map((variable) =>
              variable.name === 'REPOSITORY' ? { ...variable, value: 'elsewhere' } : variable,
            ),
          },
        }),
      );
    },
    planned: ['build-project/main image', 'build-project/main variables[REPOSITORY]'],
  },
  {
    name: 'the pipeline’s approval left out',
    region: east,
    alter: async ({ client }) => {
      const codepipeline = client(CodePipelineClient);
      const { pipeline } = await codepipeline.send(new GetPipelineCommand({ name: 'platform-pipeline' }));
      if (pipeline === undefined) throw new Error('there is no pipeline');
      const isApproval = ({ actions = [] }: NonNullable<typeof pipeline.stages>[number]): boolean =>
        actions.some(({ actionTypeId }) => actionTypeId?.category === 'Approval');
      return codepipeline.send(
        new UpdatePipelineCommand({
          pipeline: { ...pipeline, stages: pipeline.stages?.filter((stage) => !isApproval(stage)) },
        }),
      );
    },
    planned: ['pipeline/main stages'],
  },
  {
    name: 'the source’s trigger off',
    region: east,
    alter: ({ client }) => client(EventBridgeClient).send(new DisableRuleCommand({ Name: 'platform-source' })),
    planned: ['source-trigger/main enabled'],
  },
  {
    name: 'the source’s trigger without its target',
    region: east,
    alter: ({ client }) =>
      client(EventBridgeClient).send(new RemoveTargetsCommand({ Rule: 'platform-source', Ids: ['pipeline'] })),
    planned: ['source-trigger/main targets[pipeline]'],
  },
  {
    name: 'the description of the source repository',
    region: west,
    alter: ({ client }) =>
      client(CodeCommitClient).send(
        new UpdateRepositoryDescriptionCommand({
          repositoryName: 'platform-app',
          repositoryDescription: 'nobody knows',
        }),
      ),
    planned: ['source-repository/replica description'],
  },
];
