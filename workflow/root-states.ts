/** States that `provision` and `destroy`, the machines that people start, have in common. `${…}` is substituted by infra. */
import { longestApprovalMinutes } from './input.ts';
import type { RegionMachine } from './machines.ts';
import { callbackRetriers, startRetriers } from './retriers.ts';
import { type ApprovalStep, functions, pascal, type StepName } from './steps.ts';
import { functionSubstitution, lambda } from './tasks.ts';

export const executionFields = {
  arn: '{% $states.context.Execution.Id %}',
  name: '{% $states.context.Execution.Name %}',
  startedAt: '{% $states.context.Execution.StartTime %}',
};

/** Of the execution's input, what says which deployment it means (workflow/deployment-of.ts). */
const whichDeployment = `{% $type($states.context.Execution.Input) = 'object'
  ? {'deployment': $states.context.Execution.Input.deployment} : null %}`.replaceAll(/\s+/g, ' ');

/** The Catch of a state outside the regions: what failed goes to Report failure. */
export const failed = (stage: StepName): { readonly Catch: readonly object[] } => ({
  Catch: [
    {
      ErrorEquals: ['States.ALL'],
      Output: {
        execution: executionFields,
        input: whichDeployment,
        stage,
        error: '{% $states.errorOutput %}',
      },
      Next: 'Report failure',
    },
  ],
});

/** Characters of a region's error that the states hold; its events have the whole. */
const longestRegionError = 1000;

/** What a child execution failed with. The cause that Catch sees has the child's input and output as well. */
const regionError = `{% (
  $child := $substring($states.errorOutput.Cause, 0, 1) = '{' ? $parse($states.errorOutput.Cause) : {};
  {
    'Error': $exists($child.Error) ? $child.Error : $states.errorOutput.Error,
    'Cause': $substring(
      $exists($child.Cause) ? $child.Cause :
      $exists($child.Status) ? 'the execution ended as ' & $child.Status :
      $states.errorOutput.Cause & '', 0, ${longestRegionError})
  }
) %}`.replaceAll(/\s+/g, ' ');

/** Name of the substitution that holds a regional machine's ARN: `provision-region` → `ProvisionRegionArn`. */
export const machineSubstitution = (machine: RegionMachine): string => `${pascal(machine)}Arn`;

/**
 * Runs a child machine in every region of `items`, side by side. A region that fails is data, not an error. The child's
 * name is derived, so that a repeated start finds the same execution, and it is short: a name that an EventBridge rule
 * gave its parent already has 73 of the 80 characters.
 */
export const inEveryRegion = (
  machine: RegionMachine,
  phase: string,
  items: string,
  own: Readonly<Record<string, string>>,
): object => ({
  Type: 'Map',
  Items: items,
  ItemSelector: {
    deployment: '{% $states.input.deployment %}',
    execution: '{% $states.input.execution %}',
    fence: '{% $states.input.fence %}',
    config: '{% $states.context.Map.Item.Value.config %}',
    ...own,
  },
  ItemProcessor: {
    ProcessorConfig: { Mode: 'INLINE' },
    StartAt: phase,
    States: {
      [phase]: {
        Type: 'Task',
        Comment: `Runs ${machine} to its end`,
        Resource: 'arn:${Partition}:states:::states:startExecution.sync:2',
        Arguments: {
          StateMachineArn: `\${${machineSubstitution(machine)}}`,
          Name: `{% $substring($hash($states.context.Execution.Id & '/' & $string($states.context.Execution.RedriveCount), 'SHA-256'), 0, 16) & '-' & $states.input.config.region & '-${phase.split(' ')[0]?.toLowerCase()}' %}`,
          Input:
            "{% $merge([$states.input, {'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID': $states.context.Execution.Id}]) %}",
        },
        TimeoutSeconds: 10_800,
        Retry: startRetriers,
        Output: '{% $states.result.Output %}',
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Output: { region: '{% $states.input.config.region %}', error: regionError },
            Next: `${phase}: failed`,
          },
        ],
        End: true,
      },
      [`${phase}: failed`]: { Type: 'Pass', Comment: 'The other regions go on', End: true },
    },
  },
});

/**
 * Seconds for which the Task outlives the question: an answer that was accepted at the last moment still reaches it, however
 * long the page's function takes.
 */
const answerMarginSeconds = 2 * functions['approval-api'].timeoutSeconds;

/** Asks people and waits for the decision, which is put under `decision`; no answer in time is a rejection. */
export const approval = (step: ApprovalStep, afterTimeout: string): object => ({
  Comment: 'Asks people by e-mail and waits for the decision',
  Type: 'Task',
  Resource: 'arn:${Partition}:states:::lambda:invoke.waitForTaskToken',
  Arguments: {
    FunctionName: `\${${functionSubstitution('request-approval')}}`,
    Payload: "{% $merge([$states.input, {'taskToken': $states.context.Task.Token}]) %}",
  },
  TimeoutSeconds: `{% $states.input.approval.timeoutMinutes * 60 + ${answerMarginSeconds} %}`,
  Retry: callbackRetriers,
  Output: "{% $merge([$states.input, {'decision': $states.result}]) %}",
  Catch: [
    {
      ErrorEquals: ['States.Timeout'],
      Output:
        "{% $merge([$states.input, {'decision': {'decision': 'rejected', 'by': 'nobody: no answer in time', 'at': $now()}}]) %}",
      Next: afterTimeout,
    },
    ...failed(step).Catch,
  ],
});

/** The last states of both machines. */
export const endings = {
  'Did every region succeed?': {
    Type: 'Choice',
    Choices: [{ Condition: "{% $states.input.outcome = 'failed' %}", Next: 'Failed' }],
    Default: 'Done',
  },
  Done: { Type: 'Succeed' },
  'Report failure': {
    Comment: 'Publishes what failed, where and how to go on; releases the lock',
    ...lambda('report-failure'),
    Output: '{% $states.result.Payload %}',
    Next: 'Failed',
  },
  Failed: { Type: 'Fail', Error: '{% $states.input.error.Error %}', Cause: '{% $states.input.error.Cause %}' },
};

/** The longest approval, and two days of work around it. */
export const rootTimeoutSeconds = longestApprovalMinutes * 60 + 2 * 24 * 60 * 60;
