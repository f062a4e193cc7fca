import { createHash } from 'node:crypto';
import type { EventBridgeEvent } from 'aws-lambda';
import { readableError } from '../../workflow/causes.ts';
import { deploymentOf } from '../../workflow/deployment-of.ts';
import { consoleLink } from '../../workflow/events.ts';
import { parseExecutionArn } from '../../workflow/machines.ts';
import { topicArn } from '../../workflow/names.ts';
import { causeOf, type Ending, pauseBeforeRerun } from '../../workflow/reruns.ts';
import { cloudIn } from '../aws/clients.ts';
import { notify } from '../aws/notify.ts';
import { environment } from '../middleware/environment.ts';
import { handlerOf, home, logger } from '../middleware/handler.ts';
import { publish } from '../store/events.ts';
import { releaseLock } from '../store/lock.ts';
import { readConfig } from '../store/reports.ts';
import { countFailure } from '../store/reruns.ts';

/** Of a "Step Functions Execution Status Change" event, what is used. */
interface StatusChange {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: Ending['status'];
  readonly input?: string;
  readonly error?: string;
  readonly cause?: string;
}

/** What the `rerun` machine goes on with. */
type Verdict =
  | { readonly again: false }
  | {
      readonly again: true;
      readonly afterSeconds: number;
      readonly stateMachineArn: string;
      readonly name: string;
      readonly input: unknown;
    };

/**
 * For an execution that ended badly, also in a way that no Catch sees (aborted, timed out): tells people, releases the
 * lock, and decides whether it is started again. All of it is harmless when repeated, but for the count.
 */
export const handler = handlerOf(
  async ({ detail }: EventBridgeEvent<'Step Functions Execution Status Change', StatusChange>): Promise<Verdict> => {
    const where = home();
    const input: unknown = JSON.parse(detail.input ?? '{}');
    const deployment = deploymentOf(input);
    const { executionArn, stateMachineArn, name, status } = detail;
    const { Error: error, Cause: cause } = readableError({ Error: detail.error ?? '', Cause: detail.cause ?? '' });
    const ending: Ending = { status, error, cause };
    await releaseLock(where.table, deployment, executionArn);
    // Destroying is never begun by a machine.
    const limit = parseExecutionArn(executionArn).machine === 'provision' ? Number(environment('MAX_RERUNS')) : 0;
    const afterSeconds =
      pauseBeforeRerun(ending, 1, limit) === undefined
        ? undefined
        : pauseBeforeRerun(ending, await countFailure(where.table, deployment, causeOf(ending)), limit);
    const next =
      afterSeconds === undefined
        ? 'It is not started again by itself.'
        : `It is started again by itself in ${afterSeconds} s.`;
    await publish(
      where,
      {
        deployment,
        execution: name,
        stage: 'execution',
        status: 'failed',
        at: new Date().toISOString(),
        detail: `The execution ended as ${status}${error === '' ? '' : ` (${error})`}. What stands is kept. ${next}`,
      },
      executionArn,
    );
    if (afterSeconds !== undefined) {
      const id = createHash('sha256').update(executionArn).digest('hex').slice(0, 32);
      return { again: true, afterSeconds, stateMachineArn, name: `rerun-${id}`, input };
    }
    if (limit > 0 && pauseBeforeRerun(ending, 1, limit) !== undefined)
      await alarm(deployment, executionArn, ending, limit);
    return { again: false };
  },
);

/** Tells the platform's own alarms topic, in its primary region; where that does not stand yet, progress has it. */
async function alarm(deployment: string, executionArn: string, { error, cause }: Ending, limit: number): Promise<void> {
  const primary = (await readConfig(home().table, deployment))?.regions[0];
  if (primary === undefined) return;
  try {
    await notify(cloudIn(primary), topicArn(primary, 'alarms'), {
      subject: `[Slipway] ${deployment}: failed ${limit + 1} times in a row`,
      message: `${error}: ${cause}\n\nIt is not started again by itself. Look at it, then start it again.\n${consoleLink(executionArn)}`,
    });
  } catch (failure) {
    logger.warn('alarm-not-delivered', { deployment, error: failure });
  }
}
