import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BranchDoesNotExistException, CodeCommitClient, GetBranchCommand } from '@aws-sdk/client-codecommit';
import { ListActionExecutionsCommand, ListPipelineExecutionsCommand } from '@aws-sdk/client-codepipeline';
import { running } from '@slipway/local-cloud';
import { cloudIn } from '../../lambdas/aws/clients.ts';
import type { RegionReport } from '../../workflow/report.ts';
import { CliError } from './cli-error.ts';
import { type DemoOptions, demo } from './demo.ts';
import {
  answerPipeline,
  type FoundPipeline,
  findPipeline,
  type PipelineQuestion,
  waitingApproval,
} from './pipeline.ts';
import { clock } from './render.ts';
import { findTarget, localDirectory } from './target.ts';

const run = promisify(execFile);
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** What production is asked for through all of it. */
const requestMilliseconds = 50;
const pollMilliseconds = 300;
/** Where the app says what it greets with. */
const greetingFile = 'app/src/greeting.ts';
const branch = 'main';

/** Region → environment → what the app there greets with. */
type Greetings = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface PushReport {
  readonly status: string;
  readonly seconds: number;
  readonly greetings: { readonly before: Greetings; readonly approval: Greetings; readonly after: Greetings };
  readonly requests: { readonly sent: number; readonly failed: number };
  readonly commits: { readonly source: string; readonly replicas: Readonly<Record<string, string | null>> };
}

/** From a push to production, on the platform of the demo; starts that where none stands. Resolves with the exit status. */
export async function demoPush(options: DemoOptions): Promise<number> {
  if ((await running(localDirectory)) === undefined) return demo(options, () => push(options));
  return push(options);
}

async function push({ yes, json }: DemoOptions): Promise<number> {
  const pipeline = await findPipeline(await findTarget({}), 'platform');
  const { regions, source } = pipeline;
  if (source === undefined)
    throw new CliError('the demo’s platform has no repository in CodeCommit', 'start the demo again: npm run demo');
  const [primary, ...others] = regions.map(({ region }) => region);

  const before = await greetings(regions);
  const asked = keepRequesting(regions);
  const started = Date.now();
  const note = (line: string): void => say(`${clock((Date.now() - started) / 1000).padStart(6)} ${line}`);
  try {
    const greeting = `Hello from commit ${started.toString(36)}`;
    const commit = await commitGreeting(source.cloneUrl, greeting);
    note(`pushed ${commit.slice(0, 12)}: "${greeting}"`);

    let approval: Greetings = {};
    const status = await follow(pipeline, commit, note, async (question) => {
      approval = await greetings(regions);
      const here = approval[primary ?? ''];
      note(`staging says "${here?.staging}", production "${here?.production}"`);
      if (!yes) note('asks for approval: npx slipway approve --pipeline, or npx slipway reject --pipeline');
      else {
        await answerPipeline(pipeline, question, 'approve', 'demo:push --yes');
        note('approved, as a person would');
      }
    });
    const after = await greetings(regions);
    const requests = await asked.stop();
    const replicas = await replicaCommits(others, source.repository);
    const result: PushReport = {
      status,
      seconds: Math.round((Date.now() - started) / 1000),
      greetings: { before, approval, after },
      requests,
      commits: { source: commit, replicas },
    };
    process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `${summary(result)}\n`);
    const arrived = regions.every(({ region }) => after[region]?.production === greeting);
    const mirrored = Object.values(replicas).every((replica) => replica === commit);
    return status === 'Succeeded' && arrived && mirrored && requests.failed === 0 ? 0 : 1;
  } finally {
    await asked.stop();
  }
}

function summary({ status, seconds, greetings: { after }, requests, commits }: PushReport): string {
  return [
    `${status} after ${seconds} s; production was asked ${requests.sent} times meanwhile, ${requests.failed} failed`,
    ...Object.entries(after).map(([region, { production }]) => `${region.padEnd(14)} production says "${production}"`),
    ...Object.entries(commits.replicas).map(
      ([region, replica]) => `${region.padEnd(14)} replica ${replica === commits.source ? 'has' : 'LACKS'} the commit`,
    ),
  ].join('\n');
}

/** Clones, changes the greeting, commits and pushes. Returns the commit's id. */
async function commitGreeting(cloneUrl: string, greeting: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-push-'));
  try {
    const git = async (...args: string[]): Promise<string> =>
      (
        await run('git', ['-c', 'user.name=Slipway demo', '-c', 'user.email=demo@example.com', ...args], {
          cwd: directory,
        })
      ).stdout;
    await git('clone', '--quiet', '--branch', branch, cloneUrl, '.');
    const file = join(directory, greetingFile);
    const source = await readFile(file, 'utf8');
    await writeFile(
      file,
      source.replace(/'.*'/, () => `'${greeting}'`),
    );
    await git('commit', '--quiet', '--all', '--message', 'feat: another greeting');
    await git('push', '--quiet', 'origin', `HEAD:${branch}`);
    return (await git('rev-parse', 'HEAD')).trim();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Shows what the pipeline does with that commit until its execution ends; returns the status. */
async function follow(
  pipeline: FoundPipeline,
  commit: string,
  note: (line: string) => void,
  onQuestion: (question: PipelineQuestion) => Promise<void>,
): Promise<string> {
  const { codepipeline, name: pipelineName } = pipeline;
  const seen = new Set<string>();
  for (;;) {
    await sleep(pollMilliseconds);
    const { pipelineExecutionSummaries = [] } = await codepipeline.send(
      new ListPipelineExecutionsCommand({ pipelineName }),
    );
    const execution = pipelineExecutionSummaries.find(({ sourceRevisions }) =>
      sourceRevisions?.some(({ revisionId }) => revisionId === commit),
    );
    if (execution === undefined) continue;
    const { pipelineExecutionId, status = '' } = execution;
    const { actionExecutionDetails = [] } = await codepipeline.send(
      new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId } }),
    );
    for (const { stageName = '', actionName = '', status: now, output } of actionExecutionDetails.toReversed()) {
      const line = `${stageName.padEnd(16)} ${actionName.padEnd(20)} ${now}`;
      if (seen.has(line)) continue;
      seen.add(line);
      note([line, output?.executionResult?.errorDetails?.message].filter(Boolean).join(': '));
    }
    if (status !== 'InProgress' && status !== 'Stopping') return status;
    const question = await waitingApproval(pipeline);
    if (question === undefined || question.pipelineExecutionId !== pipelineExecutionId || seen.has(question.token))
      continue;
    seen.add(question.token);
    await onQuestion(question);
  }
}

async function greetings(regions: readonly RegionReport[]): Promise<Greetings> {
  const of = async (url: string): Promise<string> => {
    const reply = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    return ((await reply.json()) as { greeting?: string }).greeting ?? '';
  };
  return Object.fromEntries(
    await Promise.all(
      regions.map(async ({ region, urls }) => [
        region,
        Object.fromEntries(
          await Promise.all(Object.entries(urls).map(async ([environment, url]) => [environment, await of(url)])),
        ),
      ]),
    ),
  );
}

/** A client that asks production in every region without a pause for thought. */
function keepRequesting(regions: readonly RegionReport[]): { stop: () => Promise<PushReport['requests']> } {
  const urls = regions.flatMap(({ urls: { production } }) => production ?? []);
  const counted = { sent: 0, failed: 0 };
  const open = new Set<Promise<void>>();
  const timer = setInterval(() => {
    for (const url of urls) {
      counted.sent += 1;
      const request = fetch(url, { signal: AbortSignal.timeout(10_000) })
        .then(async (reply) => {
          await reply.arrayBuffer();
          if (!reply.ok) counted.failed += 1;
        })
        .catch(() => {
          counted.failed += 1;
        })
        .finally(() => open.delete(request));
      open.add(request);
    }
  }, requestMilliseconds);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      return counted;
    },
  };
}

/** The branch's commit in each replica; null where it has none. */
const replicaCommits = async (
  regions: readonly string[],
  repositoryName: string,
): Promise<Record<string, string | null>> =>
  Object.fromEntries(
    await Promise.all(
      regions.map(async (region) => {
        const codecommit = cloudIn({ region }).client(CodeCommitClient);
        const commit = await codecommit
          .send(new GetBranchCommand({ repositoryName, branchName: branch }))
          .then(({ branch: found }) => found?.commitId ?? null)
          .catch((error: unknown) => {
            if (error instanceof BranchDoesNotExistException) return null;
            throw error;
          });
        return [region, commit] as const;
      }),
    ),
  );
