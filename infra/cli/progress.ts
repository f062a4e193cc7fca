import type { Pending } from '../../workflow/documents.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import type { RootMachine } from '../../workflow/machines.ts';
import { removalOf, removalStages, stages } from '../../workflow/stages.ts';
import { type EventName, isApprovalStep, stepsAround, titleOf } from '../../workflow/steps.ts';

export type RowStatus = 'queued' | 'running' | 'waiting' | 'done' | 'failed' | 'skipped';

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

const queued = (name: EventName): Row => ({ name, title: titleOf(name), status: 'queued' });

/** The view of an execution before its first event. */
export function initialProgress(regions: readonly string[], machine: RootMachine): Progress {
  const rows =
    machine === 'destroy' ? removalStages.map(({ name }) => removalOf(name)) : stages.map(({ name }) => name);
  return {
    before: stepsAround(machine, 'before').map(queued),
    regions: Object.fromEntries(regions.map((region) => [region, rows.map(queued)])),
    after: stepsAround(machine, 'after').map(queued),
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

/** A step that is past without an event of its own: a question that nobody had to be asked, or a step that says nothing. */
const past = (row: Row): Row =>
  row.status === 'queued' ? { ...row, status: isApprovalStep(row.name) ? 'skipped' : 'done' } : row;

const promoting: ReadonlySet<string> = new Set(
  stages.filter(({ machine }) => machine === 'promote-region').map(({ name }) => name),
);

/**
 * The view after one more event. An await loop starts anew with each check: its row stays `waiting` in between. Events of
 * stages that the view does not know are left out.
 */
export function reduce(progress: Progress, event: ProgressEvent): Progress {
  const update = (row: Row): Row => {
    if (row.name !== event.stage) return row;
    return event.status === 'started' && row.status === 'waiting' ? row : applied(row, event);
  };
  /** The steps with this event, those before `end` being past. */
  const upTo = (rows: readonly Row[], end: number): readonly Row[] =>
    rows.map((row, index) => (index < end ? past(row) : update(row)));
  const { before, after, regions } = progress;
  if (event.region !== undefined) {
    const rows = regions[event.region];
    if (rows?.some(({ name }) => name === event.stage) !== true) return progress;
    return {
      before: upTo(before, before.length),
      regions: { ...regions, [event.region]: rows.map(update) },
      after: promoting.has(event.stage) ? after.map((row) => (isApprovalStep(row.name) ? past(row) : row)) : after,
    };
  }
  const [inBefore, inAfter] = [before, after].map((rows) => rows.findIndex(({ name }) => name === event.stage));
  if (inBefore !== undefined && inBefore >= 0) return { ...progress, before: upTo(before, inBefore) };
  if (inAfter !== undefined && inAfter >= 0)
    return { ...progress, before: upTo(before, before.length), after: upTo(after, inAfter) };
  return progress;
}

/** The view of an execution that has ended: what is still queued will not happen. */
export function ended({ before, regions, after }: Progress): Progress {
  const close = (rows: readonly Row[]): readonly Row[] =>
    rows.map((row) => (row.status === 'queued' ? { ...row, status: 'skipped' } : row));
  return {
    before: close(before),
    regions: Object.fromEntries(Object.entries(regions).map(([region, rows]) => [region, close(rows)])),
    after: close(after),
  };
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
