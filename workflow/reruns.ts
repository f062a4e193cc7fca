/** Errors after which the same input would fail again, or which say that somebody else is at work. */
const neverRepeated: ReadonlySet<string> = new Set([
  'InputError',
  'LockedError',
  'FencedError',
  'UnsupportedChangeError',
  'NotEverythingRemoved',
]);

/** First pause before a failed execution is started again, in seconds; each further one is twice as long. */
const firstPauseSeconds = 60;

/** How an execution ended, as the status change event says. */
export interface Ending {
  readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly error: string;
  readonly cause: string;
}

/** What differs from run to run: request ids (a Lambda's time-out names one), AWS's ids, numbers. */
const passing = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8,}|\d+/g;

/** A cause without the numbers and ids that differ from run to run. */
export const causeOf = ({ status, error, cause }: Ending): string =>
  `${status} ${error} ${cause}`.replaceAll(passing, '#').slice(0, 300);

/**
 * After how many seconds the execution is started again; undefined where it is not. An execution that a person aborted,
 * or whose input was refused, is never started again.
 * @param count how often executions have failed of this very cause since the deployment was well, this time included
 * @param limit how many starts again one cause gets
 */
export function pauseBeforeRerun(ending: Ending, count: number, limit: number): number | undefined {
  if (ending.status === 'ABORTED' || neverRepeated.has(ending.error) || count > limit) return undefined;
  return firstPauseSeconds * 2 ** (count - 1);
}
