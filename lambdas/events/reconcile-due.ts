import { createHash } from 'node:crypto';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { cloudIn } from '../aws/clients.ts';
import { environment } from '../middleware/environment.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { readDeployments } from '../store/deployments.ts';

/** What the schedule sends. */
interface Due {
  /** Of this invocation by the schedule, equal when it is delivered twice. */
  readonly id: string;
}

/**
 * For the schedule: starts a reconcile of every deployment with an approved input. The executions are named after the
 * invocation, so that one delivered twice starts none twice. One that meets another run ends as skipped.
 */
export const handler = handlerOf(async ({ id }: Due): Promise<readonly string[]> => {
  const stateMachineArn = environment('PROVISION_ARN');
  const stepFunctions = cloudIn({ region: environment('AWS_REGION') }).client(SFNClient);
  const due = createHash('sha256').update(id).digest('hex').slice(0, 16);
  const deployments = await readDeployments(home().table);
  const failures: unknown[] = [];
  for (const deployment of deployments) {
    try {
      await stepFunctions.send(
        new StartExecutionCommand({
          stateMachineArn,
          name: `reconcile-${due}-${deployment}`,
          input: JSON.stringify({ mode: 'reconcile', deployment }),
        }),
      );
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ExecutionAlreadyExists')) failures.push(error);
    }
  }
  // One that can't be started keeps no other from its turn; Lambda repeats the event.
  if (failures.length > 0) throw failures[0];
  return deployments;
});
