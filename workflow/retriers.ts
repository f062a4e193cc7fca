/** A `Retry` entry of the Amazon States Language. */
export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate: number;
  readonly MaxAttempts: number;
  readonly MaxDelaySeconds: number;
  readonly JitterStrategy: 'FULL';
}

/** Lambda's own errors: the function never ran (AWS: "Best practices: handle transient Lambda service exceptions"). */
const lambdaService: Retrier = {
  ErrorEquals: [
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
    'Lambda.ClientExecutionTimeoutException',
    // The function waits for access to the artifact that it is made of.
    'Lambda.CodeArtifactUserPendingException',
  ],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts: 6,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
};

/** The function died on the way. A stage may be repeated at any point, so this is safe; the approval may not. */
const lambdaDied: Retrier = {
  ErrorEquals: ['Lambda.Unknown', 'Sandbox.Timedout', 'Runtime.ExitError', 'States.Timeout'],
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxAttempts: 4,
  MaxDelaySeconds: 30,
  JitterStrategy: 'FULL',
};

/**
 * Seconds after which whatever AWS made is visible to every read: EC2's reads lag behind its writes; tools in the field see
 * new resources within a minute, rarely five. All attempts of one call end within it (test/contract/retries.test.ts).
 */
export const settleSeconds = 120;

/** A create whose result is not visible yet: once more until the settle window has passed (lambdas/store/journal.ts). */
const settling: Retrier = {
  ErrorEquals: ['SettlingError'],
  IntervalSeconds: 5,
  BackoffRate: 1.5,
  // With full jitter these wait 400 s on average: well beyond the settle window.
  MaxAttempts: 18,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
};

/** Throttling, 5xx and propagation delays (IAM: 7 to 15 s, service-linked roles up to minutes) left after the SDK's retries. */
const transient: Retrier = {
  ErrorEquals: ['TransientError'],
  IntervalSeconds: 3,
  BackoffRate: 2,
  MaxAttempts: 8,
  MaxDelaySeconds: 60,
  JitterStrategy: 'FULL',
};

/** Retries after which a region that does not answer is left out (lambdas/steps/in-reach.ts): about half a minute. */
export const regionPatience = 3;

/** Step Functions itself, before an execution was started: a name that is derived makes a second start harmless. */
const startFailed: Retrier = {
  ...lambdaService,
  ErrorEquals: [
    'StepFunctions.ThrottlingException',
    'StepFunctions.ExecutionLimitExceededException',
    'StepFunctions.SdkClientException',
    'StepFunctions.AWSStepFunctionsException',
  ],
};

/** Every Task that may be repeated has exactly these, in this order. Never `States.ALL`: a bug must fail at once. */
export const standardRetriers: readonly Retrier[] = [lambdaService, lambdaDied, settling, transient];

/** For the approval's `waitForTaskToken`: its function may only be repeated when it did not run. */
export const callbackRetriers: readonly Retrier[] = [lambdaService, transient];

/** For Tasks that start an execution. What that execution fails with is never retried here. */
export const startRetriers: readonly Retrier[] = [startFailed];
