/**
 * The definition of `rerun`, which EventBridge starts when an execution of `provision` or `destroy` ended badly. `${…}` is
 * substituted by infra. Input: the status change event.
 */
import { startRetriers } from './retriers.ts';
import { lambda } from './tasks.ts';

export const rerun = {
  Comment: 'Releases what a failed execution held, and starts it again a limited number of times',
  QueryLanguage: 'JSONata',
  TimeoutSeconds: 86_400,
  StartAt: 'Clean up and decide',
  States: {
    'Clean up and decide': {
      Comment: 'Closes the question, releases the lock, counts the failures of this cause, publishes what happens next',
      ...lambda('execution-ended'),
      Output: '{% $states.result.Payload %}',
      Next: 'Again?',
    },
    'Again?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.again %}', Next: 'Back off' }],
      Default: 'Done',
    },
    'Back off': { Type: 'Wait', Seconds: '{% $states.input.afterSeconds %}', Next: 'Ask again' },
    'Ask again': {
      Comment: 'People may have asked for something else in the meantime',
      ...lambda('rerun-due'),
      Output: "{% $merge([$states.input, {'again': $states.result.Payload.again}]) %}",
      Next: 'Still wanted?',
    },
    'Still wanted?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.again %}', Next: 'Start again' }],
      Default: 'Done',
    },
    'Start again': {
      Comment: 'Named after the execution that failed, so that an event delivered twice starts one',
      Type: 'Task',
      Resource: 'arn:${Partition}:states:::states:startExecution',
      Arguments: {
        StateMachineArn: '{% $states.input.stateMachineArn %}',
        Name: '{% $states.input.name %}',
        Input: '{% $states.input.input %}',
      },
      TimeoutSeconds: 60,
      Retry: startRetriers,
      Catch: [{ ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: 'Done' }],
      Output: '{% $states.input %}',
      Next: 'Done',
    },
    Done: { Type: 'Succeed' },
  },
};
