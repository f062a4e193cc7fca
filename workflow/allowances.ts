import { secretOf } from './names.ts';

/**
 * What inputs may hand to the app beyond the platform's own: said at `slipway deploy`, since whoever may start a run could
 * otherwise read every secret and pass on every role of the account.
 */
export interface Allowances {
  /** Of the names of secrets (Secrets Manager) and parameters (Parameter Store, without the leading slash). */
  readonly secretPrefixes: readonly string[];
  /** ARNs of roles; `*` is any text. */
  readonly taskRoles: readonly string[];
}

/** Of each: policies have a place for every one, and the platform's boundary has 6,144 characters. */
export const mostAllowed = 5;

/** Fits nothing: no name has a colon, and no such role exists. */
export const nothingAllowed = {
  secretPrefix: ':none:',
  taskRole: 'arn:aws:iam::aws:role/none',
};

/** The two places where a task's secrets may be, each as an ARN pattern of everything under a prefix. */
export const secretArns = (
  { partition, region, account }: { readonly partition: string; readonly region: string; readonly account: string },
  prefix: string,
): { readonly secret: string; readonly parameter: string } => ({
  secret: `arn:${partition}:secretsmanager:${region}:${account}:secret:${prefix}*`,
  parameter: `arn:${partition}:ssm:${region}:${account}:parameter/${prefix}*`,
});

/** Whether a text fits a pattern in which `*` is any text, as in IAM. */
const fits = (text: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  ).test(text);

/** For people: why the app may not have these, each with its place in the input. */
export const allowanceProblems = (
  app: { readonly secrets?: Readonly<Record<string, string>>; readonly taskRoleArn?: string },
  place: { readonly partition: string; readonly account: string },
  { secretPrefixes, taskRoles }: Allowances,
): readonly { readonly path: string; readonly message: string }[] => {
  const allowed = secretPrefixes.flatMap((prefix) => Object.values(secretArns({ ...place, region: '*' }, prefix)));
  return [
    ...Object.entries(app.secrets ?? {})
      .filter(([, from]) => !allowed.some((pattern) => fits(secretOf(from), pattern)))
      .map(([name, from]) => ({
        path: `$.app.secrets.${name}`,
        message: `${from} is not one of ${allowed.join(', ')}, which is all that was allowed (npx slipway deploy --secrets PREFIX)`,
      })),
    ...(app.taskRoleArn === undefined || taskRoles.some((role) => fits(app.taskRoleArn ?? '', role))
      ? []
      : [
          {
            path: '$.app.taskRoleArn',
            message: `${app.taskRoleArn} is not one of ${taskRoles.join(', ')}, which is all that was allowed (npx slipway deploy --task-roles ARN)`,
          },
        ]),
  ];
};
