import timings from './timings.json' with { type: 'json' };

/** How long AWS takes, in seconds: what the waits aim at, and what the local cloud takes, scaled by its clock. */
export const typicalSeconds = (what: keyof typeof timings.seconds): number => timings.seconds[what].typical;
