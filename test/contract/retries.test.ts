import { describe, expect, test } from '@jest/globals';
import { callSettings } from '../../lambdas/aws/clients.ts';
import * as errors from '../../lambdas/errors.ts';
import { type Retrier, regionPatience, settleSeconds, standardRetriers } from '../../workflow/retriers.ts';

/** Every way in which a Lambda ends badly, and whether its Task is repeated. */
const endings: Readonly<Record<string, 'repeated' | 'final'>> = {
  // Lambda's own (Lambda API reference, Invoke; Step Functions guide, "Handling errors"): the function did not run, or died.
  'Lambda.ServiceException': 'repeated',
  'Lambda.AWSLambdaException': 'repeated',
  'Lambda.SdkClientException': 'repeated',
  'Lambda.TooManyRequestsException': 'repeated',
  'Lambda.ClientExecutionTimeoutException': 'repeated',
  'Lambda.CodeArtifactUserPendingException': 'repeated',
  'Lambda.Unknown': 'repeated',
  'Sandbox.Timedout': 'repeated',
  'Runtime.ExitError': 'repeated',
  'States.Timeout': 'repeated',
  // It is deployed wrong: no repetition helps.
  'Lambda.ResourceNotFoundException': 'final',
  'Lambda.InvalidRuntimeException': 'final',
  'Lambda.KMSAccessDeniedException': 'final',
  'Runtime.ImportModuleError': 'final',
  // Ours.
  SettlingError: 'repeated',
  TransientError: 'repeated',
  SlipwayError: 'final',
  InputError: 'final',
  LockedError: 'final',
  FencedError: 'final',
  ResourceFailedError: 'final',
  WaitTimeoutError: 'final',
  QuotaError: 'final',
  UnsupportedChangeError: 'final',
  DeniedError: 'final',
  ConflictError: 'final',
};

describe('every error that a Lambda can end with is in a retrier, or deliberately in none', () => {
  const named = standardRetriers.flatMap(({ ErrorEquals }) => ErrorEquals);
  test.each(Object.entries(endings))('%s: %s', (name, ending) => {
    expect(named.includes(name)).toBe(ending === 'repeated');
  });

  test('none of ours is left out, and no retrier names another', () => {
    expect(Object.keys(errors).filter((name) => endings[name] === undefined)).toEqual([]);
    expect(named.filter((name) => endings[name] === undefined)).toEqual([]);
  });
});

describe('figures that hang together', () => {
  const retrierOf = (name: string): Retrier => {
    const found = standardRetriers.find(({ ErrorEquals }) => ErrorEquals.includes(name));
    if (found === undefined) throw new Error(`no retrier names ${name}`);
    return found;
  };
  /** Seconds of all pauses; with full jitter half of it on average. */
  const pauses = ({ IntervalSeconds, BackoffRate, MaxAttempts, MaxDelaySeconds }: Retrier, attempts = MaxAttempts) =>
    Array.from({ length: attempts }, (_, index) =>
      Math.min(IntervalSeconds * BackoffRate ** index, MaxDelaySeconds),
    ).reduce((sum, each) => sum + each, 0);

  test('all attempts of one call end within the settle window', () => {
    const { maxAttempts, requestHandler } = callSettings;
    // The SDK's pauses after throttling, the longest: at most 0.5 s, doubled each time (AWS SDK retry behaviour, "standard").
    const longestPauses = Array.from({ length: maxAttempts - 1 }, (_, retry) => 0.5 * 2 ** (retry + 1));
    const seconds =
      (maxAttempts * requestHandler.requestTimeout) / 1000 + longestPauses.reduce((sum, each) => sum + each);
    expect(seconds).toBeLessThan(settleSeconds);
  });

  test('a create that settles is tried well beyond the settle window', () => {
    expect(pauses(retrierOf('SettlingError')) / 2).toBeGreaterThan(3 * settleSeconds);
  });

  test('a region is left out before the state’s retries end, after about half a minute at most', () => {
    const transient = retrierOf('TransientError');
    expect(regionPatience).toBeLessThan(transient.MaxAttempts);
    expect(pauses(transient, regionPatience)).toBeLessThanOrEqual(30);
  });
});
