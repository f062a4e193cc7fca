import type { Validated } from '../../workflow/documents.ts';
import { conclude, type Report, type Results, timelineOf } from '../../workflow/report.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { refuse, useUpApproval } from '../store/approvals.ts';
import { checkFence, releaseLock } from '../store/lock.ts';
import { readEvents, writeReport } from '../store/reports.ts';
import { forgetFailures } from '../store/reruns.ts';
import { summarised } from './summarised.ts';

type Document = Validated & Results;

/** The last state: writes the report, uses up the approval where production stands, and releases the lock. */
export const handler = handlerOf(async (document: Document): Promise<Report> => {
  const { table } = home();
  const { deployment, execution, plan, decision, mode } = document;
  // What follows changes nothing that a later run could have: the lock is given back by its holder only.
  if (plan.hasChanges && mode !== 'plan') await checkFence(table, document);
  const report: Report = {
    deployment,
    execution: execution.name,
    ...conclude(document),
    ...(decision === undefined ? {} : { decision }),
    plan,
    timeline: timelineOf(await readEvents(table, execution.arn)),
  };
  await writeReport(table, execution.arn, report);
  if (report.outcome === 'succeeded') await useUpApproval(table, deployment, plan.digest);
  if (report.outcome === 'succeeded' || report.outcome === 'unchanged') await forgetFailures(table, deployment);
  if (decision?.decision === 'rejected') await refuse(table, deployment, execution.arn);
  await releaseLock(table, deployment, execution.arn);
  return report;
}).use(summarised());
