import type { RecordedCall } from '@slipway/local-cloud';
import type { ProgressEvent } from '../../../workflow/events.ts';

interface Span {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

/**
 * The critical path through what happened: from the end backwards, each time the one that ended last before the one after
 * it began. Whatever waits does so for what ends last.
 */
export function criticalPath<Item>(items: readonly Item[], spanOf: (item: Item) => Span): readonly Item[] {
  const latestFirst = items
    .map((item) => ({ item, ...spanOf(item) }))
    .sort((one, other) => other.to - one.to || other.from - one.from);
  const path: Item[] = [];
  let next = Number.POSITIVE_INFINITY;
  for (const { item, from, to } of latestFirst) {
    if (to > next) continue;
    path.unshift(item);
    next = from;
  }
  return path;
}

/** Services that are called in one place for all regions: the record does not say for which of them. */
const central: ReadonlySet<string> = new Set(['iam', 'dynamodb', 'states', 'sns']);

/** The region that ended last; undefined where nothing was done in any. */
export const lastRegion = (events: readonly ProgressEvent[]): string | undefined =>
  events
    .filter(({ region }) => region !== undefined)
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .at(-1)?.region;

/** The calls on the critical path of the region that ended last, and of the steps around it. */
export function criticalCalls(
  calls: readonly RecordedCall[],
  events: readonly ProgressEvent[],
): readonly RecordedCall[] {
  const last = lastRegion(events);
  const own = calls.filter(({ service, region }) => last === undefined || region === last || central.has(service));
  return criticalPath(own, ({ time, durationMs }) => ({ from: Date.parse(time), to: Date.parse(time) + durationMs }));
}
