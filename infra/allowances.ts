import { CfnParameter } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { nothingAllowed } from '../workflow/allowances.ts';

/** Parameters of the stack, by which policies refer to them. */
export const secretPrefixParameter = 'ReadablePrefix';
export const taskRolesParameter = 'TaskRoles';

/** What inputs may name beyond the platform's own (workflow/allowances.ts). */
export function addAllowances(scope: Construct): { readonly secretPrefix: string; readonly taskRoles: string } {
  const secretPrefix = new CfnParameter(scope, secretPrefixParameter, {
    type: 'String',
    default: nothingAllowed.secretPrefix,
    allowedPattern: `${nothingAllowed.secretPrefix}|[A-Za-z0-9_.@+=-][A-Za-z0-9/_.@+=-]*`,
    description: `Prefix of the secrets and parameters that inputs may name; ${nothingAllowed.secretPrefix} is none`,
  });
  const taskRoles = new CfnParameter(scope, taskRolesParameter, {
    type: 'String',
    default: nothingAllowed.taskRoles,
    allowedPattern: 'arn:aws:iam::([0-9]{12}|aws):role/[A-Za-z0-9+=,.@_/*-]+',
    description: 'ARN of the roles that inputs may give to the app; * is any text',
  });
  return { secretPrefix: secretPrefix.valueAsString, taskRoles: taskRoles.valueAsString };
}
