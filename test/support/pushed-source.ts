import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CodeCommitClient, GetRepositoryCommand } from '@aws-sdk/client-codecommit';
import {
  CodePipelineClient,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  type PipelineExecutionSummary,
  PutApprovalResultCommand,
} from '@aws-sdk/client-codepipeline';
import type { Provisioner } from './provisioner.ts';
import { waitFor } from './wait-for.ts';

const run = promisify(execFile);

/** Builds and rollouts in two regions, on two busy cores. */
const limit = 240_000;

/** A clone of a platform's source, and what its pipeline does with what is pushed. */
export class PushedSource {
  readonly #provisioner: Provisioner;
  readonly #deployment: string;
  readonly #directory: string;
  /** Ids of the pipeline's executions before a commit was pushed. */
  readonly #before = new Map<string, readonly (string | undefined)[]>();

  private constructor(provisioner: Provisioner, deployment: string, directory: string) {
    this.#provisioner = provisioner;
    this.#deployment = deployment;
    this.#directory = directory;
  }

  static async clone(provisioner: Provisioner, deployment: string): Promise<PushedSource> {
    const source = new PushedSource(provisioner, deployment, await mkdtemp(join(tmpdir(), 'slipway-source-')));
    await source.git('clone', '--quiet', await source.#url('us-east-1'), '.');
    return source;
  }

  remove = (): Promise<void> => rm(this.#directory, { recursive: true, force: true });

  async git(...args: readonly string[]): Promise<string> {
    const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
    return (await run('git', [...identity, ...args], { cwd: this.#directory })).stdout.trim();
  }

  /** Commits these files, pushes them to the pipeline's branch, and waits until the pipeline has the commit, whose id it returns. */
  async push(message: string, files: Readonly<Record<string, string>>): Promise<string> {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.#directory, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
    }
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', message);
    const commit = await this.git('rev-parse', 'HEAD');
    this.#before.set(
      commit,
      (await this.executions()).map(({ pipelineExecutionId }) => pipelineExecutionId),
    );
    await this.git('push', '--quiet', 'origin', 'HEAD:main');
    await waitFor(`the pipeline's start with ${commit}`, () => this.#executionOf(commit), { within: limit });
    return commit;
  }

  /** Branches and tags of the repository in a region. */
  async refs(region: string): Promise<string> {
    return this.git('ls-remote', '--refs', await this.#url(region));
  }

  async #url(region: string): Promise<string> {
    const { repositoryMetadata } = await this.#provisioner
      .client(CodeCommitClient, region)
      .send(new GetRepositoryCommand({ repositoryName: `${this.#deployment}-app` }));
    return repositoryMetadata?.cloneUrlHttp ?? '';
  }

  get #pipeline(): { readonly client: CodePipelineClient; readonly pipelineName: string } {
    return { client: this.#provisioner.client(CodePipelineClient), pipelineName: `${this.#deployment}-pipeline` };
  }

  /** What the pipeline did, the newest first. */
  async executions(): Promise<readonly PipelineExecutionSummary[]> {
    const { client, pipelineName } = this.#pipeline;
    return (await client.send(new ListPipelineExecutionsCommand({ pipelineName }))).pipelineExecutionSummaries ?? [];
  }

  async #executionOf(commit: string): Promise<PipelineExecutionSummary | undefined> {
    const executions = await this.executions();
    return (
      executions.find(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId === commit) ??
      // One that could not read its source knows no commit.
      executions.find(
        ({ pipelineExecutionId, status, sourceRevisions = [] }) =>
          status === 'Failed' &&
          sourceRevisions.length === 0 &&
          this.#before.get(commit)?.includes(pipelineExecutionId) === false,
      )
    );
  }

  /** How the pipeline's execution of a commit ended. */
  async end(commit: string): Promise<string> {
    return waitFor(
      `the end of the pipeline with ${commit}`,
      async () => {
        const status = (await this.#executionOf(commit))?.status;
        return status !== 'InProgress' && status;
      },
      { within: limit },
    );
  }

  /** Why actions of a commit's execution failed, in their own words. */
  async failures(commit: string): Promise<string> {
    const { client, pipelineName } = this.#pipeline;
    const filter = { pipelineExecutionId: (await this.#executionOf(commit))?.pipelineExecutionId };
    const { actionExecutionDetails = [] } = await client.send(
      new ListActionExecutionsCommand({ pipelineName, filter }),
    );
    return actionExecutionDetails
      .flatMap(({ output }) => output?.executionResult?.errorDetails?.message ?? [])
      .join('; ');
  }

  /** Waits until the release of a commit is asked for. Returns what approves it. */
  async question(commit: string): Promise<() => Promise<unknown>> {
    const { client, pipelineName } = this.#pipeline;
    const token = await waitFor(
      `the question whether ${commit} may be released`,
      async () => {
        const execution = await this.#executionOf(commit);
        if (execution !== undefined && execution.status !== 'InProgress')
          throw new Error(`the pipeline ended as ${execution.status} before it asked: ${await this.failures(commit)}`);
        const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
        const stage = stageStates.find(({ stageName }) => stageName === 'Approval');
        const asks = stage?.latestExecution?.pipelineExecutionId === execution?.pipelineExecutionId;
        return asks && stage?.actionStates?.[0]?.latestExecution?.token;
      },
      { within: limit },
    );
    const result = { status: 'Approved' as const, summary: 'seen' };
    const stage = { pipelineName, stageName: 'Approval', actionName: 'ReleaseToProduction' };
    return () => client.send(new PutApprovalResultCommand({ ...stage, token, result }));
  }
}
