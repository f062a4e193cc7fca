import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient, CreateProjectCommand } from '@aws-sdk/client-codebuild';
import { CodeCommitClient, CreateCommitCommand, CreateRepositoryCommand } from '@aws-sdk/client-codecommit';
import { CodePipelineClient, CreatePipelineCommand } from '@aws-sdk/client-codepipeline';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import type { clientOptions } from '../test-cloud.ts';

const role = (name: keyof typeof roles): string => `arn:aws:iam::000000000000:role/${name}`;
export const pipelineName = 'shop-pipeline';

/** What each role may do, and which service acts as it. */
const roles = {
  'shop-events': { service: 'events', actions: ['codepipeline:StartPipelineExecution'] },
  'shop-pipeline': {
    service: 'codepipeline',
    actions: ['codecommit:*', 'codebuild:StartBuild', 'codebuild:BatchGetBuilds', 's3:*', 'sns:Publish'],
  },
  'shop-build': {
    service: 'codebuild',
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogGroups', 's3:GetObject*', 's3:PutObject'],
  },
} as const;

async function createRoles(iam: IAMClient): Promise<void> {
  const policy = (statement: object): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
  for (const [RoleName, { service, actions }] of Object.entries(roles)) {
    const trust = { Principal: { Service: `${service}.amazonaws.com` }, Action: 'sts:AssumeRole' };
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policy(trust) }));
    await iam.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName: 'own',
        PolicyDocument: policy({ Action: actions, Resource: '*' }),
      }),
    );
  }
}

/** Tests fail where the file `broken` says so. */
const buildspec = `version: 0.2
env: { shell: bash, exported-variables: [GREETING] }
phases:
  pre_build:
    on-failure: ABORT
    commands: ['test ! -e broken']
  build:
    commands:
      - export GREETING="$(cat greeting)"
      - aws logs describe-log-groups --query 'logGroups[].logGroupName' --output text
      - echo "$GREETING for $CODEBUILD_RESOLVED_SOURCE_VERSION" > said.txt
artifacts: { files: [said.txt] }
`;

/** A pipeline that builds what is pushed and then asks. @returns where its source is cloned from */
export async function makePipeline(options: ReturnType<typeof clientOptions>): Promise<string> {
  await createRoles(new IAMClient(options));
  const codecommit = new CodeCommitClient(options);
  const { repositoryMetadata: repository } = await codecommit.send(
    new CreateRepositoryCommand({ repositoryName: 'shop' }),
  );
  await codecommit.send(
    new CreateCommitCommand({
      repositoryName: 'shop',
      branchName: 'main',
      putFiles: [{ filePath: 'buildspec.yml', fileContent: new TextEncoder().encode(buildspec) }],
    }),
  );
  await new S3Client(options).send(new CreateBucketCommand({ Bucket: 'shop-artifacts' }));
  await new CloudWatchLogsClient(options).send(new CreateLogGroupCommand({ logGroupName: '/shop/build' }));
  const sns = new SNSClient(options);
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'shop-approvals' }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'ada@example.com' }));
  await new CodeBuildClient(options).send(
    new CreateProjectCommand({
      name: 'shop-build',
      serviceRole: role('shop-build'),
      source: { type: 'CODEPIPELINE', buildspec: 'buildspec.yml' },
      artifacts: { type: 'CODEPIPELINE' },
      environment: {
        type: 'LINUX_CONTAINER',
        image: 'aws/codebuild/standard:7.0',
        computeType: 'BUILD_GENERAL1_SMALL',
      },
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: '/shop/build' } },
    }),
  );
  const action = (name: string, category: 'Source' | 'Build' | 'Approval', provider: string, over: object) => ({
    name,
    actionTypeId: { category, provider, owner: 'AWS' as const, version: '1' },
    ...over,
  });
  await new CodePipelineClient(options).send(
    new CreatePipelineCommand({
      pipeline: {
        name: pipelineName,
        roleArn: role('shop-pipeline'),
        pipelineType: 'V2',
        executionMode: 'QUEUED',
        artifactStore: { type: 'S3', location: 'shop-artifacts' },
        stages: [
          {
            name: 'Source',
            actions: [
              action('Read', 'Source', 'CodeCommit', {
                configuration: { RepositoryName: 'shop', BranchName: 'main', PollForSourceChanges: 'false' },
                outputArtifacts: [{ name: 'Code' }],
                namespace: 'Source',
              }),
            ],
          },
          {
            name: 'Build',
            actions: [
              action('Build', 'Build', 'CodeBuild', {
                configuration: { ProjectName: 'shop-build' },
                inputArtifacts: [{ name: 'Code' }],
                outputArtifacts: [{ name: 'Built' }],
              }),
            ],
          },
          {
            name: 'Approval',
            actions: [
              action('Ask', 'Approval', 'Manual', {
                configuration: { NotificationArn: TopicArn, CustomData: 'Release #{Source.CommitId}?' },
                // The least: six seconds at this clock.
                timeoutInMinutes: 5,
              }),
            ],
          },
        ],
      },
    }),
  );
  const events = new EventBridgeClient(options);
  const pattern = { source: ['aws.codecommit'], detail: { event: ['referenceUpdated'], referenceName: ['main'] } };
  await events.send(new PutRuleCommand({ Name: 'shop-source', EventPattern: JSON.stringify(pattern) }));
  const Arn = `arn:aws:codepipeline:us-east-1:000000000000:${pipelineName}`;
  await events.send(
    new PutTargetsCommand({ Rule: 'shop-source', Targets: [{ Id: 'pipeline', Arn, RoleArn: role('shop-events') }] }),
  );
  return repository?.cloneUrlHttp ?? '';
}
