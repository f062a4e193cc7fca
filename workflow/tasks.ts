/** Tasks that invoke a Lambda. `${…}` is substituted by infra. */
import { standardRetriers } from './retriers.ts';
import type { StageName } from './stages.ts';
import { type FunctionName, functions, pascal, stageTimeoutSeconds } from './steps.ts';

/** Name of the substitution that holds a function's ARN: `ecr-push` → `EcrPushFunctionArn`. */
export const functionSubstitution = (name: FunctionName | StageName): string => `${pascal(name)}FunctionArn`;

/** Seconds that a Task outlives its Lambda's time-out, so that people see the Lambda's error. */
const taskMarginSeconds = 30;

export const lambda = (name: FunctionName | StageName, payload: string | object = '{% $states.input %}'): object => ({
  Type: 'Task',
  Resource: 'arn:${Partition}:states:::lambda:invoke',
  Arguments: { FunctionName: `\${${functionSubstitution(name)}}`, Payload: payload },
  TimeoutSeconds:
    (name in functions ? functions[name as FunctionName].timeoutSeconds : stageTimeoutSeconds) + taskMarginSeconds,
  Retry: standardRetriers,
});
