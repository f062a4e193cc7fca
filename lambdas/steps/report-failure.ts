import { type ErrorOutput, readableError } from '../../workflow/causes.ts';
import { deploymentOf } from '../../workflow/deployment-of.ts';
import type { Execution, StageDocument } from '../../workflow/documents.ts';
import { howToContinue, timelineOf } from '../../workflow/report.ts';
import type { RemovalName, StageName } from '../../workflow/stages.ts';
import { type StepName, titleOf } from '../../workflow/steps.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { endQuestions } from '../store/approvals.ts';
import { publish } from '../store/events.ts';
import { releaseLock } from '../store/lock.ts';
import { readEvents, writeReport } from '../store/reports.ts';

/** From a region's machine: the document in which a stage failed. */
type RegionFailure = StageDocument & { readonly stage: StageName | RemovalName; readonly error: ErrorOutput };

/** From `provision`: a state outside the regions failed. */
interface RunFailure {
  readonly execution: Execution;
  readonly input: unknown;
  readonly stage: StepName;
  readonly error: ErrorOutput;
}

/** Publishes what failed, where and why, and ends the run if the failure is the run's. Returns what Fail ends with. */
export const handler = handlerOf(
  async (failure: RegionFailure | RunFailure): Promise<{ readonly error: ErrorOutput }> => {
    const where = home();
    const error = readableError(failure.error);
    const { execution, stage } = failure;
    const deployment = 'deployment' in failure ? failure.deployment : deploymentOf(failure.input);
    await publish(
      where,
      {
        deployment,
        execution: execution.name,
        ...('config' in failure ? { region: failure.config.region } : {}),
        stage,
        status: 'failed',
        at: new Date().toISOString(),
        detail: `${error.Error}: ${error.Cause}\n\n${howToContinue}`,
      },
      execution.arn,
    );
    if ('config' in failure) {
      return { error: { Error: error.Error, Cause: `${failure.config.region}: ${titleOf(stage)}: ${error.Cause}` } };
    }
    await writeReport(where.table, execution.arn, {
      deployment,
      execution: execution.name,
      outcome: 'failed',
      error,
      regions: [],
      timeline: timelineOf(await readEvents(where.table, execution.arn)),
    });
    if (deployment !== undefined) {
      await endQuestions(where.table, deployment, execution.arn, { revoke: false });
      await releaseLock(where.table, deployment, execution.arn);
    }
    return { error };
  },
);
