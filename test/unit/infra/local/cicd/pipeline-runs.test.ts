import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Execution } from '../../../../../infra/local/front-door/cicd/pipeline/execution.ts';
import {
  type ActionContext,
  ActionFailure,
  type ActionResult,
  PipelineRuns,
} from '../../../../../infra/local/front-door/cicd/pipeline/pipeline-runs.ts';
import {
  readStructure,
  type Stage,
  type Structure,
} from '../../../../../infra/local/front-door/cicd/pipeline/structure.ts';

interface Running {
  readonly context: ActionContext;
  readonly succeed: (result?: ActionResult) => void;
  readonly fail: (error: Error) => void;
}

/** Actions end when the test says so. */
let running: Running[] = [];
let told: string[] = [];

const action = (name: string, over: object = {}) => ({
  name,
  actionTypeId: { owner: 'AWS', category: 'Test', provider: 'Fake', version: '1' },
  ...over,
});
const document = (executionMode: string) => ({
  name: 'platform-pipeline',
  roleArn: 'arn:aws:iam::000000000000:role/pipeline',
  executionMode,
  artifactStores: { 'us-east-1': { location: 'here' }, 'us-west-2': { location: 'there' } },
  stages: [
    { name: 'Source', actions: [action('Read', { namespace: 'Source', outputArtifacts: [{ name: 'Code' }] })] },
    {
      name: 'Build',
      actions: [
        action('Compile', { inputArtifacts: [{ name: 'Code' }], configuration: { Commit: '#{Source.CommitId}' } }),
      ],
    },
    {
      name: 'Deploy',
      actions: [action('east'), action('west', { region: 'us-west-2' }), action('tell', { runOrder: 2 })],
    },
  ],
});

function pipeline(executionMode = 'QUEUED'): PipelineRuns {
  const structure: Structure = readStructure(document(executionMode), 3, 'us-east-1');
  return new PipelineRuns({
    structure: () => structure,
    run: (context) =>
      new Promise((succeed, fail) => {
        running.push({ context, succeed: (result = {}) => succeed(result), fail });
      }),
    publish: ({ of, state, stage, record }) => {
      told.push([of, stage, record?.action.name, state].filter((part) => part !== undefined).join(' '));
    },
  });
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const names = (): string[] => running.map(({ context }) => context.record.action.name);
const byHand = { triggerType: 'StartPipelineExecution', triggerDetail: 'test' };

/** Ends every action that runs now. */
async function pass(result?: ActionResult): Promise<void> {
  for (const { succeed } of running.splice(0)) succeed(result);
  await settle();
}
async function fail(name: string): Promise<void> {
  for (const { context, fail: refuse } of running)
    if (context.record.action.name === name) refuse(new ActionFailure('JobFailed', 'on purpose'));
  running = running.filter(({ context }) => context.record.action.name !== name);
  await settle();
}
const stageOf = (execution: Execution, name: string): Stage =>
  execution.structure.stages.find((stage) => stage.name === name) as Stage;

beforeEach(() => {
  running = [];
  told = [];
});

describe('an execution', () => {
  test('goes through its stages; actions of one number run side by side, the next number after them', async () => {
    const runs = pipeline();
    const execution = runs.start(byHand);
    expect(names()).toEqual(['Read']);
    await pass();
    expect(running).toEqual([]);
    expect(execution.status).toBe('Failed');
    expect(runs.actions[0]?.error?.message).toBe('the variable #{Source.CommitId} of Commit has no value');
  });

  test('hands on variables and artifacts', async () => {
    const runs = pipeline();
    const execution = runs.start(byHand);
    const code = { name: 'Code', key: 'platform/Code/1234567', regions: new Set(['us-east-1']) };
    await pass({ outputs: [code], variables: { CommitId: 'abc' } });
    expect(running[0]?.context.configuration).toEqual({ Commit: 'abc' });
    expect(running[0]?.context.record.inputs).toEqual([code]);
    await pass();
    expect(names()).toEqual(['east', 'west']);
    running.shift()?.succeed();
    await settle();
    expect(names()).toEqual(['west']);
    await pass();
    expect(names()).toEqual(['tell']);
    await pass();
    expect(execution.status).toBe('Succeeded');
    expect(told.filter((line) => !line.startsWith('Action'))).toEqual([
      'Pipeline STARTED',
      'Stage Source STARTED',
      'Stage Build STARTED',
      'Stage Source SUCCEEDED',
      'Stage Deploy STARTED',
      'Stage Build SUCCEEDED',
      'Pipeline SUCCEEDED',
      'Stage Deploy SUCCEEDED',
    ]);
  });
});

describe('with a commit on its way', () => {
  const source = { variables: { CommitId: 'abc' } };

  test('a failure lets what runs beside it end, and fails the execution; a retry repeats what failed only', async () => {
    const runs = pipeline();
    const execution = runs.start(byHand);
    await pass(source);
    await pass();
    await fail('west');
    expect([execution.status, names()]).toEqual(['InProgress', ['east']]);
    await pass();
    expect(execution.status).toBe('Failed');
    expect(told).toContain('Stage Deploy FAILED');

    runs.retry(execution, stageOf(execution, 'Deploy'), false);
    await settle();
    expect(names()).toEqual(['west']);
    await pass();
    await pass();
    expect(execution.status).toBe('Succeeded');
  });

  test('QUEUED: others wait in front of a stage in their order, and none is lost', async () => {
    const runs = pipeline();
    const all = [runs.start(byHand), runs.start(byHand), runs.start(byHand)];
    const seen: Record<string, string[]> = {};
    while (running.length > 0) {
      const stages = running.map(({ context }) => context.record.stage);
      // A stage belongs to one execution at a time.
      for (const stage of new Set(stages)) {
        const holders = new Set(
          running.filter((_, at) => stages[at] === stage).map(({ context }) => context.execution.id),
        );
        expect(holders.size).toBe(1);
        seen[stage] = [...new Set([...(seen[stage] ?? []), ...holders])];
      }
      await pass(source);
    }
    const ids = all.map(({ id }) => id);
    expect(seen).toEqual({ Source: ids, Build: ids, Deploy: ids });
    expect(all.map(({ status }) => status)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
  });

  test('a disabled transition holds what comes, until it is enabled', async () => {
    const runs = pipeline();
    runs.disable('Build', 'not yet');
    const [first, second] = [runs.start(byHand), runs.start(byHand)];
    await pass(source);
    await pass(source);
    expect(running).toEqual([]);
    expect(runs.stage('Build').inbound).toEqual([first, second]);
    runs.enable('Build');
    expect(runs.stage('Build').holder).toBe(first);
    expect(runs.stage('Build').inbound).toEqual([second]);
  });

  test('SUPERSEDED: the newest one in front of a stage takes the place of those that wait', async () => {
    const runs = pipeline('SUPERSEDED');
    runs.disable('Build', 'not yet');
    const first = runs.start(byHand);
    await pass(source);
    const second = runs.start(byHand);
    await pass(source);
    expect([first.status, second.status]).toEqual(['Superseded', 'InProgress']);
    expect(runs.stage('Build').inbound).toEqual([second]);
  });

  test('stopped, it ends when what runs has ended; abandoned, at once', async () => {
    const runs = pipeline();
    const stopped = runs.start(byHand);
    runs.stop(stopped, false, 'enough');
    expect(stopped.status).toBe('Stopping');
    await pass(source);
    expect([stopped.status, running]).toEqual(['Stopped', []]);

    const abandoned = runs.start(byHand);
    const waiting = runs.start(byHand);
    runs.stop(abandoned, true, undefined);
    expect([abandoned.status, running[0]?.context.signal.aborted]).toEqual(['Stopped', true]);
    expect(runs.actions.find(({ executionId }) => executionId === abandoned.id)?.status).toBe('Abandoned');
    expect(runs.stage('Source').holder).toBe(waiting);
  });

  test('stopped while it waits, it leaves the queue', async () => {
    const runs = pipeline();
    runs.disable('Build', 'not yet');
    const execution = runs.start(byHand);
    await pass(source);
    runs.stop(execution, false, undefined);
    runs.enable('Build');
    expect([execution.status, running]).toEqual(['Stopped', []]);
  });
});
