import type { Pending } from '../../workflow/documents.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import type { rootMachines } from '../../workflow/machines.ts';
import { removalOf, removalStages, stages, titleOf } from '../../workflow/stages.ts';

export type RowStatus = 'queued' | 'running' | 'waiting' | 'done' | 'failed';

/** One stage of one region, or one step of the run. */
export interface Row {
  readonly name: string;
  readonly title: string;
  readonly status: RowStatus;
  /** Milliseconds since the epoch. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly pending?: readonly Pending[];
  readonly detail?: string;
}

/** What the progress view shows: everything that will happen is listed from the start. */
export interface Progress {
  readonly before: readonly Row[];
  readonly regions: Readonly<Record<string, readonly Row[]>>;
  readonly after: readonly Row[];
}

const queued = (name: string): Row => ({ name, title: titleOf(name), status: 'queued' });

/** The view of an execution before its first event. */
export function initialProgress(regions: readonly string[], machine: (typeof rootMachines)[number]): Progress {
  if (machine === 'destroy') {
    const rows = removalStages.map(({ name }) => queued(removalOf(name)));
    return {
      before: [queued('validate'), queued('inventory')],
      regions: Object.fromEntries(regions.map((region) => [region, rows])),
      after: [queued('approve-removal'), queued('summarise')],
    };
  }
  return {
    before: [queued('validate'), queued('plan')],
    regions: Object.fromEntries(regions.map((region) => [region, stages.map(({ name }) => queued(name))])),
    after: [queued('approve-production'), queued('summarise')],
  };
}

const statusAfter = { started: 'running', waiting: 'waiting', finished: 'done', failed: 'failed' } as const;

function applied(row: Row, event: ProgressEvent): Row {
  const at = Date.parse(event.at);
  const status = statusAfter[event.status];
  const { pending: _pending, detail: _detail, ...kept } = row;
  return {
    ...kept,
    status,
    startedAt: row.startedAt ?? at,
    ...(status === 'done' || status === 'failed' ? { endedAt: at } : {}),
    ...(event.pending === undefined ? {} : { pending: event.pending }),
    ...(event.detail === undefined ? {} : { detail: event.detail }),
  };
}

/**
 * The view after one event more. An await loop starts anew with each look: its row stays `waiting` in between. Events of
 * stages that the view does not know are left out.
 */
export function reduce(progress: Progress, event: ProgressEvent): Progress {
  const update = (rows: readonly Row[]): readonly Row[] =>
    rows.map((row) => {
      if (row.name !== event.stage) return row;
      if (event.status === 'started' && row.status === 'waiting') return row;
      return applied(row, event);
    });
  if (event.region === undefined)
    return { ...progress, before: update(progress.before), after: update(progress.after) };
  const rows = progress.regions[event.region];
  return rows === undefined
    ? progress
    : { ...progress, regions: { ...progress.regions, [event.region]: update(rows) } };
}

/** Every row that is being waited for, as text: for a terminal that has been silent for long. */
export function waitingFor(progress: Progress): readonly string[] {
  const of = (where: string, rows: readonly Row[]): string[] =>
    rows
      .filter(({ status }) => status === 'running' || status === 'waiting')
      .map(({ title, pending }) =>
        [where, title, (pending ?? []).map(({ kind, key }) => `${kind}/${key}`).join(', ')]
          .filter((part) => part !== '')
          .join(' '),
      );
  return [
    ...of('', progress.before),
    ...Object.entries(progress.regions).flatMap(([region, rows]) => of(region, rows)),
    ...of('', progress.after),
  ];
}
