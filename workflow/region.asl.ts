/**
 * The definitions of the regional machines: the stages of workflow/stages.ts in their order, and for `destroy-region`
 * backwards. `${…}` is substituted by infra. Input and, with `outputs` grown, output: StageDocument (workflow/documents.ts).
 */
import { standardRetriers } from './retriers.ts';
import {
  deferredKinds,
  type MakingStage,
  removalOf,
  removalStages,
  type Stage,
  stages,
  type WaitingStage,
} from './stages.ts';

/** Seconds; a stage's Lambda has 30 s less, so that its own time-out is what is seen. */
export const stageTaskTimeoutSeconds = 330;

/** Name of the substitution that holds the function's ARN: `ecr-push` → `EcrPushFunctionArn`. */
export const functionSubstitution = (name: string): string =>
  `${name.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase())}FunctionArn`;

const invoke = (name: string, step = name): object => ({
  Type: 'Task',
  Resource: 'arn:${Partition}:states:::lambda:invoke',
  Arguments: {
    FunctionName: `\${${functionSubstitution(name)}}`,
    Payload: "{% $merge([$states.input, {'attempt': $states.context.State.RetryCount}]) %}",
  },
  TimeoutSeconds: stageTaskTimeoutSeconds,
  Retry: standardRetriers,
  Catch: [
    {
      ErrorEquals: ['States.ALL'],
      Output: `{% $merge([$states.input, {'stage': '${step}', 'error': $states.errorOutput}]) %}`,
      Next: 'Report failure',
    },
  ],
});

const making = (stage: MakingStage, next: string): object => ({
  [stage.title]: {
    Comment: [
      ...(deferredKinds(stage).length === 0 ? [] : [`Changes what had to wait of: ${deferredKinds(stage).join(', ')}`]),
      `Asks AWS for: ${stage.kinds.join(', ')}`,
    ].join('; '),
    ...invoke(stage.name),
    Output: "{% $merge([$states.input, {'outputs': $states.result.Payload.outputs}]) %}",
    Next: next,
  },
});

/** A Task that is repeated, with a Wait in between, until it answers that it is ready (WaitReport). */
const looping = (title: string, task: object, next: string): object => ({
  [title]: {
    ...task,
    Output: "{% $merge([$states.input, {'wait': $states.result.Payload}]) %}",
    Next: `${title}: ready?`,
  },
  [`${title}: ready?`]: {
    Type: 'Choice',
    Choices: [{ Condition: '{% $states.input.wait.ready %}', Next: next }],
    Default: `${title}: wait`,
  },
  [`${title}: wait`]: {
    Type: 'Wait',
    Comment: 'For the time that what is still missing typically takes, then in short steps',
    Seconds: '{% $states.input.wait.nextCheckSeconds %}',
    Next: title,
  },
});

const waiting = (stage: WaitingStage, next: string): object =>
  looping(
    stage.title,
    {
      Comment: `Reads whether these are ready: ${stage.awaits.map(({ kind }) => kind).join(', ')}`,
      ...invoke(stage.name),
    },
    next,
  );

const removing = (stage: MakingStage, next: string): object =>
  looping(
    `Remove ${stage.title}`,
    {
      Comment: `Removes, in this order: ${stage.kinds.toReversed().join(', ')}`,
      ...invoke(stage.name, removalOf(stage.name)),
    },
    next,
  );

/** The states of a machine, one after the other, and what ends it. */
function definition(
  comment: string,
  timeoutSeconds: number,
  steps: readonly ((next: string) => object)[],
  titles: readonly string[],
): object {
  return {
    Comment: comment,
    QueryLanguage: 'JSONata',
    TimeoutSeconds: timeoutSeconds,
    StartAt: titles[0],
    States: Object.assign({}, ...steps.map((step, index) => step(titles[index + 1] ?? 'Done')), {
      Done: {
        Type: 'Pass',
        Comment: 'Ids only',
        Output: {
          region: '{% $states.input.config.region %}',
          config: '{% $states.input.config %}',
          outputs: '{% $states.input.outputs %}',
        },
        End: true,
      },
      'Report failure': {
        Type: 'Task',
        Comment: 'Tells people which stage failed in which region, and why',
        Resource: 'arn:${Partition}:states:::lambda:invoke',
        Arguments: { FunctionName: `\${${functionSubstitution('report-failure')}}`, Payload: '{% $states.input %}' },
        TimeoutSeconds: 60,
        Retry: standardRetriers,
        Output: '{% $states.result.Payload %}',
        Next: 'Region failed',
      },
      'Region failed': {
        Type: 'Fail',
        Error: '{% $states.input.Error %}',
        Cause: '{% $states.input.Cause %}',
      },
    }),
  };
}

function building(machine: Stage['machine'], comment: string, timeoutSeconds: number): object {
  const own = stages.filter((stage) => stage.machine === machine);
  return definition(
    comment,
    timeoutSeconds,
    own.map((stage) => (next) => ('kinds' in stage ? making(stage, next) : waiting(stage, next))),
    own.map(({ title }) => title),
  );
}

/** 2 h: every await loop's limit and every stage's retries fit. */
export const provisionRegion = building(
  'provision-region',
  'Builds the platform in one region up to a healthy staging environment',
  7_200,
);

export const promoteRegion = building('promote-region', 'Deploys production in one region', 3_600);

/** The same Lambdas, backwards: a stage that finds `removal` in its document removes what it makes. */
export const destroyRegion = definition(
  'Removes the platform of one region',
  10_800,
  removalStages.map((stage) => (next) => removing(stage, next)),
  removalStages.map(({ title }) => `Remove ${title}`),
);
