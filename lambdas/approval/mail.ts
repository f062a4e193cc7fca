import { missingAddresseeLines } from '../../workflow/addressees.ts';
import { readableError } from '../../workflow/causes.ts';
import type { RegionConfig } from '../../workflow/config.ts';
import type { FailedRegion, PlannedChange, PlanSummary, RegionResult, Standing } from '../../workflow/documents.ts';
import { consoleLink } from '../../workflow/events.ts';
import { costLines } from '../../workflow/prices.ts';
import { urlsOf } from '../../workflow/report.ts';
import { shownValue } from '../../workflow/shown-value.ts';
import { leftTo, stageNamed } from '../../workflow/stages.ts';
import type { Mail } from '../aws/notify.ts';
import type { ApprovalRequest } from '../store/approvals.ts';

/** What is asked, and what people have to know for their answer. */
export interface Question {
  readonly question: string;
  readonly summary: string;
}

interface Planned {
  readonly deployment: string;
  /** Regions that did not answer. */
  readonly unreachable?: readonly FailedRegion[];
  readonly plan: PlanSummary;
  readonly changes: readonly PlannedChange[];
}

interface Promotion extends Planned {
  readonly provisioned?: readonly RegionResult[];
}

interface Changing extends Planned {
  readonly regions: readonly RegionConfig[];
}

const changeLines = ({ action, kind, key, differences, deferredTo }: PlannedChange): readonly string[] => [
  `  ${action} ${kind}/${key}`,
  ...differences.map(
    ({ path, was, want, deferred }) =>
      `    ${path}: ${shownValue(was)} -> ${shownValue(want)}${leftTo(deferred && deferredTo)}`,
  ),
];

/** Lines of changes that a question shows, over all regions: people read no more, and SNS takes 256 KiB. */
const mostLines = 150;

/** The changes of one of so many regions; where they are too many, the first of them and the number of the others. */
function changesShown(changes: readonly PlannedChange[], regions: number): readonly string[] {
  const lines: string[] = [];
  for (const [index, change] of changes.entries()) {
    const own = changeLines(change);
    if (lines.length + own.length > mostLines / regions)
      return [...lines, `  … and ${changes.length - index} more changes`];
    lines.push(...own);
  }
  return lines;
}

/** What it costs, and what else the run does. */
const endLines = (plan: PlanSummary, configs: readonly RegionConfig[]): readonly string[] => {
  const counts = Object.entries(plan.counts)
    .filter(([, count]) => count > 0)
    .map(([action, count]) => `${count} ${action}`);
  const [first] = configs;
  const missing = first === undefined ? [] : missingAddresseeLines(first);
  return [
    ...(missing.length === 0 ? [] : [...missing, '']),
    'Estimated monthly cost after this run:',
    ...costLines(configs).map((line) => `  ${line}`),
    '',
    `Whole plan of this run: ${counts.join(', ')}; digest ${plan.digest}`,
    ...(plan.document === undefined ? [] : [`Every change: s3://${plan.document.bucket}/${plan.document.key}`]),
  ];
};

/** The parts of the deployment that this run does not touch. */
const leftOut = (regions: readonly FailedRegion[] = []): readonly string[] =>
  regions.flatMap(({ region, error }) => {
    const { Error: name, Cause: cause } = readableError(error);
    return [`${region}: DID NOT ANSWER and is left out (${name}: ${cause})`, ''];
  });

/** Of a run that asks before it changes anything: all of its changes by region. */
export function changesQuestion({ deployment, plan, changes, regions, unreachable }: Changing): Question {
  const lines = regions.flatMap((config) => {
    const own = changes.filter(({ region, action }) => region === config.region && action !== 'unchanged');
    return own.length === 0 ? [] : [`${config.region}:`, ...changesShown(own, regions.length), ''];
  });
  return {
    question: `Change ${deployment} in production?`,
    summary: [
      'This changes something that production depends on, or replaces or deletes something.',
      ...(plan.production
        ? ['If you approve, production is deployed in the same run once staging is healthy; you are not asked again.']
        : []),
      '',
      ...lines,
      ...leftOut(unreachable),
      ...endLines(plan, regions),
    ].join('\n'),
  };
}

/** Production's changes by region, and what people can look at first. */
export function promotionQuestion({ deployment, plan, changes, provisioned = [], unreachable }: Promotion): Question {
  const lines: string[] = [];
  for (const result of provisioned) {
    if ('error' in result) {
      const { Error: name, Cause: cause } = readableError(result.error);
      lines.push(`${result.region}: FAILED and is left out (${name}: ${cause})`, '');
      continue;
    }
    lines.push(`${result.region}:`);
    for (const [environment, url] of Object.entries(urlsOf(result.config, result.outputs, false)))
      lines.push(`  ${environment} is healthy: ${url}`);
    const own = changes.filter(
      ({ region, stage, deferredTo = stage, action }) =>
        region === result.region && action !== 'unchanged' && stageNamed(deferredTo).machine === 'promote-region',
    );
    lines.push(...changesShown(own, provisioned.length));
    const image = result.outputs['task-definition']?.production?.image ?? result.config.image.digest;
    lines.push(`  image ${image.slice(image.indexOf('@') + 1)}`, '');
  }
  const standing = provisioned.flatMap((result) => ('config' in result ? [result.config] : []));
  lines.push(...leftOut(unreachable), ...endLines(plan, standing));
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
  const linesOf = (standing: readonly Standing[]): readonly string[] => [
    ...standing.slice(0, mostLines).map(({ region, kind, key, id }) => `  ${region} ${kind}/${key} (${id})`),
    ...(standing.length > mostLines ? [`  … and ${standing.length - mostLines} more`] : []),
  ];
  return {
    question: `Destroy ${deployment}, production included?`,
    summary: [
      `${going.length} resources will be removed for good:`,
      ...linesOf(going),
      '',
      ...(kept.length === 0 ? ['Nothing is kept.'] : ['Kept, because they hold data:', ...linesOf(kept)]),
      '',
      `Digest ${plan.digest}`,
    ].join('\n'),
  };
}

/** The links hold an opaque id, never the task token; opening one changes nothing, so a mail scanner can't decide. */
export function approvalMail(request: ApprovalRequest): Mail {
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
