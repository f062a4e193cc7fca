import { z } from 'zod';

/**
 * AWS's durations on the local cloud's clock. At scale 0.05 a NAT gateway's 106 s take 5.3 s, and every timestamp that
 * callers subtract from now is stretched accordingly, so that `106 - age` asks for the right wait.
 */
export interface Clock {
  readonly scale: number;
  /** True until that many of AWS's seconds have passed since `start` (epoch milliseconds). */
  within(start: number, seconds: number): boolean;
  /** `start` as a caller sees it: the age it has on AWS's clock. */
  stretched(start: number): Date;
  /** How long things take, in AWS's seconds. */
  readonly durations: Durations;
  /** AWS's seconds in milliseconds of this clock. */
  milliseconds(seconds: number): number;
}

export function clockOf(scale: number, durations: Durations, now: () => number = Date.now): Clock {
  return {
    scale,
    durations,
    within: (start, seconds) => now() - start < seconds * 1000 * scale,
    stretched: (start) => new Date(now() - (now() - start) / scale),
    milliseconds: (seconds) => seconds * 1000 * scale,
  };
}

const typical = z.object({ typical: z.number() }).transform((each) => each.typical);

const timings = z.object({
  seconds: z.object({
    natAvailable: typical,
    natDeleted: typical,
    loadBalancerActive: typical,
    loadBalancerDeleted: typical,
    taskRunning: typical,
    targetHealthy: typical,
  }),
  /** By the service's name in a signature. */
  latencyMilliseconds: z.object({ others: typical }).catchall(typical),
});

type Timings = z.infer<typeof timings>;
export type Durations = Timings['seconds'];
export type Latencies = Timings['latencyMilliseconds'];

/** A file that says how long AWS takes, its typical values. */
export const parseTimings = (text: string): Timings => timings.parse(JSON.parse(text));
