import type { Fault } from '@slipway/local-cloud';

/** What strikes at the given calls. */
const atPoints: Readonly<Record<string, (at: readonly number[]) => Fault>> = {
  kill: (at) => ({ do: 'kill', at }),
  drop: (at) => ({ do: 'drop', at }),
  fail500: (at) => ({ do: 'fail', status: 500, at }),
};

/** What lasts for a whole run. */
const wholeRuns: Readonly<Record<string, Fault>> = {
  throttle: { do: 'throttle', probability: 0.2 },
  lag: { do: 'lag', seconds: 10 },
  'role-lag': { do: 'role-lag', seconds: 10 },
};

export interface Trial {
  readonly name: string;
  readonly points: readonly number[];
  readonly seed: number;
  readonly faults: readonly Fault[];
}

/** As the command line gives them. */
interface Options {
  readonly mode: string;
  readonly every: string;
  readonly points?: string | undefined;
  readonly shard: string;
  readonly together: string;
  readonly repeat: string;
}

function chosenPoints(count: number, options: Options): number[] {
  if (options.points !== undefined) return options.points.split(',').map(Number);
  const every = Number(options.every);
  const [part = 1, parts = 1] = options.shard.split('/').map(Number);
  return Array.from({ length: count }, (_, index) => index + 1)
    .filter((point) => point % every === 0)
    .filter((_, index) => index % parts === part - 1);
}

/**
 * The runs that strike at the chosen points of an undisturbed run, which made so many calls.
 * @throws {Error} when there is no such mode
 */
export function trials(count: number, options: Options): Trial[] {
  const whole = wholeRuns[options.mode];
  if (whole !== undefined) {
    return Array.from({ length: Number(options.repeat) }, (_, index) => ({
      name: `${options.mode} with seed ${index + 1}`,
      points: [],
      seed: index + 1,
      faults: [whole],
    }));
  }
  const fault = atPoints[options.mode];
  if (fault === undefined)
    throw new Error(`--mode is one of ${[...Object.keys(atPoints), ...Object.keys(wholeRuns)].join(', ')}`);
  const points = chosenPoints(count, options);
  const runs = Math.ceil(points.length / Number(options.together));
  return Array.from({ length: runs }, (_, run) => {
    const own = points.filter((_, index) => index % runs === run);
    return { name: `${options.mode} at ${own.join(', ')}`, points: own, seed: 1, faults: [fault(own)] };
  });
}
