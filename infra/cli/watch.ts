import { setTimeout as sleep } from 'node:timers/promises';
import { readReached } from '../../lambdas/store/deployments.ts';
import { readEvents, readReport } from '../../lambdas/store/reports.ts';
import { deploymentOf } from '../../workflow/deployment-of.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import { parseInput } from '../../workflow/input.ts';
import type { Report } from '../../workflow/report.ts';
import { initialProgress, reduce } from './progress.ts';
import { linesView, liveView, type ProgressView } from './render.ts';
import { type FoundExecution, findExecution, type Target } from './target.ts';

/** How an execution that was watched ended. */
export interface Ended {
  readonly status: string;
  readonly report?: Report;
  readonly error?: string;
  readonly cause?: string;
}

export interface WatchOptions {
  /** Append-only lines even on a terminal. */
  readonly plain: boolean;
  /** Called with every new event, after it was shown. */
  readonly onEvent?: (event: ProgressEvent, view: ProgressView) => Promise<void>;
}

/** Pauses between two polls; the local cloud's clock runs faster. */
const pollMilliseconds = { local: 200, aws: 1_500 };

/** Shows an execution until it ends. Progress goes to stderr. */
export async function watch(target: Target, executionArn: string, { plain, onEvent }: WatchOptions): Promise<Ended> {
  const execution = await findExecution(target, executionArn, '');
  const startedAt = execution.startDate?.getTime() ?? Date.now();
  let progress = initialProgress(await regionsOf(target, execution), execution.machine);
  const view =
    plain || !process.stderr.isTTY
      ? linesView((line) => process.stderr.write(`${line}\n`), startedAt, progress)
      : liveView(process.stderr, startedAt);
  view.show(progress);
  const seen = new Set<string>();
  try {
    for (;;) {
      // The status first: events of an ended execution are all written by then.
      const { status, error, cause } = await findExecution(target, executionArn, '');
      for (const event of await readEvents(target.table, executionArn)) {
        const key = JSON.stringify(event);
        if (seen.has(key)) continue;
        seen.add(key);
        progress = reduce(progress, event);
        view.show(progress, event);
        await onEvent?.(event, view);
      }
      if (status !== undefined && status !== 'RUNNING' && status !== 'PENDING_REDRIVE') {
        const report = await readReport(target.table, executionArn);
        return {
          status,
          ...(report === undefined ? {} : { report }),
          ...(error === undefined ? {} : { error }),
          ...(cause === undefined ? {} : { cause }),
        };
      }
      await sleep(target.local === undefined ? pollMilliseconds.aws : pollMilliseconds.local);
    }
  } finally {
    view.done();
  }
}

/** The regions that an execution works on: its own input's, and for `destroy` those that the deployment has. */
export async function regionsOf(target: Target, execution: FoundExecution): Promise<readonly string[]> {
  if (execution.input === undefined) return [];
  const raw: unknown = JSON.parse(execution.input);
  if (execution.machine === 'destroy') {
    const deployment = deploymentOf(raw);
    return deployment === undefined ? [] : (await readReached(target.table, deployment)).map(({ region }) => region);
  }
  const parsed = parseInput(raw);
  return 'input' in parsed ? parsed.input.regions.map(({ region }) => region) : [];
}
