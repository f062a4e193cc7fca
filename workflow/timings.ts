import timings from './timings.json' with { type: 'json' };

type What = keyof typeof timings.seconds;

/** Seconds: half of the time, and nine times in ten, AWS is done by then. */
export interface Takes {
  readonly typical: number;
  readonly p90: number;
}

/** How long AWS takes. The waits aim at it, and the local cloud takes as long as is typical, scaled by its clock. */
export const takes = (what: What): Takes => timings.seconds[what];

export const typicalSeconds = (what: What): number => takes(what).typical;
