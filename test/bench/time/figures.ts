import type { RecordedCall } from '@slipway/local-cloud';
import type { ProgressEvent } from '../../../workflow/events.ts';

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
  readonly invocations: number;
  readonly invokedSeconds: number;
  /** The calls of Lambdas. */
  readonly calls: readonly RecordedCall[];
}

/** Counts of calls. */
export interface Counts {
  /** To the platform: without what is Slipway's own, and without registries. */
  readonly platform: number;
  readonly mutating: number;
  readonly registry: number;
  readonly table: number;
  /** Mails published, executions started and looked at, plans kept. */
  readonly other: number;
  readonly throttled: number;
}

/** Times are AWS's: the machine's, divided by the scale of the clock. */
export interface Figures extends Counts {
  readonly name: string;
  readonly seconds: number;
  /** From the start until staging is healthy in every region. */
  readonly stagingSeconds?: number;
  /** From the answer until production is healthy in every region. */
  readonly productionSeconds?: number;
  readonly byService: Readonly<Record<string, number>>;
  readonly byFunction: Readonly<Record<string, number>>;
  readonly transitionsRoot: number;
  /** Of the region that takes the most. */
  readonly transitionsRegion: number;
  readonly invocations: number;
  readonly invokedSeconds: number;
}

/** The registry's API: the SDK does not make these calls. */
const registryActions =
  /^(BatchCheckLayerAvailability|GetDownloadUrlForLayer|InitiateLayerUpload|UploadLayerPart|CompleteLayerUpload|PutImage|BatchGetImage|GetAuthorizationToken)$/;

export function kindOf({ service, action, principal }: RecordedCall): 'platform' | 'registry' | 'table' | 'other' {
  if (service === 'dynamodb') return 'table';
  if (service === 'states' || `${service}:${action}` === 'sns:Publish') return 'other';
  if (service === 's3' && /^(lambda:slipway-plan|lambda:slipway-request-)/.test(principal)) return 'other';
  return service === 'ecr' && registryActions.test(action) ? 'registry' : 'platform';
}

export function countsOf(calls: readonly RecordedCall[]): Counts {
  const of = (kind: ReturnType<typeof kindOf>) => calls.filter((call) => kindOf(call) === kind);
  return {
    platform: of('platform').length,
    mutating: of('platform').filter(({ mutating }) => mutating).length,
    registry: of('registry').length,
    table: of('table').length,
    other: of('other').length,
    throttled: calls.filter(({ error = '' }) => /Throttl|RequestLimitExceeded|TooManyRequests/.test(error)).length,
  };
}

const tally = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(names, (name) => name)]
      .map(([name, same]) => [name, same.length] as const)
      .sort((one, other) => other[1] - one[1]),
  );

/** Epoch milliseconds at which the stage had finished in every region; undefined where it never did. */
function lastEnd(events: readonly ProgressEvent[], stage: string): number | undefined {
  const ends = events
    .filter((event) => event.stage === stage && event.status === 'finished')
    .map(({ at }) => Date.parse(at));
  return ends.length === 0 ? undefined : Math.max(...ends);
}

export function figuresOf(name: string, measured: Measured, scale: number): Figures {
  const { started, ended, answered, events, transitions, calls, invocations, invokedSeconds } = measured;
  const seconds = (from: number, to: number): number => (to - from) / 1000 / scale;
  const staging = lastEnd(events, 'await-staging');
  const production = lastEnd(events, 'await-production');
  const { '': transitionsRoot = 0, ...regions } = transitions;
  return {
    name,
    seconds: seconds(started, ended),
    ...(staging === undefined ? {} : { stagingSeconds: seconds(started, staging) }),
    ...(production === undefined || answered === undefined ? {} : { productionSeconds: seconds(answered, production) }),
    ...countsOf(calls),
    byService: tally(calls.map(({ service }) => service)),
    byFunction: tally(calls.map(({ principal }) => principal.replace(/^lambda:slipway-/, ''))),
    transitionsRoot,
    transitionsRegion: Math.max(0, ...Object.values(regions)),
    invocations,
    invokedSeconds: invokedSeconds / scale,
  };
}
