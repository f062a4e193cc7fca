import type { Bound } from './bound.ts';
import type { Tally } from './calls.ts';
import type { Figures } from './figures.ts';

/** Of one life of a platform. */
export interface Result {
  readonly scale: number;
  readonly durations: string;
  readonly regions: number;
  readonly bound: Bound;
  readonly figures: readonly Figures[];
  readonly planBundleKilobytes: number;
  /** Of the stage that has the largest. */
  readonly stageBundleKilobytes: number;
  readonly peakMemoryMegabytes: number;
  /** The machine's in a minute, by core: above 1, something waited for it, and times are not AWS's alone. */
  readonly peakLoad: number;
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
  ['critical', ({ criticalCalls }) => number(criticalCalls)],
  ['their seconds', ({ criticalSeconds }) => number(criticalSeconds, 1)],
  ['transitions: root', ({ transitionsRoot }) => number(transitionsRoot)],
  ['a region', ({ transitionsRegion }) => number(transitionsRegion)],
  [
    'their price',
    ({ transitionsRoot, transitionsRegion }, regions) =>
      `$${number((transitionsRoot + regions * transitionsRegion) * transitionPrice, 4)}`,
  ],
  ['invocations', ({ invocations }) => number(invocations)],
  ['billed ms', ({ invokedSeconds }) => number(invokedSeconds * 1000)],
  ['cold starts', ({ coldStarts }) => number(coldStarts)],
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

const ratio = (seconds: number | undefined, bound: number): string =>
  seconds === undefined ? '–' : number(seconds / bound, 2);

/** The calls of a run by one of their members, most first. */
function callsBy(tallies: readonly Tally[], member: 'service' | 'kind' | 'by', title: string): string {
  const rows = [...Map.groupBy(tallies, (tally) => tally[member])].map(([name, same]) => {
    const sum = (what: 'mutating' | 'reading' | 'critical'): number => same.reduce((all, each) => all + each[what], 0);
    return [name, sum('mutating'), sum('reading'), sum('critical')] as const;
  });
  return aligned([
    [title, 'mutating', 'reading', 'critical'],
    ...rows
      .sort((one, other) => other[1] + other[2] - one[1] - one[2])
      .map(([name, ...counts]) => [name, ...counts.map((count) => number(count))]),
  ]);
}

export function table(result: Result): string {
  const { scale, durations, regions, figures } = result;
  const first = figures[0];
  return [
    `${regions} ${regions === 1 ? 'region' : 'regions'}, durations: ${durations}, clock × ${scale}\n`,
    aligned([
      ['makespan', 'seconds', 'bound', 'ratio'],
      ...makespans(result).map(([name, seconds, bound]) => [
        name,
        number(seconds, 1),
        number(bound, 1),
        ratio(seconds, bound),
      ]),
    ]),
    `the diagrams' timeline: ${diagramsSeconds} s until both regions serve\n`,
    aligned([
      columns.map(([title]) => title),
      ...figures.map((each) => columns.map(([, value]) => value(each, regions))),
    ]),
    ...(first === undefined
      ? []
      : (['service', 'by', 'kind'] as const).map((member) =>
          callsBy(first.tallies, member, `${first.name}: ${member === 'by' ? 'stage or step' : member}`),
        )),
    `bundles: plan ${result.planBundleKilobytes} kB, largest stage ${result.stageBundleKilobytes} kB; peak memory of the local cloud ${result.peakMemoryMegabytes} MB\n`,
    `load of this machine: up to ${number(result.peakLoad, 1)} a core${result.peakLoad > 1 ? ": times are not AWS's alone" : ''}\n`,
  ].join('\n');
}

/** Lives beside each other: what grows with the regions, and what with AWS's durations. */
export function series(results: readonly Result[]): string {
  return aligned([
    [
      'regions, durations',
      ...['staging', 'production', 'destroy'].flatMap((name) => [name, 'ratio']),
      'platform calls',
      'own table',
      'transitions',
      'throttled',
    ],
    ...results.map((result) => {
      const [first] = result.figures;
      return [
        `${result.regions}, ${result.durations}`,
        ...makespans(result).flatMap(([, seconds, bound]) => [number(seconds, 1), ratio(seconds, bound)]),
        number(first?.platform),
        number(first?.table),
        first === undefined ? '–' : `${first.transitionsRoot} + ${result.regions} × ${first.transitionsRegion}`,
        number(first?.throttled),
      ];
    }),
  ]);
}

/** Of a run: less is better. */
const compared = [
  'seconds',
  'platform',
  'mutating',
  'table',
  'other',
  'throttled',
  'criticalCalls',
  'transitionsRoot',
  'transitionsRegion',
  'invocations',
  'invokedSeconds',
  'coldStarts',
] as const;

/** What became more or less by more than two per cent. */
export function comparison(before: Result, now: Result): string {
  const numbersOf = (result: Result): ReadonlyMap<string, number | undefined> =>
    new Map([
      ...result.figures.flatMap((each) => compared.map((what) => [`${each.name}: ${what}`, each[what]] as const)),
      // A destroy's seconds are its makespan.
      ...makespans(result).map(([name, seconds]) => [`${name}: seconds`, seconds] as const),
      ['bundle of the plan, kB', result.planBundleKilobytes],
      ['largest bundle of a stage, kB', result.stageBundleKilobytes],
      ['peak memory, MB', result.peakMemoryMegabytes],
    ]);
  const then = numbersOf(before);
  const lines = [...numbersOf(now)].flatMap(([name, is]) => {
    const was = then.get(name);
    if (is === undefined || was === undefined || Math.abs(is - was) <= 0.02 * was) return [];
    return [`${is < was ? 'better' : 'worse '}  ${name}: ${number(was, 1)} → ${number(is, 1)}\n`];
  });
  return lines.length === 0 ? '\nno change of more than 2 %\n' : `\n${lines.join('')}`;
}
