import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  type ActionExecutionDetail,
  CodePipelineClient,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  type PipelineExecutionSummary,
  PutApprovalResultCommand,
} from '@aws-sdk/client-codepipeline';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalCloud, readCalls, readMail } from '@slipway/local-cloud';
import { clientOptions, startTestCloud, stopTestCloud, waitFor } from '../test-cloud.ts';
import { makePipeline, pipelineName } from './shop-pipeline.ts';

const run = promisify(execFile);
let cloud: LocalCloud;
let codepipeline: CodePipelineClient;
let logs: CloudWatchLogsClient;
let work = '';

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
  codepipeline = new CodePipelineClient(options);
  logs = new CloudWatchLogsClient(options);
  const cloneUrl = await makePipeline(options);
  work = join(cloud.directory, 'work');
  await mkdir(work);
  await git('clone', '--quiet', cloneUrl, '.');
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
