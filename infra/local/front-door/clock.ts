/**
 * AWS's durations on the local cloud's clock. At scale 0.05 a NAT gateway's 106 s take 5.3 s, and every timestamp that
 * callers subtract from now is stretched accordingly, so that `106 - age` asks for the right wait.
 */
export interface Clock {
  readonly scale: number;
  /** True until that many of AWS's seconds have passed since `start` (epoch milliseconds). */
  within(start: number, seconds: number): boolean;
  /** `start` as a caller shall see it: the age it has on AWS's clock. */
  stretched(start: number): Date;
  /** AWS's seconds in milliseconds of this clock. */
  milliseconds(seconds: number): number;
}

export function clockOf(scale: number, now: () => number = Date.now): Clock {
  return {
    scale,
    within: (start, seconds) => now() - start < seconds * 1000 * scale,
    stretched: (start) => new Date(now() - (now() - start) / scale),
    milliseconds: (seconds) => seconds * 1000 * scale,
  };
}

/**
 * Seconds, typical, measured on AWS from apply logs of public deployments: NAT gateway until available n=36 (84–125),
 * until deleted n=12 (37–79), load balancer until active n=15 (90–187).
 */
export const durations = { natAvailable: 106, natDeleted: 58, loadBalancerActive: 150 } as const;
