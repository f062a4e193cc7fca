import type { EventBridgeEvent } from 'aws-lambda';
import { deploymentOf } from './deployment-of.ts';
import { handlerOf, home } from './middleware/handler.ts';
import { tell } from './store/events.ts';
import { releaseLock } from './store/lock.ts';

/** Of a "Step Functions Execution Status Change" event, what is used. */
interface StatusChange {
  readonly executionArn: string;
  readonly name: string;
  readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly input?: string;
}

/**
 * For what a Catch can't see: an execution that was aborted, timed out, or ended by a fault of its own. Tells people and
 * releases the lock; both are harmless where the machine's own "Report failure" did them already.
 */
export const handler = handlerOf(
  async ({ detail }: EventBridgeEvent<'Step Functions Execution Status Change', StatusChange>): Promise<void> => {
    const where = home();
    const deployment = deploymentOf(JSON.parse(detail.input ?? '{}'));
    if (detail.status !== 'FAILED') {
      await tell(
        where,
        {
          deployment,
          execution: detail.name,
          stage: 'execution',
          status: 'failed',
          at: new Date().toISOString(),
          detail: `The execution ended as ${detail.status}. What stands is kept: start again to go on from there.`,
        },
        'Execution',
        detail.executionArn,
      );
    }
    await releaseLock(where.table, deployment, detail.executionArn);
  },
);
