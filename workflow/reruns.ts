import type { ErrorOutput } from './causes.ts';
import { isDenial } from './denials.ts';
import type { Machine } from './machines.ts';

/** Errors after which the same input would fail again, or which mean that another run is at work. */
const final: ReadonlySet<string> = new Set([
  'InputError',
  'LockedError',
  'FencedError',
  'UnsupportedChangeError',
  'DeniedError',
  'ConflictError',
]);

/** Step Functions has no error name for a denial of a state machine's role; the wording is IAM's. */
const deniedText = /^User: \S+ is not authorized to perform: /;

/** First pause before a failed execution is started again, in seconds; each further one is twice as long. */
const firstPauseSeconds = 60;

/** How many reruns a deployment gets in total, over different causes, as a multiple of what one cause gets. */
const causes = 3;

/** How an execution ended: what its status change event says, and what the table knows of it. */
export interface Ending {
  readonly machine: Machine;
  readonly status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly error: string;
  readonly cause: string;
  /** Errors of the regions that failed; empty where it failed outside them. */
  readonly regionErrors: readonly ErrorOutput[];
  /** People rejected it. */
  readonly rejected: boolean;
  /** Nothing else was asked for since it started. */
  readonly newest: boolean;
}

/** Failures of a deployment since its last success, this one included. */
export interface Failures {
  readonly ofThisCause: number;
  readonly total: number;
}

/** What differs from run to run: request ids (a Lambda's time-out names one), AWS's ids, numbers. */
const passing = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8,}|\d+/g;

/** A cause without the numbers and ids that differ from run to run. */
export const causeOf = ({ status, error, cause }: Pick<Ending, 'status' | 'error' | 'cause'>): string =>
  `${status} ${error} ${cause}`.replaceAll(passing, '#').slice(0, 300);

/** Why an execution that ended like this is never started again, for people; undefined where it may be. */
export function whyNotRerun(ending: Ending): string | undefined {
  if (ending.machine !== 'provision') return 'a removal is only ever started by a person';
  if (ending.status === 'ABORTED') return 'somebody stopped it';
  if (ending.rejected) return 'it was rejected';
  if (!ending.newest) return 'something else was asked for since';
  const errors = ending.regionErrors.length > 0 ? ending.regionErrors : [{ Error: ending.error, Cause: ending.cause }];
  return errors.every(({ Error: name, Cause }) => final.has(name) || isDenial(name) || deniedText.test(Cause))
    ? 'the same input would fail again'
    : undefined;
}

/**
 * Seconds until a failed execution is started again; undefined where the limit is used up.
 * @param limit how many reruns one cause gets; all causes together get three times as many
 */
export function pauseBeforeRerun({ ofThisCause, total }: Failures, limit: number): number | undefined {
  return ofThisCause > limit || total > limit * causes ? undefined : firstPauseSeconds * 2 ** (ofThisCause - 1);
}
