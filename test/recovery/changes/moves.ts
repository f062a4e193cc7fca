import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { RecordedCall } from '@slipway/local-cloud';
import { startMachine } from '../../support/own-cloud.ts';
import type { Platform } from '../../support/platform-reading.ts';
import type { Provisioner } from '../../support/provisioner.ts';
import { waitFor } from '../../support/wait-for.ts';
import { type Asked, whileRequesting } from './questions.ts';

/** A run that gives the tasks another port and another health path. */
export interface Moved {
  readonly asked: Pick<Asked, 'message' | 'ended'>;
  readonly interruptions: readonly string[];
  /** The calls that opened and closed ports and deployed, in their order. */
  readonly order: readonly string[];
  readonly ports: readonly (number | undefined)[];
  readonly targets: readonly string[];
  readonly healthPaths: readonly (string | undefined)[];
}

const isMove = ({ action, principal }: RecordedCall): boolean =>
  (action === 'UpdateService' && principal === 'lambda:slipway-deploy-production') ||
  /^(Authorize|Revoke)SecurityGroupIngress$/.test(action);

/** What stands after a change of port and health path, and how it came to that. */
export async function moved(
  { provisioner, region, url }: { readonly provisioner: Provisioner; readonly region: string; readonly url: string },
  read: () => Promise<Platform>,
  work: () => Promise<Moved['asked']>,
): Promise<Moved> {
  const calls = (await provisioner.calls()).length;
  const { answer, interruptions } = await whileRequesting(url, work);
  const order = (await provisioner.calls())
    .slice(calls)
    .filter(isMove)
    .map(({ action, principal }) => `${action} by ${principal}`);
  const { securityGroups, targetGroups } = await read();
  const elb = provisioner.client(ElasticLoadBalancingV2Client, region);
  const health = await Promise.all(
    targetGroups.map(({ TargetGroupArn }) => elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }))),
  );
  return {
    asked: answer,
    interruptions,
    order,
    ports: securityGroups
      .filter(({ GroupName }) => GroupName?.endsWith('-task'))
      .flatMap(({ IpPermissions = [] }) => IpPermissions.map(({ FromPort }) => FromPort)),
    targets: health.flatMap(({ TargetHealthDescriptions = [] }) =>
      TargetHealthDescriptions.map(({ Target, TargetHealth }) => `${Target?.Port} ${TargetHealth?.State}`),
    ),
    healthPaths: targetGroups.map(({ HealthCheckPath }) => HealthCheckPath),
  };
}

/** Started, and stopped as soon as production's tasks are being replaced. */
export async function stoppedWhileDeploying(provisioner: Provisioner, work: object): Promise<Moved['asked']> {
  const calls = (await provisioner.calls()).length;
  const execution = await startMachine(provisioner, 'provision', work);
  const question = await provisioner.question(execution);
  await question.answer({ decision: 'approve', by: 'the tests' });
  const deploys = (call: RecordedCall): boolean => call.action === 'UpdateService' && isMove(call);
  await waitFor('production to be deployed', async () => (await provisioner.calls()).slice(calls).some(deploys), {
    within: 240_000,
  });
  await provisioner.stepFunctions.send(new StopExecutionCommand({ executionArn: execution }));
  return { ended: await provisioner.end(execution), message: question.mail.message };
}
