import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { EventBridgeEvent } from 'aws-lambda';
import { deploymentOf } from '../../workflow/deployment-of.ts';
import { parseInput } from '../../workflow/input.ts';
import { executionArn } from '../../workflow/machines.ts';
import { problemsText } from '../../workflow/problems.ts';
import { cloudIn } from '../aws/clients.ts';
import { environment } from '../middleware/environment.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { publish } from '../store/events.ts';

/**
 * For the event `source: slipway`, `detail-type: Provision requested`, whose detail is an execution input. The execution
 * is named after the event, so that one delivered twice starts one. A malformed one is reported and put on the queue.
 */
export const handler = handlerOf(async (event: EventBridgeEvent<'Provision requested', unknown>): Promise<void> => {
  const stateMachineArn = environment('PROVISION_ARN');
  const cloud = cloudIn({ region: environment('AWS_REGION') });
  const name = `event-${event.id}`;
  const parsed = parseInput(event.detail);
  if ('problems' in parsed) {
    await cloud
      .client(SQSClient)
      .send(new SendMessageCommand({ QueueUrl: environment('REFUSED_QUEUE_URL'), MessageBody: JSON.stringify(event) }));
    await publish(
      home(),
      {
        deployment: deploymentOf(event.detail),
        execution: name,
        stage: 'validate',
        status: 'failed',
        at: event.time,
        detail: `the event ${event.id} was refused; nothing was started:\n${problemsText(parsed.problems)}`,
      },
      executionArn(stateMachineArn, name),
    );
    return;
  }
  try {
    await cloud
      .client(SFNClient)
      .send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(event.detail) }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ExecutionAlreadyExists')) throw error;
  }
});
