/**
 * The definitions of `provision-region` and `promote-region`: the stages of workflow/stages.ts in their order, in one
 * region. `${…}` is substituted by infra. Input and, with `upstream` grown, output: StageDocument (workflow/documents.ts).
 */
import { standardRetriers } from './retriers.ts';
import { type MakingStage, type Stage, stages, type WaitingStage } from './stages.ts';

/** Seconds; a stage's Lambda has 30 s less, so that its own time-out is what is seen. */
export const stageTaskTimeoutSeconds = 330;

/** Name of the substitution that holds the function's ARN: `ecr-push` → `EcrPushFunctionArn`. */
export const functionSubstitution = (name: string): string =>
  `${name.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase())}FunctionArn`;

const invoke = (name: string): object => ({
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
      Output: `{% $merge([$states.input, {'stage': '${name}', 'error': $states.errorOutput}]) %}`,
      Next: 'Report failure',
    },
  ],
});

const making = (stage: MakingStage, next: string): object => ({
  [stage.title]: {
    Comment: `Asks AWS for: ${stage.kinds.join(', ')}`,
    ...invoke(stage.name),
    Output: "{% $merge([$states.input, {'upstream': $states.result.Payload.upstream}]) %}",
    Next: next,
  },
});

const waiting = (stage: WaitingStage, next: string): object => ({
  [stage.title]: {
    Comment: `Reads whether these are ready: ${stage.awaits.map(({ kind }) => kind).join(', ')}`,
    ...invoke(stage.name),
    Output: "{% $merge([$states.input, {'wait': $states.result.Payload}]) %}",
    Next: `${stage.title}: ready?`,
  },
  [`${stage.title}: ready?`]: {
    Type: 'Choice',
    Choices: [{ Condition: '{% $states.input.wait.ready %}', Next: next }],
    Default: `${stage.title}: wait`,
  },
  [`${stage.title}: wait`]: {
    Type: 'Wait',
    Comment: 'For the time that what is still missing typically takes, then in short steps',
    Seconds: '{% $states.input.wait.nextCheckSeconds %}',
    Next: stage.title,
  },
});

function definition(machine: Stage['machine'], comment: string, timeoutSeconds: number): object {
  const own = stages.filter((stage) => stage.machine === machine);
  const states = own.map((stage, index) => {
    const next = own[index + 1]?.title ?? 'Done';
    return 'kinds' in stage ? making(stage, next) : waiting(stage, next);
  });
  return {
    Comment: comment,
    QueryLanguage: 'JSONata',
    TimeoutSeconds: timeoutSeconds,
    StartAt: own[0]?.title,
    States: Object.assign({}, ...states, {
      Done: {
        Type: 'Pass',
        Comment: 'Ids only',
        Output: {
          region: '{% $states.input.config.region %}',
          config: '{% $states.input.config %}',
          upstream: '{% $states.input.upstream %}',
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

/** 2 h: every await loop's limit and every stage's retries fit. */
export const provisionRegion = definition(
  'provision-region',
  'Builds the platform in one region up to a healthy staging environment',
  7_200,
);

export const promoteRegion = definition('promote-region', 'Deploys production in one region', 3_600);
