/**
 * The definition of `provision`, the machine that people, schedules and events start. Its input is documented by
 * workflow/input.ts, its output is what Summarise returns (lambdas/summarise.ts). `${…}` is substituted by infra.
 */
import { functionSubstitution } from './region.asl.ts';
import { callbackRetriers, standardRetriers } from './retriers.ts';

const executionFields = {
  arn: '{% $states.context.Execution.Id %}',
  name: '{% $states.context.Execution.Name %}',
  startedAt: '{% $states.context.Execution.StartTime %}',
};

const failed = (stage: string): object => ({
  Catch: [
    {
      ErrorEquals: ['States.ALL'],
      Output: {
        execution: executionFields,
        input: '{% $states.context.Execution.Input %}',
        stage,
        error: '{% $states.errorOutput %}',
      },
      Next: 'Report failure',
    },
  ],
});

const lambda = (name: string, timeoutSeconds: number): object => ({
  Type: 'Task',
  Resource: 'arn:${Partition}:states:::lambda:invoke',
  Arguments: { FunctionName: `\${${functionSubstitution(name)}}`, Payload: '{% $states.input %}' },
  TimeoutSeconds: timeoutSeconds,
  Retry: standardRetriers,
});

/**
 * Runs a child machine in every region of `items`, side by side. A region that fails is data, not an error. The child's
 * name is derived, so that a repeated start finds the same execution, and it is short: a name that an EventBridge rule
 * gave its parent already has 73 of the 80 characters.
 */
const inEveryRegion = (machine: string, phase: string, items: string, upstream: string): object => ({
  Type: 'Map',
  Items: items,
  ItemSelector: {
    deployment: '{% $states.input.deployment %}',
    execution: '{% $states.input.execution %}',
    fence: '{% $states.input.fence %}',
    config: '{% $states.context.Map.Item.Value.config %}',
    upstream,
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
          StateMachineArn: `\${${machine === 'provision-region' ? 'ProvisionRegionArn' : 'PromoteRegionArn'}}`,
          Name: `{% $substring($hash($states.context.Execution.Id & '/' & $string($states.context.Execution.RedriveCount), 'SHA-256'), 0, 16) & '-' & $states.input.config.region & '-${phase.split(' ')[0]?.toLowerCase()}' %}`,
          Input:
            "{% $merge([$states.input, {'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID': $states.context.Execution.Id}]) %}",
        },
        TimeoutSeconds: 10_800,
        Output: '{% $states.result.Output %}',
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Output: { region: '{% $states.input.config.region %}', error: '{% $states.errorOutput %}' },
            Next: `${phase}: failed`,
          },
        ],
        End: true,
      },
      [`${phase}: failed`]: { Type: 'Pass', Comment: 'The other regions go on', End: true },
    },
  },
});

export const provision = {
  Comment: 'Provisions the platform in every region of the input, asks before production, and ends with its URLs',
  QueryLanguage: 'JSONata',
  // Seven days of approval at the most (input.ts), and two days of work around it.
  TimeoutSeconds: 777_600,
  StartAt: 'Validate input',
  States: {
    'Validate input': {
      Comment: 'Refuses bad input, checks quotas and takes the lock of the deployment',
      ...lambda('validate', 120),
      Arguments: {
        FunctionName: `\${${functionSubstitution('validate')}}`,
        Payload: {
          input: '{% $states.context.Execution.Input %}',
          execution: executionFields,
        },
      },
      Output: '{% $states.result.Payload %}',
      ...failed('validate'),
      Next: 'Plan',
    },
    Plan: {
      Comment: 'Reads only: what will be created, updated, replaced or removed',
      ...lambda('plan', 330),
      Output: '{% $merge([$states.input, $states.result.Payload]) %}',
      ...failed('plan'),
      Next: 'Anything to do?',
    },
    'Anything to do?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.plan.changes %}', Next: 'Provision regions' }],
      Default: 'Summarise',
    },
    'Provision regions': {
      Comment: 'Everything up to a healthy staging environment',
      ...inEveryRegion(
        'provision-region',
        'Provision region',
        "{% [$map($states.input.regions, function($region) { {'config': $region} })] %}",
        '{% {} %}',
      ),
      Output: "{% $merge([$states.input, {'provisioned': $states.result}]) %}",
      ...failed('provision-regions'),
      Next: 'Approval needed?',
    },
    'Approval needed?': {
      Type: 'Choice',
      Choices: [
        {
          Comment: 'No region is left to promote, or production stays as it is',
          Condition:
            '{% $not($exists($states.input.provisioned[$exists(upstream)])) or $not($states.input.plan.production) %}',
          Next: 'Summarise',
        },
        {
          Comment: 'This very plan is approved already, and an earlier run failed on the way',
          Condition: '{% $exists($states.input.decision) %}',
          Next: 'Promote regions',
        },
      ],
      Default: 'Approve production',
    },
    'Approve production': {
      Comment: 'Asks people by e-mail and waits for the decision',
      Type: 'Task',
      Resource: 'arn:${Partition}:states:::lambda:invoke.waitForTaskToken',
      Arguments: {
        FunctionName: `\${${functionSubstitution('request-approval')}}`,
        Payload: "{% $merge([$states.input, {'taskToken': $states.context.Task.Token}]) %}",
      },
      TimeoutSeconds: '{% $states.input.approval.timeoutMinutes * 60 %}',
      Retry: callbackRetriers,
      Output: "{% $merge([$states.input, {'decision': $states.result}]) %}",
      Catch: [
        {
          ErrorEquals: ['States.Timeout'],
          Output:
            "{% $merge([$states.input, {'decision': {'decision': 'rejected', 'by': 'nobody: no answer in time', 'at': $now()}}]) %}",
          Next: 'Summarise',
        },
        ...(failed('approve-production') as { Catch: object[] }).Catch,
      ],
      Next: 'Approved?',
    },
    'Approved?': {
      Type: 'Choice',
      Choices: [{ Condition: "{% $states.input.decision.decision = 'approved' %}", Next: 'Promote regions' }],
      Default: 'Summarise',
    },
    'Promote regions': {
      Comment: 'Production, in the regions whose staging is healthy',
      ...inEveryRegion(
        'promote-region',
        'Promote region',
        '{% [$states.input.provisioned[$exists(upstream)]] %}',
        '{% $states.context.Map.Item.Value.upstream %}',
      ),
      Output: "{% $merge([$states.input, {'promoted': $states.result}]) %}",
      ...failed('promote-regions'),
      Next: 'Summarise',
    },
    Summarise: {
      Comment: 'Writes the report, tells people, releases the lock',
      ...lambda('summarise', 120),
      Output: '{% $states.result.Payload %}',
      ...failed('summarise'),
      Next: 'Every region well?',
    },
    'Every region well?': {
      Type: 'Choice',
      Choices: [{ Condition: "{% $states.input.outcome = 'failed' %}", Next: 'Failed' }],
      Default: 'Done',
    },
    Done: { Type: 'Succeed' },
    'Report failure': {
      Comment: 'What failed, where, what stands and how to go on; releases the lock',
      ...lambda('report-failure', 60),
      Output: '{% $states.result.Payload %}',
      Next: 'Failed',
    },
    Failed: { Type: 'Fail', Error: '{% $states.input.Error %}', Cause: '{% $states.input.Cause %}' },
  },
};
