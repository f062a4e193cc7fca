/** Error and cause as Step Functions hands them to a Catch. */
export interface ErrorOutput {
  readonly Error: string;
  readonly Cause: string;
}

/** Characters of a cause that states, reports, events and mails keep: with it each fits into an item and a message. */
const longestCause = 10_000;

/** A cause that is very long is cut. */
export const cutCause = (cause: string): string =>
  cause.length > longestCause ? `${cause.slice(0, longestCause)}… (${cause.length} characters)` : cause;

/** The innermost error of a Catch, for people. */
export function readableError(caught: Partial<ErrorOutput>): ErrorOutput {
  const { Error: name, Cause: cause } = innermost(caught);
  return { Error: name, Cause: cutCause(cause) };
}

/**
 * The innermost error of a Catch: a Lambda's cause is JSON with `errorType` and `errorMessage`, a failed
 * child execution's is JSON with that child's own `Error` and `Cause`. What is neither is shown as it is.
 */
function innermost({ Error: name, Cause: cause }: Partial<ErrorOutput>): ErrorOutput {
  const fallback = { Error: name ?? 'Unknown', Cause: cause ?? '' };
  if (cause === undefined) return fallback;
  let parsed: unknown;
  try {
    parsed = JSON.parse(cause);
  } catch {
    return fallback;
  }
  if (typeof parsed !== 'object' || parsed === null) return fallback;
  const inner = parsed as {
    errorType?: unknown;
    errorMessage?: unknown;
    Error?: unknown;
    Cause?: unknown;
    Status?: unknown;
  };
  if (typeof inner.errorMessage === 'string') {
    return { Error: typeof inner.errorType === 'string' ? inner.errorType : fallback.Error, Cause: inner.errorMessage };
  }
  if (typeof inner.Error === 'string') {
    return innermost({ Error: inner.Error, Cause: typeof inner.Cause === 'string' ? inner.Cause : '' });
  }
  if (typeof inner.Status === 'string')
    return { Error: fallback.Error, Cause: `the execution ended as ${inner.Status}` };
  return fallback;
}
