import type { RecordedCall } from '@slipway/local-cloud';
import type { ProgressEvent } from '../../../workflow/events.ts';
import { titleOf } from '../../../workflow/steps.ts';
import { criticalPath } from './path.ts';

interface Bar {
  readonly stage: ProgressEvent['stage'];
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** From the first start of each stage to its last end. */
export function barsOf(events: readonly ProgressEvent[]): readonly Bar[] {
  return [...Map.groupBy(events, ({ stage }) => stage)]
    .map(([stage, own]) => {
      const times = own.map(({ at }) => Date.parse(at));
      return { stage, from: Math.min(...times), to: Math.max(...times) };
    })
    .sort((one, other) => one.from - other.from);
}

const row = 18;
const labels = 170;
const width = 900;

/**
 * A region's stages as an SVG document, those on the critical path in red. Of the region that ended last the calls on it are
 * shown, too: what is red between them is AWS's, Lambda's or Step Functions' time.
 */
export function ganttOf(
  title: string,
  events: readonly ProgressEvent[],
  calls: readonly RecordedCall[],
  started: number,
  scale: number,
): string {
  const bars = barsOf(events);
  const end = Math.max(...bars.map(({ to }) => to));
  const critical = new Set(criticalPath(bars, (bar) => bar));
  const x = (time: number): number => labels + ((time - started) / (end - started)) * (width - labels - 60);
  const rect = (kind: string, y: number, height: number, from: number, to: number): string =>
    `<rect class="${kind}" x="${x(from).toFixed(1)}" y="${y}" width="${Math.max(1, x(to) - x(from)).toFixed(1)}" height="${height}"/>`;
  const lines = bars.map((bar, index) => {
    const { stage, from, to } = bar;
    const y = 30 + index * row;
    const own = calls.map(({ time, durationMs }) => [Date.parse(time), Date.parse(time) + durationMs] as const);
    return [
      `<text x="0" y="${y + 12}">${titleOf(stage)}</text>`,
      rect(critical.has(bar) ? 'critical' : 'beside', y, row - 4, from, to),
      ...(critical.has(bar) ? own : [])
        .filter(([began]) => began >= from && began < to)
        .map(([began, ended]) => rect('call', y + 4, row - 12, began, ended)),
      `<text x="${(x(to) + 4).toFixed(1)}" y="${y + 12}">${((to - from) / 1000 / scale).toFixed(1)} s</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${60 + bars.length * row}" font-family="sans-serif" font-size="11">
<style>.critical { fill: #a33 } .beside { fill: #9ab } .call { fill: #fda }</style>
<text x="0" y="14" font-weight="bold">${title}: ${((end - started) / 1000 / scale).toFixed(0)} s</text>
<g>${lines.join('\n')}</g>
<text x="0" y="${50 + bars.length * row}">red: the critical path; within it, light: its calls</text>
</svg>
`;
}
