/**
 * The definition of `destroy`, which takes a deployment down behind an approval. Its input is documented by
 * workflow/destroy-input.ts, its output is what its Summarise returns (lambdas/steps/summarise-destroy.ts).
 */
import { approval, endings, executionFields, failed, inEveryRegion, rootTimeoutSeconds } from './root-states.ts';
import { lambda } from './tasks.ts';

export const destroy = {
  Comment: 'Removes everything that a deployment owns, in all its regions, once people have approved the list',
  QueryLanguage: 'JSONata',
  TimeoutSeconds: rootTimeoutSeconds,
  StartAt: 'Validate input',
  States: {
    'Validate input': {
      Comment: 'Validates the input and takes the lock of the deployment',
      ...lambda('validate-destroy', { input: '{% $states.context.Execution.Input %}', execution: executionFields }),
      Output: '{% $states.result.Payload %}',
      ...failed('validate'),
      Next: 'List resources',
    },
    'List resources': {
      Comment: 'Reads only: everything that the deployment owns',
      ...lambda('inventory'),
      Output: '{% $merge([$states.input, $states.result.Payload]) %}',
      ...failed('inventory'),
      Next: 'Anything there?',
    },
    'Anything there?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.plan.hasChanges %}', Next: 'Approve removal' }],
      Default: 'Summarise',
    },
    'Approve removal': { ...approval('approve-removal', 'Summarise'), Next: 'Approved?' },
    'Approved?': {
      Type: 'Choice',
      Choices: [{ Condition: "{% $states.input.decision.decision = 'approved' %}", Next: 'Destroy regions' }],
      Default: 'Summarise',
    },
    'Destroy regions': {
      Comment: 'Walks the stages backwards, in every region side by side',
      ...inEveryRegion('destroy-region', 'Destroy region', '{% [$states.input.found] %}', {
        outputs: '{% $states.context.Map.Item.Value.outputs %}',
        removal: '{% $states.input.removal %}',
      }),
      Output: "{% $merge([$states.input, {'removed': $states.result}]) %}",
      ...failed('destroy-regions'),
      Next: 'Summarise',
    },
    Summarise: {
      Comment: 'Checks all regions for anything left, publishes the result, releases the lock',
      ...lambda('summarise-destroy'),
      Output: '{% $states.result.Payload %}',
      ...failed('summarise'),
      Next: 'Did every region succeed?',
    },
    ...endings,
  },
};
