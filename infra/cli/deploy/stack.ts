import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import type { Cloud } from '../../../lambdas/aws/cloud.ts';
import type { Addressees } from '../../../workflow/input.ts';
import { prefix } from '../../../workflow/machines.ts';

type Home = Pick<Cloud<unknown>, 'client'>;

/** The provisioner's stack, if there is one. */
export async function readStack({ client }: Home, stackName: string = prefix): Promise<Stack | undefined> {
  try {
    const { Stacks = [] } = await client(CloudFormationClient).send(
      new DescribeStacksCommand({ StackName: stackName }),
    );
    return Stacks[0];
  } catch (error) {
    // CloudFormation has no code of its own for it: "Stack with id slipway does not exist".
    if (error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist'))
      return undefined;
    throw error;
  }
}

/** Who is told where an input names nobody, by the parameters that the stack was deployed with. */
export function addresseesOf(stack: Stack | undefined): Addressees {
  const given = (name: string): readonly string[] =>
    (stack?.Parameters ?? []).flatMap(({ ParameterKey: key, ParameterValue: value = '' }) =>
      key === name && value !== '' ? [value] : [],
    );
  return { approvalEmails: given('ApproverEmail'), alarmEmails: given('AlarmEmail') };
}

/** True of a stack whose first deployment was not executed, or was rolled back: what carries its names is not part of it. */
export const holdsNothing = (status: string | undefined): boolean =>
  status === undefined || /^(REVIEW_IN_PROGRESS|ROLLBACK_(COMPLETE|FAILED))$/.test(status);

/**
 * True where a deployment went through. A stack that had been rolled back, and that the deployment found as it is to be, keeps
 * its status.
 * @param before the stack before the deployment
 */
export const stands = (after: Stack, before?: Stack): boolean =>
  /^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(after.StackStatus ?? '') ||
  (/^(UPDATE|IMPORT)_ROLLBACK_COMPLETE$/.test(after.StackStatus ?? '') &&
    before?.StackStatus === after.StackStatus &&
    before?.LastUpdatedTime?.getTime() === after.LastUpdatedTime?.getTime());

/**
 * Pure: what keeps a stack in that status from being deployed to, and what to do; undefined where nothing does. CDK itself
 * removes one that was rolled back while it was created (ROLLBACK_*), and `deploy` one that holds nothing yet
 * (REVIEW_IN_PROGRESS).
 */
export function stackProblem(
  status: string | undefined,
): { readonly detail: string; readonly advice: string } | undefined {
  if (status === undefined || status === 'REVIEW_IN_PROGRESS') return undefined;
  const detail = `the stack ${prefix} is in ${status}`;
  if (status.endsWith('_IN_PROGRESS'))
    return { detail, advice: 'wait until CloudFormation is done with it, and deploy again' };
  if (status === 'CREATE_FAILED' || status === 'DELETE_FAILED')
    return { detail, advice: `remove it (aws cloudformation delete-stack --stack-name ${prefix}), and deploy again` };
  // Of each command, CloudFormation takes stacks in its own statuses only (RollbackStack, ContinueUpdateRollback).
  if (status === 'UPDATE_FAILED')
    return {
      detail,
      advice: `roll it back (aws cloudformation rollback-stack --stack-name ${prefix}), and deploy again`,
    };
  if (status === 'UPDATE_ROLLBACK_FAILED' || status === 'IMPORT_ROLLBACK_FAILED')
    return {
      detail,
      advice: `roll it back (aws cloudformation continue-update-rollback --stack-name ${prefix}), and deploy again`,
    };
  return undefined;
}
