import type { Cloud } from '../../../lambdas/aws/cloud.ts';
import { subscribers } from '../doctor/provisioner.ts';
import { addresseesOf, readStack } from './stack.ts';

/** What there is after a deployment, and what to do next. */
export async function nextSteps(
  home: Cloud<{ readonly region: string }>,
  profile: string | undefined,
): Promise<readonly string[]> {
  const { region } = home.scope;
  const stack = await readStack(home);
  const output = (name: string): string =>
    stack?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue ?? '';
  const [approvals, progress] = await Promise.all(
    ['ApprovalsTopicArn', 'ProgressTopicArn'].map((name) => subscribers(home, output(name))),
  );
  const pending = [...new Set([...(approvals?.pending ?? []), ...(progress?.pending ?? [])])];
  const { alarmEmails } = addresseesOf(stack);
  const flags = profile === undefined ? '' : ` --profile ${profile} --region ${region}`;
  const console = `https://${region}.console.aws.amazon.com/states/home?region=${region}#/statemachines`;
  return [
    `Deployed: the stack ${stack?.StackName} is ${stack?.StackStatus} in ${region}.`,
    ...(pending.length === 0 ? [] : [`Confirm: AWS has mailed a link to ${pending.join(', ')}.`]),
    ...(approvals?.confirmed === 0 && approvals.pending.length === 0
      ? ['Nobody is asked before production: npx slipway deploy --approver-email you@example.com']
      : []),
    ...(alarmEmails.length === 0
      ? [
          'Nobody gets a mail when an alarm goes off, unless an input says who: npx slipway deploy --alarm-email you@example.com',
        ]
      : []),
    `Start:   npx slipway start${flags}   (or slipway-provision with {} in ${console})`,
    `Look:    npx slipway status${flags}, npx slipway outputs${flags}`,
  ];
}
