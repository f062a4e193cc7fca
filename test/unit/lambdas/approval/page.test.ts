import { expect, test } from '@jest/globals';
import {
  decidedPage,
  endedPage,
  nameMissingPage,
  nothingPage,
  questionPage,
  thanksPage,
} from '../../../../lambdas/approval/page.ts';
import type { ApprovalRequest } from '../../../../lambdas/store/approvals.ts';

const body = (page: string): string => /<main>(.*)<\/main>/s.exec(page)?.[1] ?? '';

test.each([
  ['thanks for a yes', thanksPage('approved'), '<h1>Approved</h1><p>The run goes on.</p>'],
  ['thanks for a no', thanksPage('rejected'), '<h1>Rejected</h1><p>The run ends, and production stays as it is.</p>'],
  [
    'says who was first, as text',
    decidedPage({ decision: 'approved', by: '<b>Ann</b>', at: 'noon' }),
    '<h1>Already approved</h1><p>Already approved by &lt;b&gt;Ann&lt;/b&gt; at noon.</p>',
  ],
  [
    'says that the run has ended',
    endedPage(),
    '<h1>The run has ended</h1><p>The run that asked this has ended; nothing was decided.</p>',
  ],
  [
    'tells nothing to a forged link',
    nothingPage(),
    '<h1>Nothing to decide</h1><p>This link is not valid, or has expired. Use the link in the newest e-mail.</p>',
  ],
  [
    'asks for a name',
    nameMissingPage(),
    '<h1>Your name is missing</h1><p>Go back, enter your name, and answer again.</p>',
  ],
])('a page %s', (_, page, expected) => {
  expect(body(page)).toBe(expected);
});

const request = {
  question: 'Deploy <shop>?',
  summary: 'a & b ${vpc/main.id} ${HOME}',
  closesAt: 'noon',
} as ApprovalRequest;

test.each([
  ['approve', 'Approve', 'Reject'],
  ['reject', 'Reject', 'Approve'],
] as const)('the question’s page makes the button stand out that the link to %s meant', (asked, label, other) => {
  const page = body(questionPage(request, asked));
  expect(page).toContain(
    '<h1>Deploy &lt;shop&gt;?</h1><pre>a &amp; b ${vpc/main.id} ${HOME}</pre><p>No answer by noon is a rejection.</p>',
  );
  expect(page).toMatch(new RegExp(`class="asked">${label}</button>`));
  expect(page).not.toMatch(new RegExp(`class="asked">${other}</button>`));
});
