import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient, CreateProjectCommand } from '@aws-sdk/client-codebuild';
import { CodeCommitClient, CreateCommitCommand, CreateRepositoryCommand } from '@aws-sdk/client-codecommit';
import {
  type ActionExecutionDetail,
  CodePipelineClient,
  CreatePipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  type PipelineExecutionSummary,
  PutApprovalResultCommand,
} from '@aws-sdk/client-codepipeline';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalCloud, readCalls, readMail } from '@slipway/local-cloud';
import { clientOptions, startTestCloud, stopTestCloud, waitFor } from '../test-cloud.ts';

const run = promisify(execFile);
const role = (name: keyof typeof roles): string => `arn:aws:iam::000000000000:role/${name}`;
const pipelineName = 'shop-pipeline';

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

let cloud: LocalCloud;
let codepipeline: CodePipelineClient;
let logs: CloudWatchLogsClient;
let work = '';

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

async function git(...args: string[]): Promise<string> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  return (await run('git', [...identity, ...args], { cwd: work })).stdout.trim();
}

async function push(file: string, content: string): Promise<string> {
  await writeFile(join(work, file), content);
  await git('add', '.');
  await git('commit', '--quiet', '--message', `${file}: ${content}`);
  await git('push', '--quiet', 'origin', 'HEAD:main');
  return git('rev-parse', 'HEAD');
}

const executionOf = async (commit: string): Promise<PipelineExecutionSummary | undefined> => {
  const { pipelineExecutionSummaries = [] } = await codepipeline.send(
    new ListPipelineExecutionsCommand({ pipelineName }),
  );
  return pipelineExecutionSummaries.find(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId === commit);
};
const ended = (commit: string): Promise<PipelineExecutionSummary | undefined> =>
  waitFor(
    () => executionOf(commit),
    (execution) => execution !== undefined && execution.status !== 'InProgress',
    { within: 120_000 },
  );
const actionsOf = async (commit: string): Promise<readonly ActionExecutionDetail[]> => {
  const { pipelineExecutionId } = (await executionOf(commit)) ?? {};
  const { actionExecutionDetails = [] } = await codepipeline.send(
    new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId } }),
  );
  return actionExecutionDetails;
};

/** The token of the approval that this commit's execution waits for. */
async function tokenFor(commit: string): Promise<string> {
  const { token } = await waitFor(
    async () => {
      const { stageStates = [] } = await codepipeline.send(new GetPipelineStateCommand({ name: pipelineName }));
      const stage = stageStates.find(({ stageName }) => stageName === 'Approval');
      const execution = await executionOf(commit);
      const asks = stage?.latestExecution?.pipelineExecutionId === execution?.pipelineExecutionId;
      return { token: asks ? stage?.actionStates?.[0]?.latestExecution?.token : undefined };
    },
    (found) => found.token !== undefined,
    { within: 120_000 },
  );
  return token ?? '';
}
const answer = (token: string, status: 'Approved' | 'Rejected') =>
  codepipeline.send(
    new PutApprovalResultCommand({
      pipelineName,
      stageName: 'Approval',
      actionName: 'Ask',
      token,
      result: { status, summary: 'seen' },
    }),
  );

beforeAll(async () => {
  cloud = await startTestCloud(0.02);
  const options = clientOptions(cloud);
  await createRoles(new IAMClient(options));
  codepipeline = new CodePipelineClient(options);
  logs = new CloudWatchLogsClient(options);
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
  await logs.send(new CreateLogGroupCommand({ logGroupName: '/shop/build' }));
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
  await codepipeline.send(
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
  work = join(cloud.directory, 'work');
  await mkdir(work);
  await git('clone', '--quiet', repository?.cloneUrlHttp ?? '', '.');
}, 120_000);

afterAll(async () => {
  await rm(work, { recursive: true, force: true });
  await stopTestCloud(cloud);
});

describe('a push to the source', () => {
  test('a push starts the pipeline, which builds, asks by mail and goes on when it is approved', async () => {
    const commit = await push('greeting', 'hello');
    const token = await tokenFor(commit);
    // The question is open before its mail is out.
    const mail = await waitFor(
      async () => (await readMail(cloud.directory)).findLast(({ message }) => message.includes(token)),
      (found) => found !== undefined,
    );
    expect(mail?.to).toBe('ada@example.com');
    expect(JSON.parse(mail?.message ?? '{}').approval).toMatchObject({
      pipelineName,
      stageName: 'Approval',
      actionName: 'Ask',
      token,
      customData: `Release ${commit}?`,
    });
    await answer(token, 'Approved');
    const execution = await ended(commit);
    expect([execution?.status, execution?.trigger?.triggerType]).toEqual(['Succeeded', 'CloudWatchEvent']);
    const build = (await actionsOf(commit)).find(({ actionName }) => actionName === 'Build');
    expect(build?.output?.outputVariables).toEqual({ GREETING: 'hello' });
    await expect(answer(token, 'Approved')).rejects.toMatchObject({ name: 'ApprovalAlreadyCompletedException' });

    const by = (await readCalls(cloud.directory)).map(
      ({ service, action, principal }) => `${principal} ${service}:${action}`,
    );
    for (const call of [
      'role:shop-events codepipeline:StartPipelineExecution',
      'role:shop-pipeline codecommit:GetBranch',
      'role:shop-pipeline codebuild:StartBuild',
      'role:shop-pipeline sns:Publish',
      'role:shop-build s3:GetObject',
      'role:shop-build logs:DescribeLogGroups',
      'role:shop-build logs:PutLogEvents',
    ])
      expect(by).toContain(call);
  }, 240_000);

  test('a push whose tests fail goes no further, and says which command failed and where', async () => {
    const commit = await push('broken', 'yes');
    expect((await ended(commit))?.status).toBe('Failed');
    const [build] = await actionsOf(commit);
    expect([build?.actionName, build?.output?.executionResult?.errorDetails?.message]).toEqual([
      'Build',
      'Build terminated with state: FAILED, Phase: PRE_BUILD, Code: COMMAND_EXECUTION_ERROR, Message: Error while executing command: test ! -e broken. Reason: exit status 1',
    ]);
    const stream = build?.output?.executionResult?.externalExecutionId?.split(':')[1] ?? '';
    const { events = [] } = await logs.send(
      new FilterLogEventsCommand({ logGroupName: '/shop/build', logStreamNames: [stream] }),
    );
    expect(events.map(({ message }) => message?.replace(/^\[Container\] \S+ \S+ /, ''))).toContain(
      'Phase complete: PRE_BUILD State: FAILED',
    );
    await git('rm', '--quiet', 'broken');
    await git('commit', '--quiet', '--message', 'mended');
  }, 240_000);

  test('two pushes in a row are built in their order; one is rejected, the other expires', async () => {
    const first = await push('greeting', 'one');
    await waitFor(
      () => executionOf(first),
      (execution) => execution !== undefined,
    );
    const second = await push('greeting', 'two');
    await answer(await tokenFor(first), 'Rejected');
    await ended(second);
    const asked = async (commit: string) =>
      (await actionsOf(commit)).find(({ actionName }) => actionName === 'Ask')?.output?.executionResult?.errorDetails;
    expect(await asked(first)).toEqual({ code: 'Rejected', message: 'Rejected: seen' });
    expect((await asked(second))?.message).toBe('The approval action expired: nobody answered in time');
  }, 360_000);
});
