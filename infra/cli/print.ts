import pc from 'picocolors';
import type { AnyResource } from '../../lambdas/resources/resource.ts';
import { type Addressed, missingAddresseeLines } from '../../workflow/addressees.ts';
import type { PlannedChange } from '../../workflow/documents.ts';
import { costLines, type Priced } from '../../workflow/prices.ts';
import { printable, printableLine } from '../../workflow/printable.ts';
import type { RegionReport, Report } from '../../workflow/report.ts';
import { shownValue } from '../../workflow/shown-value.ts';
import { type Kind, kinds, leftTo } from '../../workflow/stages.ts';
import type { Progress, RowStatus } from './progress.ts';
import { clock } from './render.ts';

/** A report as text: per region and environment the URL, and the ids that matter. */
export async function reportLines(report: Report): Promise<string> {
  // Loaded when it is needed: the kinds' clients take a second.
  const { allResources } = await import('../../lambdas/resources/all.ts');
  const end = timelineEnd(report);
  return [
    `${report.deployment === undefined ? '' : `${pc.bold(report.deployment)}: `}${report.outcome}${end === undefined ? '' : ` after ${clock(end)}`}`,
    ...(report.error === undefined ? [] : [pc.red(printable(`${report.error.Error}: ${report.error.Cause}`))]),
    ...(report.decision === undefined ? [] : [printableLine(`${report.decision.decision} by ${report.decision.by}`)]),
    ...report.regions.flatMap((region) => regionLines(region, allResources)),
    ...(report.kept === undefined || report.kept.length === 0
      ? []
      : ['', 'Kept:', ...report.kept.map((each) => `  ${each}`)]),
    ...(report.unmanaged === undefined || report.unmanaged.length === 0
      ? []
      : ['', 'Not managed by Slipway, left alone:', ...report.unmanaged.map((each) => `  ${each}`)]),
  ].join('\n');
}

function regionLines(
  { region, status, urls, outputs, error }: RegionReport,
  resources: Readonly<Record<Kind, AnyResource>>,
): string[] {
  const ids = new Map<string, Set<string>>();
  for (const kind of kinds)
    for (const output of Object.values(outputs[kind] ?? {}))
      for (const [label, value = ''] of Object.entries(resources[kind].headlines?.(output) ?? {}))
        ids.set(label, (ids.get(label) ?? new Set()).add(value));
  return [
    '',
    `${pc.bold(region)}: ${status}`,
    ...(error === undefined ? [] : [pc.red(printable(`  ${error.Error}: ${error.Cause}`))]),
    ...Object.entries(urls).map(([environment, url]) => `  ${environment.padEnd(14)} ${pc.cyan(url)}`),
    ...[...ids].map(([label, values]) => `  ${label.padEnd(14)} ${[...values].join(', ')}`),
  ];
}

function timelineEnd({ timeline }: Report): number | undefined {
  const [first] = timeline;
  if (first === undefined) return undefined;
  const ends = timeline.map(({ startedAt, durationSeconds = 0 }) => Date.parse(startedAt) / 1000 + durationSeconds);
  return Math.max(...ends) - Date.parse(first.startedAt) / 1000;
}

/** A whole plan as text: a line for each change, and under it what differs. */
export function planLines(
  changes: readonly PlannedChange[],
  configs: readonly (Priced & Addressed)[],
): readonly string[] {
  const [first] = configs;
  const missing = first === undefined ? [] : missingAddresseeLines(first);
  const colours = { create: pc.green, update: pc.yellow, replace: pc.red, delete: pc.red };
  const open = changes.flatMap(({ action, waiting, ...rest }) =>
    action === 'unchanged' && waiting === undefined ? [] : [{ ...rest, action, waiting }],
  );
  return [
    ...open.flatMap(({ region, action, kind, key, differences, deferredTo, waiting }) => [
      `${(action === 'unchanged' ? pc.dim : colours[action])(action.padEnd(9))} ${region.padEnd(14)} ${kind}/${key}${waiting === undefined ? '' : `  (${waiting})`}`,
      ...differences.map(({ path, was, want, deferred }) =>
        printableLine(
          `            ${path}: ${shownValue(was)} -> ${shownValue(want)}${leftTo(deferred && deferredTo)}`,
        ),
      ),
    ]),
    open.length === 0
      ? `No changes: ${changes.length} resources match.`
      : `${changes.length - open.length} more resources match.`,
    '',
    'Estimated monthly cost after this run:',
    ...costLines(configs).map((line) => `  ${line}`),
    ...(missing.length === 0 ? [] : ['', ...missing.map(pc.yellow)]),
  ];
}

/** What an execution that was stopped has made, by region: the stages that are done, and the one that was at work. */
export function standingLines({ regions }: Progress): readonly string[] {
  return Object.entries(regions).map(([region, rows]) => {
    const titles = (...statuses: readonly RowStatus[]): string =>
      rows
        .filter(({ status }) => statuses.includes(status))
        .map(({ title }) => title)
        .join(', ');
    const halfway = titles('running', 'waiting');
    return `  ${region.padEnd(14)} ${titles('done') || 'nothing'}${halfway === '' ? '' : `; part of ${halfway}`}`;
  });
}
