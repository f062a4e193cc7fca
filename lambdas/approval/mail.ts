import { readableError } from '../../workflow/causes.ts';
import type { PlanSummary } from '../../workflow/documents.ts';
import { consoleLink } from '../../workflow/events.ts';
import { costLines } from '../../workflow/prices.ts';
import { type RegionResult, urlsOf } from '../../workflow/report.ts';
import { stageNamed } from '../../workflow/stages.ts';
import type { Standing } from '../engine/inventory.ts';
import type { PlannedChange } from '../engine/plan.ts';
import type { ApprovalRequest } from '../store/approvals.ts';

/** What is asked, and what people have to know for their answer. */
export interface Question {
  readonly question: string;
  readonly summary: string;
}

interface Promotion {
  readonly deployment: string;
  readonly plan: PlanSummary;
  readonly changes: readonly PlannedChange[];
  readonly provisioned?: readonly RegionResult[];
}

/** Production's changes by region, and what people can look at before. */
export function promotionQuestion({ deployment, plan, changes, provisioned }: Promotion): Question {
  const lines: string[] = [];
  for (const result of provisioned ?? []) {
    if ('error' in result) {
      const { Error: name, Cause: cause } = readableError(result.error);
      lines.push(`${result.region}: FAILED and is left out (${name}: ${cause})`, '');
      continue;
    }
    lines.push(`${result.region}:`);
    const staging = urlsOf(result.config, result.upstream, false).staging;
    if (staging !== undefined) lines.push(`  staging is healthy: ${staging}`);
    for (const { action, kind, key, differences } of changes.filter(
      ({ region, stage }) => region === result.region && stageNamed(stage).machine === 'promote-region',
    )) {
      lines.push(`  ${action} ${kind}/${key}`);
      for (const { path, was, want } of differences) {
        lines.push(`    ${path}: ${JSON.stringify(was)} -> ${JSON.stringify(want)}`);
      }
    }
    lines.push(`  image ${result.config.image.digest}`, '');
  }
  const standing = (provisioned ?? []).flatMap((result) => ('config' in result ? [result.config] : []));
  lines.push('What stands then costs:', ...costLines(standing).map((line) => `  ${line}`), '');
  const counts = Object.entries(plan.counts)
    .filter(([, count]) => count > 0)
    .map(([action, count]) => `${count} ${action}`);
  lines.push(`Whole plan of this run: ${counts.join(', ')}; digest ${plan.digest}`);
  return { question: `Deploy ${deployment} to production?`, summary: lines.join('\n') };
}

interface Removal {
  readonly deployment: string;
  readonly plan: PlanSummary;
  readonly going: readonly Standing[];
  readonly kept: readonly Standing[];
}

/** Every resource that goes, and what stays. */
export function removalQuestion({ deployment, plan, going, kept }: Removal): Question {
  const lineOf = ({ region, kind, key, id }: Standing): string => `  ${region} ${kind}/${key} (${id})`;
  return {
    question: `Destroy ${deployment}, production included?`,
    summary: [
      `${going.length} resources will be removed for good:`,
      ...going.map(lineOf),
      '',
      ...(kept.length === 0
        ? ['Nothing is kept.']
        : ['Kept, because they hold what people put there:', ...kept.map(lineOf)]),
      '',
      `Digest ${plan.digest}`,
    ].join('\n'),
  };
}

/** The links hold an opaque id, never the task token; opening one changes nothing, so a mail scanner can't decide. */
export function approvalMail(request: ApprovalRequest): { subject: string; message: string } {
  const link = (decision: 'approve' | 'reject'): string =>
    `${request.approvalUrl}/approvals/${request.id}?decision=${decision}`;
  return {
    // Deployment names have at most 20 characters; SNS allows 99.
    subject: `[Slipway] ${request.question}`,
    message: [
      request.question,
      '',
      request.summary,
      '',
      `Approve: ${link('approve')}`,
      `Reject:  ${link('reject')}`,
      '',
      'The link opens a page that asks once more; nothing happens before you answer there.',
      `From the command line: npx slipway approve ${request.execution}   (or: npx slipway reject ${request.execution})`,
      `No answer by ${request.closesAt} is a rejection.`,
      '',
      `Console: ${consoleLink(request.executionArn)}`,
    ].join('\n'),
  };
}
