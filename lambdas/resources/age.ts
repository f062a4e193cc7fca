import type { Takes } from '../../workflow/timings.ts';

/** Seconds since AWS began to make it. Without a time stamp it counts as new. */
export const ageInSeconds = (created: Date | undefined): number =>
  created === undefined ? 0 : Math.max(0, (Date.now() - created.getTime()) / 1000);

/** The first look, as a part of the typical time: of NAT gateways and services none was seen to be much faster (timings.json). */
const earliest = 0.8;
/**
 * From one look at something that takes longer than p90 to the next: an assumption. The longest seen took 1.06 of p90
 * (timings.json).
 */
const growth = 1.13;
/** Never sooner, for EC2's read buckets; of what hangs, never later. */
const [shortest, longest] = [5, 30];

/**
 * Pure: seconds until it is worth looking again at something that is `age` seconds old; a positive whole number, as a Wait
 * state needs it. It aims at moments and does not poll: at the earliest moment, the typical one, p90, and then ever further
 * apart.
 */
export function secondsToLook({ typical, p90 }: Takes, age: number): number {
  let moment = [earliest * typical, typical, p90].find((each) => each > age) ?? p90;
  while (moment <= age) moment *= growth;
  return Math.min(Math.max(shortest, Math.ceil(moment - age)), Math.max(longest, Math.ceil(typical - age)));
}
