/** Seconds since AWS began to make it. Without a time stamp it counts as new. */
export const ageInSeconds = (created: Date | undefined): number =>
  created === undefined ? 0 : Math.max(0, (Date.now() - created.getTime()) / 1000);

/** Between two checks of something that is overdue: often enough to notice soon, rarely enough for EC2's read buckets. */
const overdueSeconds = 5;

/** What usually remains of a state that lasts `typical` seconds: a positive whole number, as a Wait state needs it. */
export const remainingSeconds = (typical: number, age: number): number =>
  Math.max(overdueSeconds, Math.round(typical - age));
