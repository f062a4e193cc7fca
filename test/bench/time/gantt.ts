import type { ProgressEvent } from '../../../workflow/events.ts';
import { titleOf } from '../../../workflow/steps.ts';

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

/** A region's stages as an SVG document. Stages run one after another, so that each of them is on the critical path. */
export function ganttOf(title: string, events: readonly ProgressEvent[], started: number, scale: number): string {
  const bars = barsOf(events);
  const end = Math.max(...bars.map(({ to }) => to));
  const x = (time: number): number => labels + ((time - started) / (end - started)) * (width - labels - 60);
  const lines = bars.map(({ stage, from, to }, index) => {
    const y = 30 + index * row;
    const seconds = ((to - from) / 1000 / scale).toFixed(1);
    return [
      `<text x="0" y="${y + 12}">${titleOf(stage)}</text>`,
      `<rect x="${x(from).toFixed(1)}" y="${y}" width="${Math.max(1, x(to) - x(from)).toFixed(1)}" height="${row - 4}"/>`,
      `<text x="${(x(to) + 4).toFixed(1)}" y="${y + 12}">${seconds} s</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${40 + bars.length * row}" font-family="sans-serif" font-size="11" fill="#234">
<text x="0" y="14" font-weight="bold">${title}: ${((end - started) / 1000 / scale).toFixed(0)} s</text>
<g>${lines.join('\n')}</g>
</svg>
`;
}
