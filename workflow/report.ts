import { type ErrorOutput, readableError } from './causes.ts';
import type { RegionConfig } from './config.ts';
import type { Decision, FailedRegion, Outputs, PlanSummary, RegionResult } from './documents.ts';
import { type Environment, environments, pathOf } from './environments.ts';
import type { ProgressEvent } from './events.ts';
import type { EventName } from './steps.ts';

type Outcome = 'succeeded' | 'unchanged' | 'rejected' | 'failed' | 'destroyed' | 'planned' | 'skipped';

export interface RegionReport {
  readonly region: string;
  readonly status: 'succeeded' | 'failed';
  readonly error?: ErrorOutput;
  /** Of the environments that are deployed. */
  readonly urls: Partial<Readonly<Record<Environment, string>>>;
  readonly outputs: Outputs;
}

export interface TimelineEntry {
  readonly region?: string;
  readonly stage: EventName;
  readonly startedAt: string;
  /** Absent where the stage did not finish. */
  readonly durationSeconds?: number;
}

/** How an execution ended: its output, and what the table keeps of it. */
export interface Report {
  /** Absent where the input was refused and does not say which one it means. */
  readonly deployment?: string | undefined;
  readonly execution: string;
  readonly outcome: Outcome;
  readonly error?: ErrorOutput;
  /** Why the run was skipped. */
  readonly reason?: string;
  readonly decision?: Decision;
  readonly plan?: PlanSummary;
  readonly regions: readonly RegionReport[];
  readonly timeline: readonly TimelineEntry[];
  /** Of `destroy`: what was left standing on purpose, as `region kind/key (id)`. */
  readonly kept?: readonly string[];
  /** Of `destroy`: what has one of Slipway's names but not its tags, as `region kind name`. */
  readonly unmanaged?: readonly string[];
  /** Of `destroy`: regions that the account has not enabled, and that were therefore not checked. */
  readonly unasked?: readonly string[];
}

/** What the first state of `provision` says instead, where there is nothing to run. */
export interface Skipped {
  readonly verdict: 'skipped';
  readonly report: Report;
}

/** What the states before Summarise have gathered. */
export interface Results {
  readonly plan: PlanSummary;
  readonly decision?: Decision;
  /** Absent where the run only planned. */
  readonly provisioned?: readonly RegionResult[];
  readonly promoted?: readonly RegionResult[];
  /** Of the regions in which something was left behind. */
  readonly pruned?: readonly RegionResult[];
  /** Regions that did not answer and were left out. */
  readonly unreachable?: readonly FailedRegion[];
}

/** Pure: outcome and regions. A failed region outweighs a rejection, so that it is never overlooked. */
export function conclude(results: Results): Pick<Report, 'outcome' | 'regions' | 'error'> {
  const rejected = results.decision?.decision === 'rejected';
  if (results.provisioned === undefined) return { outcome: rejected ? 'rejected' : 'planned', regions: [] };
  const regions = [...results.provisioned, ...(results.unreachable ?? [])].map((provisioned): RegionReport => {
    const later = (all: readonly RegionResult[] | undefined): RegionResult | undefined =>
      all?.find(({ region }) => region === provisioned.region);
    const ended = [provisioned, later(results.promoted), later(results.pruned)].filter((each) => each !== undefined);
    const last = ended.at(-1) ?? provisioned;
    const outputs = ended.flatMap((each) => ('outputs' in each ? [each.outputs] : [])).at(-1) ?? {};
    return {
      region: provisioned.region,
      ...('error' in last ? { status: 'failed', error: readableError(last.error) } : { status: 'succeeded' }),
      urls: 'config' in provisioned ? urlsOf(provisioned.config, outputs, !results.plan.production) : {},
      outputs,
    };
  });
  const failed = regions.filter(({ status }) => status === 'failed');
  if (failed.length > 0) {
    const text = failed.map(({ region, error }) => `${region}: ${error?.Error}: ${error?.Cause}`).join('\n');
    return { outcome: 'failed', regions, error: { Error: 'RegionsFailed', Cause: text } };
  }
  if (rejected) return { outcome: 'rejected', regions };
  return { outcome: results.plan.hasChanges ? 'succeeded' : 'unchanged', regions };
}

/**
 * Each environment on its path behind the region's one load balancer.
 * @param productionStands whether production was there before the run, which then did not touch it
 */
export function urlsOf(config: RegionConfig, outputs: Outputs, productionStands: boolean): RegionReport['urls'] {
  const dnsName = outputs['load-balancer']?.main?.dnsName;
  if (dnsName === undefined) return {};
  const root = `${config.certificateArn === undefined ? 'http' : 'https'}://${dnsName}`;
  const deployed = environments.filter(
    (environment) => outputs.service?.[environment] !== undefined || (environment === 'production' && productionStands),
  );
  return Object.fromEntries(deployed.map((environment) => [environment, `${root}${pathOf(environment)}`]));
}

/** What the execution itself ends with: how, why and the URLs. The table has the whole (lambdas/store/reports.ts). */
export const shortReport = ({ regions, timeline: _, kept: _kept, unmanaged: _unmanaged, ...report }: Report) => ({
  ...report,
  regions: regions.map(({ region, status, urls }) => ({ region, status, urls })),
});

/** Pure: stages in the order in which they started, from a run's events. */
export function timelineOf(events: readonly ProgressEvent[]): readonly TimelineEntry[] {
  const finished = new Map(
    events.filter(({ status }) => status === 'finished').map((event) => [`${event.region}/${event.stage}`, event]),
  );
  const seen = new Set<string>();
  return [...events]
    .sort((one, other) => one.at.localeCompare(other.at))
    .flatMap((event) => {
      const name = `${event.region}/${event.stage}`;
      if (event.status !== 'started' || seen.has(name)) return [];
      seen.add(name);
      const end = finished.get(name);
      return [
        {
          ...(event.region === undefined ? {} : { region: event.region }),
          stage: event.stage,
          startedAt: event.at,
          ...(end === undefined ? {} : { durationSeconds: (Date.parse(end.at) - Date.parse(event.at)) / 1000 }),
        },
      ];
    });
}

/** Said of every failure. */
export const howToContinue = 'What exists is kept. Start again with the same input to continue from there.';

/** The final notification, and what the command line prints of a failure. */
export function reportText(report: Report): string {
  const lines: string[] = [];
  if (report.error !== undefined) lines.push(`${report.error.Error}:`, report.error.Cause, '');
  if (report.decision !== undefined) {
    lines.push(`It was ${report.decision.decision} by ${report.decision.by} at ${report.decision.at}.`, '');
  }
  for (const { region, status, urls, error } of report.regions) {
    lines.push(`${region}: ${status}${error === undefined ? '' : ` (${error.Error}: ${error.Cause})`}`);
    for (const [environment, url] of Object.entries(urls)) lines.push(`  ${environment.padEnd(11)} ${url}`);
  }
  if (report.kept !== undefined && report.kept.length > 0) {
    lines.push('Kept:', ...report.kept.map((each) => `  ${each}`));
  }
  if (report.unmanaged !== undefined && report.unmanaged.length > 0) {
    lines.push('Not ours, left alone:', ...report.unmanaged.map((each) => `  ${each}`));
  }
  if (report.unasked !== undefined)
    lines.push(`Not checked, because not enabled in this account: ${report.unasked.join(', ')}`);
  if (report.outcome === 'rejected' && report.regions.some(({ outputs }) => Object.keys(outputs).length > 0)) {
    lines.push(
      '',
      'Staging shows what was rejected. A reconcile puts it back to what is approved; where nothing is, destroy removes it.',
    );
  }
  if (report.outcome === 'failed') {
    lines.push('', howToContinue);
  }
  return lines.join('\n');
}
