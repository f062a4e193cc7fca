import type { RecordedCall } from '@slipway/local-cloud';
import type { ProgressEvent } from '../../../workflow/events.ts';
import { type Counts, countsOf, type Tally, talliesOf } from './calls.ts';
import { criticalCalls } from './path.ts';

/** What a run was measured by. */
export interface Measured {
  /** Epoch milliseconds of the start and the end. */
  readonly started: number;
  readonly ended: number;
  /** When people answered, where they were asked. */
  readonly answered?: number;
  readonly events: readonly ProgressEvent[];
  /** Of every execution of the run, by its region; '' stands for the root. */
  readonly transitions: Readonly<Record<string, number>>;
  /** By the state machines; and how long they took. */
  readonly invocations: number;
  readonly invokedSeconds: number;
  readonly coldStarts: number;
  /** The calls of Lambdas. */
  readonly calls: readonly RecordedCall[];
}

/** Times are AWS's: the machine's, divided by the scale of the clock. */
export interface Figures extends Counts {
  readonly name: string;
  readonly seconds: number;
  /** From the start until staging is healthy in every region. */
  readonly stagingSeconds?: number;
  /** From the answer until production is healthy in every region. */
  readonly productionSeconds?: number;
  readonly tallies: readonly Tally[];
  /** On the critical path. */
  readonly criticalCalls: number;
  readonly criticalSeconds: number;
  readonly transitionsRoot: number;
  /** Of the region that takes the most. */
  readonly transitionsRegion: number;
  readonly invocations: number;
  readonly invokedSeconds: number;
  readonly coldStarts: number;
}

/** Epoch milliseconds at which the stage had finished in every region; undefined where it never did. */
function lastEnd(events: readonly ProgressEvent[], stage: string): number | undefined {
  const ends = events
    .filter((event) => event.stage === stage && event.status === 'finished')
    .map(({ at }) => Date.parse(at));
  return ends.length === 0 ? undefined : Math.max(...ends);
}

export function figuresOf(name: string, measured: Measured, scale: number): Figures {
  const { started, ended, answered, events, transitions, calls, invocations, invokedSeconds, coldStarts } = measured;
  const seconds = (from: number, to: number): number => (to - from) / 1000 / scale;
  const staging = lastEnd(events, 'await-staging');
  const production = lastEnd(events, 'await-production');
  const { '': transitionsRoot = 0, ...regions } = transitions;
  const critical = criticalCalls(calls, events);
  return {
    name,
    seconds: seconds(started, ended),
    ...(staging === undefined ? {} : { stagingSeconds: seconds(started, staging) }),
    ...(production === undefined || answered === undefined ? {} : { productionSeconds: seconds(answered, production) }),
    ...countsOf(calls),
    tallies: talliesOf(calls, new Set(critical)),
    criticalCalls: critical.length,
    criticalSeconds: seconds(
      0,
      critical.reduce((sum, { durationMs }) => sum + durationMs, 0),
    ),
    transitionsRoot,
    transitionsRegion: Math.max(0, ...Object.values(regions)),
    invocations,
    invokedSeconds: invokedSeconds / scale,
    coldStarts,
  };
}
