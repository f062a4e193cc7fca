import type { Validated } from '../../workflow/documents.ts';
import { conclude, type Report, type Results, timelineOf } from '../../workflow/report.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { holdingLock } from '../middleware/progress.ts';
import { refuse } from '../store/approvals.ts';
import { usedUp } from '../store/approved.ts';
import { readEvents } from '../store/reports.ts';
import { forgetFailures } from '../store/reruns.ts';
import { endsWith, summarised } from './summarised.ts';

type Document = Validated & Results;

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
  endsWith(document, report, [
    ...(report.outcome === 'succeeded' ? [{ Delete: usedUp(table, deployment, plan.digest) }] : []),
    ...(well ? [forgetFailures(table, deployment)] : []),
  ]);
  return report;
}).use(
  // Nothing of a later run's is changed by a run that found nothing to do: its lock is given back by its holder only.
  summarised<Document>(async (where, document, started) =>
    document.plan.hasChanges && document.mode !== 'plan' ? holdingLock(where, document, started) : undefined,
  ),
);
