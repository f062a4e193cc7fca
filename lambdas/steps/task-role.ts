import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { Problem } from '../../workflow/problems.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import { cloudIn } from '../aws/clients.ts';
import { parsePolicy } from '../resources/policy-document.ts';

const tasks = 'ecs-tasks.amazonaws.com';

/** Why tasks could not run with the app's own role. Asked in the region of the provisioner: IAM is the account's. */
export async function taskRoleProblems(arn: string | undefined, region: string): Promise<readonly Problem[]> {
  if (arn === undefined) return [];
  const RoleName = arn.split('/').at(-1);
  const answer = await ignoreNotFound(cloudIn({ region }).client(IAMClient).send(new GetRoleCommand({ RoleName })));
  const problem = (message: string): readonly Problem[] => [
    { path: '$.app.taskRoleArn', message: `${arn} ${message}` },
  ];
  if (answer?.Role?.Arn !== arn) return problem('does not exist: make it, or correct its path');
  const trusts = Object.values(parsePolicy(answer.Role.AssumeRolePolicyDocument)).some(
    ({ Effect, Principal }) => Effect === 'Allow' && servicesOf(Principal).includes(tasks),
  );
  return trusts ? [] : problem(`does not trust ${tasks}: add that service to its trust policy, with sts:AssumeRole`);
}

const servicesOf = (principal: unknown): readonly unknown[] =>
  [(principal as { readonly Service?: unknown } | undefined)?.Service ?? []].flat();
