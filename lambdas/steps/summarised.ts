import { type Report, reportText, shortReport } from '../../workflow/report.ts';
import { home } from '../middleware/handler.ts';
import { progress } from '../middleware/progress.ts';

/** Publishes the last step of a run: how it ended, in words. */
export const summarised = () =>
  progress<Report>(
    home,
    'summarise',
    (report) => ({
      status: report.outcome === 'failed' ? 'failed' : 'finished',
      detail: `${report.outcome}\n${reportText(report)}`,
    }),
    { handOn: shortReport },
  );
