import { type Report, reportText, shortReport } from '../../workflow/report.ts';
import { home } from '../middleware/handler.ts';
import { type Own, type ProgressDocument, progress } from '../middleware/progress.ts';

/** Publishes the last step of a run: how it ended, in words. */
export const summarised = <Document extends ProgressDocument>(own: Own<Report, Document> = {}) =>
  progress<Report, Document>(
    home,
    'summarise',
    (report) => ({
      status: report.outcome === 'failed' ? 'failed' : 'finished',
      detail: `${report.outcome}\n${reportText(report)}`,
    }),
    { ...own, handOn: shortReport },
  );
