import { createLogUpdate } from 'log-update';
import pc from 'picocolors';
import type { ProgressEvent } from '../../workflow/events.ts';
import { printableLine } from '../../workflow/printable.ts';
import { titleOf } from '../../workflow/steps.ts';
import { type Progress, type Row, waitingFor } from './progress.ts';

/** Where progress is shown. The run's data goes to stdout, this goes to stderr. */
export interface ProgressView {
  /** A new state, and the event that led to it. */
  show(progress: Progress, event?: ProgressEvent): void;
  /** Lines that stay, above the live block. */
  note(lines: readonly string[]): void;
  /** Leaves the last state standing. */
  done(): void;
}

const colours = {
  queued: pc.dim,
  running: pc.cyan,
  waiting: pc.yellow,
  done: pc.green,
  failed: pc.red,
  skipped: pc.dim,
} as const;

export const clock = (seconds: number): string =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/** Seconds a row has taken so far. */
function elapsed(row: Row, now: number): string {
  if (row.startedAt === undefined) return '';
  return `${(((row.endedAt ?? now) - row.startedAt) / 1000).toFixed(1)} s`;
}

function cell(row: Row, now: number, width: number): string {
  const pending = (row.pending ?? []).map(({ kind, key }) => `${kind}/${key}`).join(', ');
  const text = `${row.status.padEnd(8)}${elapsed(row, now).padStart(7)}${pending === '' ? '' : `  ${pending}`}`;
  return colours[row.status](text.slice(0, width - 1).padEnd(width));
}

/** The whole state as a block: steps, and stages × regions as a table. */
export function block(progress: Progress, startedAt: number, now: number, columns: number): string {
  const regions = Object.entries(progress.regions);
  const titles = regions[0]?.[1].map(({ title }) => title) ?? [];
  const titleWidth = Math.max(20, ...titles.map((title) => title.length)) + 2;
  const width = Math.max(18, Math.floor((columns - titleWidth - 4) / Math.max(1, regions.length)));
  const stepWidth = 17;
  const step = (row: Row): string => {
    const ended = row.status === 'done' || row.status === 'failed';
    const about = ended ? ` ${row.detail?.split('\n')[0] ?? ''}` : '';
    const room = Math.max(0, columns - titleWidth - stepWidth - 3);
    return `  ${row.title.padEnd(titleWidth)}${cell(row, now, stepWidth)}${printableLine(about).slice(0, room)}`;
  };
  const rows = titles.map(
    (title, index) =>
      `  ${title.padEnd(titleWidth)}${regions.map(([, all]) => (all[index] === undefined ? '' : cell(all[index], now, width))).join('')}`,
  );
  return [
    ...progress.before.map(step),
    `  ${pc.bold(`${clock((now - startedAt) / 1000)}`.padEnd(titleWidth))}${regions.map(([region]) => pc.bold(region.padEnd(width))).join('')}`,
    ...rows,
    ...progress.after.map(step),
  ].join('\n');
}

/** A live block, redrawn ten times a second. */
export function liveView(stream: NodeJS.WriteStream, startedAt: number): ProgressView {
  const update = createLogUpdate(stream);
  let latest: Progress | undefined;
  const draw = (): void => {
    if (latest !== undefined) update(block(latest, startedAt, Date.now(), stream.columns ?? 100));
  };
  const timer = setInterval(draw, 100);
  return {
    show: (progress) => {
      latest = progress;
    },
    note: (lines) => {
      update.clear();
      stream.write(`${lines.join('\n')}\n`);
      draw();
    },
    done: () => {
      clearInterval(timer);
      draw();
      update.done();
    },
  };
}

/** After this long without a line, the append-only view says what it still waits for. */
const silenceMilliseconds = 30_000;

/** One line an event, for logs and pipes. */
export function linesView(write: (line: string) => void, startedAt: number, initial: Progress): ProgressView {
  const [rows = []] = Object.values(initial.regions);
  write(`Stages in each of ${Object.keys(initial.regions).join(', ')}: ${rows.map(({ title }) => title).join(', ')}`);
  let latest: Progress | undefined;
  let lastLine = Date.now();
  const timer = setInterval(() => {
    if (latest === undefined || Date.now() - lastLine < silenceMilliseconds) return;
    lastLine = Date.now();
    write(
      `${clock((lastLine - startedAt) / 1000)} still waiting for ${waitingFor(latest).join('; ') || 'the execution'}`,
    );
  }, 1_000);
  return {
    show: (progress, event) => {
      latest = progress;
      if (event === undefined) return;
      lastLine = Date.now();
      write(eventLine(event, startedAt));
    },
    note: (lines) => lines.forEach(write),
    done: () => clearInterval(timer),
  };
}

export function eventLine(event: ProgressEvent, startedAt: number): string {
  const title = titleOf(event.stage);
  const pending = (event.pending ?? []).map(({ kind, key, reason }) => `${kind}/${key} (${reason})`).join(', ');
  const took = event.durationSeconds === undefined ? '' : ` (${event.durationSeconds.toFixed(1)} s)`;
  const about = [pending, event.detail?.split('\n')[0]].filter((part) => part !== undefined && part !== '').join('; ');
  const status = `${event.status}${took}`;
  return `${clock((Date.parse(event.at) - startedAt) / 1000)} ${(event.region ?? '').padEnd(14)} ${title.padEnd(26)} ${colours[statusColour[event.status]](status)}${about === '' ? '' : `: ${printableLine(about)}`}`;
}

const statusColour = { started: 'running', waiting: 'waiting', finished: 'done', failed: 'failed' } as const;
