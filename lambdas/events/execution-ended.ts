import { createHash } from 'node:crypto';
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { EventBridgeEvent } from 'aws-lambda';
import { readableError } from '../../workflow/causes.ts';
import { deploymentOf } from '../../workflow/deployment-of.ts';
import { consoleLink } from '../../workflow/events.ts';
import { parseExecutionArn } from '../../workflow/machines.ts';
import { topicArn } from '../../workflow/names.ts';
import { causeOf, type Ending, type Failures, pauseBeforeRerun, whyNotRerun } from '../../workflow/reruns.ts';
import { cloudIn } from '../aws/clients.ts';
import { isRunning } from '../aws/executions.ts';
import { notify } from '../aws/notify.ts';
import { environment } from '../middleware/environment.ts';
import { handlerOf, home, logger } from '../middleware/handler.ts';
import { endQuestions } from '../store/approvals.ts';
import { claimOf } from '../store/asked.ts';
import { readReached } from '../store/deployments.ts';
import { publish } from '../store/events.ts';
import { releaseLock } from '../store/lock.ts';
import { readReport } from '../store/reports.ts';
import { countFailure } from '../store/reruns.ts';

/** The used part of a "Step Functions Execution Status Change" event. */
interface StatusChange {
  readonly executionArn: string;
  /** Milliseconds since the epoch. */
  readonly startDate: number;
  readonly status: Ending['status'];
  /** AWS leaves it out above 248 KiB. */
  readonly input?: string | null;
  readonly error?: string | null;
  readonly cause?: string | null;
}

/** What the `rerun` machine continues with. */
type Verdict =
  | { readonly again: false }
  | {
      readonly again: true;
      readonly afterSeconds: number;
      readonly stateMachineArn: string;
      readonly name: string;
      readonly input: unknown;
      /** What is asked once more after the pause (rerun-due.ts). */
      readonly deployment: string;
      readonly execution: { readonly arn: string; readonly startedAt: string };
    };

/**
 * For an execution that ended badly, also in a way that no Catch sees (aborted, timed out): closes its question, releases
 * the lock, decides whether it is started again, and publishes that. Repeating any of it is harmless, except for the count.
 */
export const handler = handlerOf(
  async ({ detail }: EventBridgeEvent<'Step Functions Execution Status Change', StatusChange>): Promise<Verdict> => {
    const where = home();
    const { executionArn: arn, status } = detail;
    const stepFunctions = cloudIn({ region: environment('AWS_REGION') }).client(SFNClient);
    // The event may come late or twice, for an execution that was redriven since: its question and lock are in use again.
    if (await isRunning(stepFunctions, arn)) return { again: false };
    const { machine, name, stateMachineArn } = parseExecutionArn(arn);
    const input: unknown = JSON.parse(detail.input ?? (await inputOf(stepFunctions, arn)));
    const deployment = deploymentOf(input);
    const { Error: error, Cause: cause } = readableError({ Error: detail.error ?? '', Cause: detail.cause ?? '' });
    const publishEnd = (outcome: string): Promise<void> =>
      publish(
        where,
        {
          deployment,
          execution: name,
          stage: 'execution',
          status: 'failed',
          at: new Date().toISOString(),
          detail: `The execution ended as ${status}${error === '' ? '' : ` (${error})`}. ${outcome}`,
        },
        arn,
      );
    if (deployment === undefined) {
      // Its first state refused it, or it was stopped there: it holds nothing, and nobody was asked.
      await publishEnd('Nothing was changed. It is not started again automatically: its input names no deployment.');
      return { again: false };
    }
    const startedAt = new Date(detail.startDate).toISOString();
    const report = await readReport(where.table, arn);
    const { newest, refused } = await claimOf(where.table, deployment, { arn, startedAt });
    const ending: Ending = {
      machine,
      status,
      error,
      cause,
      regionErrors: (report?.regions ?? []).flatMap((region) => region.error ?? []),
      rejected: refused || report?.decision?.decision === 'rejected',
      newest,
    };
    await endQuestions(where.table, deployment, arn, { revoke: status === 'ABORTED' });
    await releaseLock(where.table, deployment, arn);
    const limit = Number(environment('MAX_RERUNS'));
    const why = whyNotRerun(ending);
    const failures = why === undefined ? await countFailure(where.table, deployment, causeOf(ending)) : undefined;
    const afterSeconds = failures && pauseBeforeRerun(failures, limit);
    await publishEnd(
      `What exists is kept. ${
        afterSeconds === undefined
          ? `It is not started again automatically: ${why ?? 'it has failed too often'}.`
          : `It is started again automatically in ${afterSeconds} s.`
      }`,
    );
    if (afterSeconds !== undefined) {
      const id = createHash('sha256').update(arn).digest('hex').slice(0, 32);
      const execution = { arn, startedAt };
      return { again: true, afterSeconds, stateMachineArn, name: `rerun-${id}`, input, deployment, execution };
    }
    if (failures !== undefined && limit > 0) await alarm(deployment, arn, ending, failures, limit);
    return { again: false };
  },
);

/**
 * The input that an event leaves out.
 * @throws {TypeError} when Step Functions does not say it either: it is never taken for an empty one
 */
async function inputOf(stepFunctions: SFNClient, executionArn: string): Promise<string> {
  const { input } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  if (input === undefined) throw new TypeError(`Step Functions returned no input for ${executionArn}`);
  return input;
}

/** Publishes to the platform's alarms topic in its primary region; before there is one, progress has said it. */
async function alarm(
  deployment: string,
  executionArn: string,
  { error, cause }: Ending,
  { ofThisCause, total }: Failures,
  limit: number,
): Promise<void> {
  const [primary] = await readReached(home().table, deployment);
  if (primary === undefined) return;
  try {
    await notify(cloudIn(primary), topicArn(primary, 'alarms'), {
      subject: `[Slipway] ${deployment}: failed ${ofThisCause > limit ? ofThisCause : total} times in a row`,
      message: `${error}: ${cause}\n\nIt is not started again automatically. Find the cause, then start it again.\n${consoleLink(executionArn)}`,
    });
  } catch (failure) {
    logger.warn('alarm-not-delivered', { deployment, error: failure });
  }
}
