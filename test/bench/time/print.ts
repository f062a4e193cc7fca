import type { Bound } from './bound.ts';
import type { Figures } from './figures.ts';

export interface Result {
  readonly scale: number;
  readonly durations: string;
  readonly regions: number;
  readonly bound: Bound;
  readonly figures: readonly Figures[];
  readonly largestBundleKilobytes: number;
  readonly bundlesKilobytes: number;
  readonly peakMemoryMegabytes: number;
}

/** Dollars a state transition of a standard workflow (https://aws.amazon.com/step-functions/pricing/). */
const transitionPrice = 0.025 / 1000;

/** The diagrams' timeline until both regions serve. */
const diagramsSeconds = 20 * 60;

const number = (value: number | undefined, digits = 0): string => (value === undefined ? '–' : value.toFixed(digits));

const columns: readonly (readonly [title: string, value: (figures: Figures, regions: number) => string])[] = [
  ['run', ({ name }) => name],
  ['seconds', ({ seconds }) => number(seconds, 1)],
  ['platform calls', ({ platform }) => number(platform)],
  ['mutating', ({ mutating }) => number(mutating)],
  ['registry', ({ registry }) => number(registry)],
  ['own table', ({ table: own }) => number(own)],
  ['other own', ({ other }) => number(other)],
  ['throttled', ({ throttled }) => number(throttled)],
  ['transitions: root', ({ transitionsRoot }) => number(transitionsRoot)],
  ['a region', ({ transitionsRegion }) => number(transitionsRegion)],
  [
    'their price',
    ({ transitionsRoot, transitionsRegion }, regions) =>
      `$${number((transitionsRoot + regions * transitionsRegion) * transitionPrice, 4)}`,
  ],
  ['invocations', ({ invocations }) => number(invocations)],
  ['their seconds', ({ invokedSeconds }) => number(invokedSeconds, 1)],
];

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** Each makespan with its bound: name, seconds, bound. */
function makespans({ figures, bound }: Result): readonly (readonly [string, number | undefined, number])[] {
  const of = (name: string): Figures | undefined => figures.find((each) => each.name === name);
  return [
    ['healthy staging', of('provision')?.stagingSeconds, bound.staging],
    ['healthy production, from the approval', of('provision')?.productionSeconds, bound.production],
    ['destroy', of('destroy')?.seconds, bound.destroy],
  ];
}

export function table(result: Result): string {
  const { scale, durations, regions, figures } = result;
  const ratios = makespans(result).map(([name, seconds, bound]) => [
    name,
    number(seconds, 1),
    number(bound, 1),
    seconds === undefined ? '–' : number(seconds / bound, 2),
  ]);
  const first = figures[0];
  return [
    `${regions} regions, durations: ${durations}, clock × ${scale}\n\n`,
    aligned([['makespan', 'seconds', 'bound', 'ratio'], ...ratios]),
    `the diagrams' timeline: ${diagramsSeconds} s until both regions serve\n\n`,
    aligned([
      columns.map(([title]) => title),
      ...figures.map((each) => columns.map(([, value]) => value(each, regions))),
    ]),
    first === undefined
      ? ''
      : `\nfirst run, calls by service: ${listed(first.byService)}\nby function: ${listed(first.byFunction)}\n`,
    `\nbundles: largest ${result.largestBundleKilobytes} kB, all ${result.bundlesKilobytes} kB; peak memory of the local cloud ${result.peakMemoryMegabytes} MB\n`,
  ].join('');
}

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

/** What became more or less by more than two per cent. */
export function comparison(before: Result, now: Result): string {
  const compared: (readonly [string, number, number])[] = [];
  const then = new Map(makespans(before).map(([name, seconds]) => [name, seconds]));
  for (const [name, seconds] of makespans(now)) {
    const was = then.get(name);
    if (seconds !== undefined && was !== undefined) compared.push([name, was, seconds]);
  }
  for (const figures of now.figures) {
    const was = before.figures.find(({ name }) => name === figures.name);
    if (was === undefined) continue;
    for (const what of ['platform', 'mutating', 'table', 'transitionsRegion', 'invocations'] as const)
      compared.push([`${figures.name}: ${what}`, was[what], figures[what]]);
  }
  const lines = compared
    .filter(([, was, is]) => Math.abs(is - was) > 0.02 * was)
    .map(([name, was, is]) => `${is < was ? 'better' : 'worse '}  ${name}: ${number(was, 1)} → ${number(is, 1)}\n`);
  return lines.length === 0 ? '\nno change of more than 2 %\n' : `\n${lines.join('')}`;
}
