import { type Report, reportText, shortReport } from '../../workflow/report.ts';
import { home } from '../middleware/handler.ts';
import { type Own, type ProgressDocument, progress } from '../middleware/progress.ts';
import { writeAndRelease } from '../store/lock.ts';
import { reportWrites } from '../store/reports.ts';
import type { Write } from '../store/table.ts';

/** How the end of a run is written: with its last event. */
const ends = new WeakMap<ProgressDocument, (writes: readonly Write[]) => Promise<void>>();

/** A run's report, `writes` and its last event go into one transaction, which gives the lock back. */
export function endsWith(document: ProgressDocument, report: Report, writes: readonly Write[]): void {
  const { table } = home();
  const { deployment, execution } = document;
  const own = [...reportWrites(table, execution.arn, report), ...writes];
  ends.set(document, (more) =>
    writeAndRelease(table, deployment, execution.arn, [...own, ...more], `the end of ${execution.arn}`),
  );
}

/** Publishes the last step of a run: how it ended, in words. */
export const summarised = <Document extends ProgressDocument>(enter: Own<Report, Document>['enter'] & object) =>
  progress<Report, Document>(
    home,
    'summarise',
    (report) => ({
      status: report.outcome === 'failed' ? 'failed' : 'finished',
      detail: `${report.outcome}\n${reportText(report)}`,
    }),
    { enter, handOn: shortReport, recordOf: (document) => ends.get(document) },
  );
