import { htmlEscape } from 'escape-goat';
import type { Decision } from '../../workflow/documents.ts';
import type { ApprovalRequest } from '../store/approvals.ts';

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1b1f24; background: #fff }
  pre { background: #f3f4f6; padding: 1rem; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere }
  label { display: block; margin: 1rem 0 .25rem }
  input { font: inherit; padding: .5rem; width: 100%; box-sizing: border-box; border: 1px solid #57606a; border-radius: 4px }
  button { font: inherit; margin: 1rem .5rem 0 0; padding: .5rem 1.5rem; border: 2px solid #1b1f24; border-radius: 4px; background: #fff; color: #1b1f24; cursor: pointer }
  button.asked { background: #1b1f24; color: #fff }
`;

/** `title` and `body` are HTML already. */
const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title}</title><style>${style}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`;

/** The question; the button that the link in the mail stands for is highlighted. */
export function questionPage(request: ApprovalRequest, asked: 'approve' | 'reject' | undefined): string {
  const button = (value: 'approve' | 'reject', label: string): string =>
    `<button type="submit" name="decision" value="${value}"${asked === value ? ' class="asked"' : ''}>${label}</button>`;
  return page(
    htmlEscape`${request.question}`,
    `${htmlEscape`<pre>${request.summary}</pre><p>No answer by ${request.closesAt} is a rejection.</p>`}<form method="post"><label for="by">Your name or e-mail address (kept with the decision)</label><input id="by" name="by" required maxlength="100" autocomplete="email">${button('approve', 'Approve')}${button('reject', 'Reject')}</form>`,
  );
}

export const thanksPage = (decision: Decision['decision']): string =>
  page(
    decision === 'approved' ? 'Approved' : 'Rejected',
    decision === 'approved' ? '<p>The run goes on.</p>' : '<p>The run ends, and production stays as it is.</p>',
  );

export const decidedPage = ({ decision, by, at }: Decision): string =>
  page(htmlEscape`Already ${decision}`, htmlEscape`<p>Already ${decision} by ${by} at ${at}.</p>`);

/** One page for forged, unknown, expired and closed links alike, so that it reveals nothing. */
export const nothingPage = (): string =>
  page('Nothing to decide', '<p>This link is not valid, or has expired. Use the link in the newest e-mail.</p>');

/** For the link of a run that was stopped or failed before anybody answered. */
export const endedPage = (): string =>
  page('The run has ended', '<p>The run that asked this has ended; nothing was decided.</p>');

/** For an answer to a run that was stopped at the same moment: the answer has been recorded already. */
export const tooLatePage = (): string =>
  page('The run has ended', '<p>The run that asked this has just ended; your answer has no effect.</p>');

export const nameMissingPage = (): string =>
  page('Your name is missing', '<p>Go back, enter your name, and answer again.</p>');
