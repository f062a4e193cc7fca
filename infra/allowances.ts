import { CfnParameter, Fn } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { mostAllowed, nothingAllowed } from '../workflow/allowances.ts';

/** Parameters of the stack, by which policies refer to them. */
const secretPrefixesParameter = 'ReadablePrefix';
const taskRolesParameter = 'TaskRoles';

/** What a list of the stack holds, in as many places as it may have: those that are left hold what fits nothing. */
const placesOf = (parameter: string, nothing: string): readonly string[] => {
  const all = Fn.split(',', Fn.join(',', [Fn.ref(parameter), ...Array<string>(mostAllowed - 1).fill(nothing)]));
  return Array.from({ length: mostAllowed }, (_, index) => Fn.select(index, all));
};

export const secretPrefixes = (): readonly string[] => placesOf(secretPrefixesParameter, nothingAllowed.secretPrefix);
export const taskRoles = (): readonly string[] => placesOf(taskRolesParameter, nothingAllowed.taskRole);

const listOf = (pattern: string): string => `(${pattern})(,(${pattern})){0,${mostAllowed - 1}}`;

/** What inputs may name beyond the platform's own (workflow/allowances.ts). */
export function addAllowances(scope: Construct): { readonly secretPrefixes: string; readonly taskRoles: string } {
  const prefixes = new CfnParameter(scope, secretPrefixesParameter, {
    type: 'String',
    default: nothingAllowed.secretPrefix,
    allowedPattern: `${nothingAllowed.secretPrefix}|${listOf('[A-Za-z0-9_.@+=-][A-Za-z0-9/_.@+=-]*')}`,
    maxLength: 300,
    description: `Up to ${mostAllowed} prefixes of the secrets and parameters that inputs may name, comma-separated; ${nothingAllowed.secretPrefix} is none`,
  });
  const roles = new CfnParameter(scope, taskRolesParameter, {
    type: 'String',
    default: nothingAllowed.taskRole,
    allowedPattern: listOf('arn:aws:iam::([0-9]{12}|aws):role/[A-Za-z0-9+=.@_/*-]+'),
    maxLength: 600,
    description: `Up to ${mostAllowed} ARNs of roles that inputs may give to the app, comma-separated; * is any text`,
  });
  return { secretPrefixes: prefixes.valueAsString, taskRoles: roles.valueAsString };
}
