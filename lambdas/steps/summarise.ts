import type { Validated } from '../../workflow/documents.ts';
import { conclude, type Report, type Results, timelineOf } from '../../workflow/report.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { holdingLock } from '../middleware/progress.ts';
import { refuse } from '../store/approvals.ts';
import { usedUp } from '../store/approved.ts';
import { writeAndRelease } from '../store/lock.ts';
import { readEvents, reportWrites } from '../store/reports.ts';
import { forgetFailures } from '../store/reruns.ts';
import type { Write } from '../store/table.ts';
import { summarised } from './summarised.ts';

type Document = Validated & Results;

/** How the end of a run is written: with its last event. */
const ends = new WeakMap<Document, (writes: readonly Write[]) => Promise<void>>();

/**
 * The last state: writes the report, uses up the approval where production stands, and releases the lock, all in one
 * transaction with the run's last event.
 */
export const handler = handlerOf(async (document: Document): Promise<Report> => {
  const { table } = home();
  const { deployment, execution, plan, decision } = document;
  const report: Report = {
    deployment,
    execution: execution.name,
    ...conclude(document),
    ...(decision === undefined ? {} : { decision }),
    plan,
    timeline: timelineOf(await readEvents(table, execution.arn)),
  };
  if (decision?.decision === 'rejected') await refuse(table, deployment, execution.arn);
  const well = report.outcome === 'succeeded' || report.outcome === 'unchanged';
  const writes = [
    ...reportWrites(table, execution.arn, report),
    ...(report.outcome === 'succeeded' ? [{ Delete: usedUp(table, deployment, plan.digest) }] : []),
    ...(well ? [forgetFailures(table, deployment)] : []),
  ];
  ends.set(document, (more) =>
    writeAndRelease(table, deployment, execution.arn, [...writes, ...more], `the end of ${execution.arn}`),
  );
  return report;
}).use(
  summarised<Document>({
    // Nothing of a later run's is changed by a run that found nothing to do: its lock is given back by its holder only.
    enter: async (where, document, started) => {
      if (document.plan.hasChanges && document.mode !== 'plan') await holdingLock(where, document, started);
    },
    recordOf: (document) => ends.get(document),
  }),
);
