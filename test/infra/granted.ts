import { type Statement, statementsOf, synthesiseStack, text } from '../support/synthesised-stack.ts';

export const { resources } = synthesiseStack();

export const policies = [...resources('AWS::IAM::Policy'), ...resources('AWS::IAM::ManagedPolicy')];

const ofRole = (role: string): readonly Statement[] =>
  resources('AWS::IAM::Policy')
    .filter(([, { Properties }]) => (Properties.Roles as unknown[]).map(text).includes(`<${role}>`))
    .flatMap(([, { Properties }]) => statementsOf(Properties.PolicyDocument));

/** By the function's name without `slipway-`. */
export const functions = new Map(
  resources('AWS::Lambda::Function').map(([, { Properties }]) => {
    const role = /^<(\w+)\.Arn>$/.exec(text(Properties.Role))?.[1] ?? '';
    return [String(Properties.FunctionName).replace('slipway-', ''), { role, statements: ofRole(role) }] as const;
  }),
);

export const actionsOf = (statements: readonly Statement[]): readonly string[] => [
  ...new Set(statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action)),
];
export const actionsOfFunction = (name: string): readonly string[] =>
  actionsOf(functions.get(name)?.statements ?? []).toSorted();

/** What stands in the places of a list of `deploy` that are left. */
export const nothingElse = (nothing: string): readonly string[] => Array(4).fill(nothing);
