import timings from './timings.json' with { type: 'json' };

/** How long AWS takes, in seconds. The waits aim at it, and the local cloud takes as long, scaled by its clock. */
export const typicalSeconds = (what: keyof typeof timings.seconds): number => timings.seconds[what].typical;
