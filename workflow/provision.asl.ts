/**
 * The definition of `provision`, the machine that people, schedules and events start. Its input is documented by
 * workflow/input.ts, its output is what Summarise returns (lambdas/steps/summarise.ts). `${…}` is substituted by infra.
 */
import { approval, endings, executionFields, failed, inEveryRegion, rootTimeoutSeconds } from './root-states.ts';
import { lambda } from './tasks.ts';

/** Results of the regions that ended well, with what is to go there. */
const succeededWithOrphans = `(
  $ended := $exists($states.input.promoted) ? $states.input.promoted : $states.input.provisioned;
  $map($states.input.orphans, function($left) {
    $ended[region = $left.region and $exists(outputs)].{
      'config': config, 'outputs': outputs, 'removal': {'keep': [], 'only': $left.only}
    }
  })
)`.replaceAll(/\s+/g, ' ');

/**
 * What a region starts with. What the plan saw nothing of is known only as long as nobody waits: neither for an answer nor
 * for a redrive.
 */
const regionsWithUnseen = `[$map($states.input.regions, function($region) {
  {
    'config': $region,
    'unseen': $exists($states.input.unseen) and $states.context.Execution.RedriveCount = 0
      ? $states.input.unseen[region = $region.region].kinds : []
  }
})]`.replaceAll(/\s+/g, ' ');

export const provision = {
  Comment: 'Provisions the platform in every region of the input, asks before production, and ends with its URLs',
  QueryLanguage: 'JSONata',
  TimeoutSeconds: rootTimeoutSeconds,
  StartAt: 'Validate input',
  States: {
    'Validate input': {
      Comment: 'Validates the input and takes the lock of the deployment',
      ...lambda('validate', {
        input: '{% $states.context.Execution.Input %}',
        execution: executionFields,
        attempt: '{% $states.context.State.RetryCount %}',
      }),
      Output: '{% $states.result.Payload %}',
      ...failed('validate'),
      Next: 'Skipped?',
    },
    'Skipped?': {
      Type: 'Choice',
      Choices: [
        {
          Comment: 'A reconcile that meets another run, or finds nothing to reconcile',
          Condition: "{% $states.input.verdict = 'skipped' %}",
          Output: '{% $states.input.report %}',
          Next: 'Done',
        },
      ],
      Default: 'Plan',
    },
    Plan: {
      Comment: 'Reads only: what will be created, updated, replaced or removed',
      ...lambda('plan', "{% $merge([$states.input, {'attempt': $states.context.State.RetryCount}]) %}"),
      Output: '{% $merge([$states.input, $states.result.Payload]) %}',
      ...failed('plan'),
      Next: 'Anything to do?',
    },
    'Anything to do?': {
      Type: 'Choice',
      Choices: [
        { Condition: "{% $states.input.plan.hasChanges and $states.input.mode != 'plan' %}", Next: 'Ask first?' },
      ],
      Default: 'Summarise',
    },
    'Ask first?': {
      Type: 'Choice',
      Choices: [
        {
          Comment:
            'A running production depends on it, or something is removed; and this plan has not been approved yet',
          Condition: '{% $states.input.plan.askFirst and $not($exists($states.input.decision)) %}',
          Next: 'Approve changes',
        },
      ],
      Default: 'Provision regions',
    },
    'Approve changes': { ...approval('approve-changes', 'Summarise'), Next: 'Changes approved?' },
    'Changes approved?': {
      Type: 'Choice',
      Choices: [
        {
          Condition: "{% $states.input.decision.decision = 'approved' %}",
          Output: "{% $sift($states.input, function($value, $name) { $name != 'unseen' }) %}",
          Next: 'Provision regions',
        },
      ],
      Default: 'Summarise',
    },
    'Provision regions': {
      Comment: 'Provisions everything up to a healthy staging environment',
      ...inEveryRegion('provision-region', 'Provision region', `{% ${regionsWithUnseen} %}`, {
        outputs: '{% {} %}',
        deferred: '{% [] %}',
        unseen: '{% $states.context.Map.Item.Value.unseen %}',
      }),
      Output: "{% $merge([$states.input, {'provisioned': $states.result}]) %}",
      ...failed('provision-regions'),
      Next: 'Approval needed?',
    },
    'Approval needed?': {
      Type: 'Choice',
      Choices: [
        {
          Comment: 'No region is left to promote, or production does not change',
          Condition:
            '{% $not($exists($states.input.provisioned[$exists(outputs)])) or $not($states.input.plan.production) %}',
          Next: 'Any orphans?',
        },
        {
          Comment: 'This plan has been approved already: before anything was changed, or in an earlier run that failed',
          Condition: '{% $exists($states.input.decision) %}',
          Next: 'Promote regions',
        },
      ],
      Default: 'Approve production',
    },
    'Approve production': { ...approval('approve-production', 'Summarise'), Next: 'Approved?' },
    'Approved?': {
      Type: 'Choice',
      Choices: [{ Condition: "{% $states.input.decision.decision = 'approved' %}", Next: 'Promote regions' }],
      Default: 'Summarise',
    },
    'Promote regions': {
      Comment: 'Deploys production in the regions whose staging is healthy',
      ...inEveryRegion('promote-region', 'Promote region', '{% [$states.input.provisioned[$exists(outputs)]] %}', {
        outputs: '{% $states.context.Map.Item.Value.outputs %}',
        deferred: '{% $states.context.Map.Item.Value.deferred %}',
      }),
      Output: "{% $merge([$states.input, {'promoted': $states.result}]) %}",
      ...failed('promote-regions'),
      Next: 'Any orphans?',
    },
    'Any orphans?': {
      Type: 'Choice',
      Choices: [{ Condition: `{% $count(${succeededWithOrphans}) > 0 %}`, Next: 'Remove orphans' }],
      Default: 'Summarise',
    },
    'Remove orphans': {
      Comment: 'Removes what an older configuration left behind, in the regions that did not fail',
      ...inEveryRegion('destroy-region', 'Remove orphans of region', `{% [${succeededWithOrphans}] %}`, {
        outputs: '{% $states.context.Map.Item.Value.outputs %}',
        removal: '{% $states.context.Map.Item.Value.removal %}',
      }),
      Output: "{% $merge([$states.input, {'pruned': $states.result}]) %}",
      ...failed('remove-orphans'),
      Next: 'Summarise',
    },
    Summarise: {
      Comment: 'Writes the report, publishes it, releases the lock',
      ...lambda('summarise'),
      Output: '{% $states.result.Payload %}',
      ...failed('summarise'),
      Next: 'Did every region succeed?',
    },
    ...endings,
  },
};
