/**
 * The definitions of the regional machines: the stages of workflow/stages.ts in their order, and for `destroy-region` in
 * that of `removalSteps`. `${…}` is substituted by infra. Input and, with `outputs` grown, output: StageDocument (workflow/documents.ts).
 */
import type { RegionMachine } from './machines.ts';
import {
  deferredKinds,
  type MakingStage,
  removalOf,
  removalSteps,
  type Stage,
  stageNamed,
  stages,
  type WaitingStage,
} from './stages.ts';
import type { EventName } from './steps.ts';
import { lambda } from './tasks.ts';

const invoke = (stage: Stage, step: EventName = stage.name, report = 'Report failure'): object => ({
  ...lambda(stage.name, "{% $merge([$states.input, {'attempt': $states.context.State.RetryCount}]) %}"),
  Catch: [
    {
      ErrorEquals: ['States.ALL'],
      Output: `{% $merge([$states.input, {'stage': '${step}', 'error': $states.errorOutput}]) %}`,
      Next: report,
    },
  ],
});

const making = (stage: MakingStage, next: string): object => ({
  [stage.title]: {
    Comment: [
      ...(deferredKinds(stage).length === 0 ? [] : [`Applies deferred changes to: ${deferredKinds(stage).join(', ')}`]),
      `Creates or updates: ${stage.kinds.join(', ')}`,
    ].join('; '),
    ...invoke(stage),
    Output:
      "{% $merge([$states.input, {'outputs': $states.result.Payload.outputs, 'deferred': $states.result.Payload.deferred}]) %}",
    Next: next,
  },
});

/** What the Task of a loop hands on: `wait` while there is something to wait for, so that no later stage sees it. */
const loopOutput = `{% $states.result.Payload.ready
  ? $sift($states.input, function($value, $name) { $name != 'wait' })
  : $merge([$states.input, {'wait': $states.result.Payload}]) %}`.replaceAll(/\s+/g, ' ');

/** A Task that is repeated, with a Wait in between, until it answers that it is ready (WaitReport). */
const looping = (title: string, task: object, next: string): object => ({
  [title]: {
    ...task,
    Output: loopOutput,
    Next: `${title}: ready?`,
  },
  [`${title}: ready?`]: {
    Type: 'Choice',
    Choices: [{ Condition: '{% $exists($states.input.wait) %}', Next: `${title}: wait` }],
    Default: next,
  },
  [`${title}: wait`]: {
    Type: 'Wait',
    Comment: 'Waits as long as what is missing typically takes, then in short steps',
    Seconds: '{% $states.input.wait.nextCheckSeconds %}',
    Next: title,
  },
});

const waiting = (stage: WaitingStage, next: string): object =>
  looping(
    stage.title,
    {
      Comment: `Checks whether these are ready: ${stage.awaits.map(({ kind }) => kind).join(', ')}`,
      ...invoke(stage),
    },
    next,
  );

const reportFailure = {
  Comment: 'Publishes which stage failed in which region, and why',
  ...lambda('report-failure'),
  Output: '{% $states.result.Payload %}',
};

const removalTitle = (stage: Stage): string => `Remove ${stage.title}`;

/** Whatever becomes of the others, each stage of a chain goes after the one before it. */
function chainOf(chain: readonly MakingStage[]): object {
  const states = chain.map((stage, index) => {
    const title = removalTitle(stage);
    const next = chain[index + 1];
    const task = {
      Comment: `Removes: ${stage.kinds.toReversed().join(', ')}`,
      ...invoke(stage, removalOf(stage.name), `${title}: Report failure`),
    };
    return {
      ...looping(title, task, next === undefined ? `${title}: removed` : removalTitle(next)),
      ...(next === undefined ? { [`${title}: removed`]: { Type: 'Pass', Output: {}, End: true } } : {}),
      [`${title}: Report failure`]: { ...reportFailure, End: true },
    };
  });
  return { StartAt: chain.map(removalTitle)[0], States: Object.assign({}, ...states) };
}

/** Chains side by side. One that fails is data: the others go on to their ends. */
const sideBySide = (title: string, chains: readonly (readonly MakingStage[])[], next: string): object => ({
  [title]: {
    Type: 'Parallel',
    Comment: `Side by side: ${chains.map((chain) => chain.map((stage) => stage.title).join(', then ')).join(' · ')}`,
    Branches: chains.map(chainOf),
    Output:
      "{% $exists($states.result.error) ? $merge([$states.input, {'error': ($states.result.error)[0]}]) : $states.input %}",
    Next: `${title}: all well?`,
  },
  [`${title}: all well?`]: {
    Type: 'Choice',
    Choices: [{ Condition: '{% $exists($states.input.error) %}', Next: 'Region failed' }],
    Default: next,
  },
});

/** The states of a machine, one after the other, and what ends it. */
function definition(
  comment: string,
  timeoutSeconds: number,
  steps: readonly ((next: string) => object)[],
  titles: readonly string[],
  more: object = {},
): object {
  return {
    Comment: comment,
    QueryLanguage: 'JSONata',
    TimeoutSeconds: timeoutSeconds,
    StartAt: titles[0],
    States: Object.assign({}, ...steps.map((step, index) => step(titles[index + 1] ?? 'Done')), more, {
      Done: {
        Type: 'Pass',
        Comment: 'Ids only: outputs of the resources',
        Output:
          "{% $merge([{'region': $states.input.config.region}, $sift($states.input, function($value, $name) { $name in ['config', 'outputs', 'deferred'] })]) %}",
        End: true,
      },
      'Region failed': {
        Type: 'Fail',
        Error: '{% $states.input.error.Error %}',
        Cause: '{% $states.input.error.Cause %}',
      },
    }),
  };
}

function building(machine: RegionMachine, comment: string, timeoutSeconds: number): object {
  const own = stages.filter((stage) => stage.machine === machine);
  return definition(
    comment,
    timeoutSeconds,
    own.map((stage) => (next) => ('kinds' in stage ? making(stage, next) : waiting(stage, next))),
    own.map(({ title }) => title),
    { 'Report failure': { ...reportFailure, Next: 'Region failed' } },
  );
}

/** 2 h: every await loop's limit and every stage's retries fit. */
export const provisionRegion = building(
  'provision-region',
  'Builds the platform in one region up to a healthy staging environment',
  7_200,
);

export const promoteRegion = building('promote-region', 'Deploys production in one region', 3_600);

/** The same Lambdas: a stage that finds `removal` in its document removes what it makes. */
export const destroyRegion = definition(
  'Removes the platform of one region',
  10_800,
  removalSteps.map(
    ({ title, chains }) =>
      (next) =>
        sideBySide(
          title,
          chains.map((chain) => chain.map((name) => stageNamed(name))),
          next,
        ),
  ),
  removalSteps.map(({ title }) => title),
);
