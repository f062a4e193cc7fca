import { ResourceFailedError, SlipwayError, TransientError } from '../errors.ts';

/** The code that AWS gave an error, or the error's own name. */
export const errorCode = (error: unknown): string => (error instanceof Error ? error.name : 'Unknown');

/**
 * Codes that say "it is not there": EC2's `Invalid….NotFound` and `…NotFoundException` of the others. NoSuchEntity is
 * IAM's, NoSuch… S3's, the rest are exceptions to every pattern.
 */
const notFound =
  /NotFound(Exception|Fault|Error)?$|^NoSuch(Entity|EntityException|Bucket|BucketPolicy|PublicAccessBlockConfiguration|TagSet|LifecycleConfiguration)$|^(RepositoryDoesNotExistException|ServerSideEncryptionConfigurationNotFoundError|NotFoundException|InvalidAllocationID.NotFound|NatGatewayNotFound|ResourceNotFound|NotFound|Gateway\.NotAttached)$/;

export const isNotFound = (error: unknown): boolean => error instanceof Error && notFound.test(error.name);

/** The call's answer, or undefined where AWS says that the thing is not there. Every other error is passed on. */
export async function ignoreNotFound<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Throttling codes of the services used (AWS SDK retry specification), left over after the SDK's own retries. */
const throttling =
  /Throttl|^(RequestLimitExceeded|TooManyRequestsException|SlowDown|EC2ThrottledException|PriorRequestNotComplete|BandwidthLimitExceeded|LimitExceededException)$/;

/** Transport failures, as Node and the SDK name them. */
const transport = /^(TimeoutError|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|NetworkingError|AbortError)$/;

/**
 * What AWS says while something made moments ago is not usable everywhere yet: code, and where the code is shared with
 * real mistakes, the shortest stable part of the message.
 */
const propagation: readonly { readonly code: RegExp; readonly message?: RegExp }[] = [
  // EC2 reads and checks lag behind writes; NAT gateways refuse routes while they are pending.
  { code: /^Invalid\w+(ID)?\.NotFound$/ },
  // A role that is seconds old (7 to 15 s measured), named differently by each service.
  {
    code: /./,
    message:
      /[Aa]ssume|not authorized to perform: iam:PassRole on|is not authorized to perform sts:AssumeRole|[Rr]ole.*(is invalid|not valid|does not exist)/,
  },
  // ECS: the target group's listener is not seen yet, or a service-linked role is minutes old.
  { code: /^InvalidParameterException$/, message: /associated load balancer|service linked role/i },
  { code: /^ClientException$/, message: /service linked role/i },
  // The address of a NAT gateway that failed and was removed: it is held until that is gone (37 to 79 s).
  { code: /^Resource\.AlreadyAssociated$/ },
  // Something of the same name is still being deleted.
  {
    code: /^(OperationAborted|ResourceInUseException|DependencyViolation|ConcurrentModificationException|OperationAbortedException)$/,
  },
];

const isTransient = (error: Error): boolean => {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } }).$metadata;
  if (throttling.test(error.name) || transport.test(error.name)) return true;
  if ((metadata?.httpStatusCode ?? 0) >= 500) return true;
  if ('code' in error && typeof error.code === 'string' && transport.test(error.code)) return true;
  return (
    metadata !== undefined &&
    propagation.some(
      ({ code, message }) => code.test(error.name) && (message === undefined || message.test(error.message)),
    )
  );
};

/** Codes by which services say that something else still uses a thing: gone soon, when that is being removed. */
const inUse =
  /^(DependencyViolation|InvalidIPAddress\.InUse|ResourceInUse(Exception)?|ClusterContains(Services|Tasks|ContainerInstances)Exception|DeleteConflict(Exception)?|OperationAborted|InvalidAddress\.InUse)$/;

export const isInUse = (error: unknown): error is Error => error instanceof Error && inUse.test(error.name);

/** True where AWS answered that it would not do it: nothing was changed. */
export function isRefusal(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500;
}

/** What to do about errors that people meet most; the rest speak for themselves. */
const advice: readonly { readonly code: RegExp; readonly text: string }[] = [
  {
    code: /LimitExceeded|TooMany/,
    text: 'raise the quota in the Service Quotas console, or free one, and start again',
  },
  {
    code: /^(AccessDenied|UnauthorizedOperation|AccessDeniedException)/,
    text: "the function's role lacks a permission, or a service control policy or the permissions boundary denies it",
  },
  {
    code: /AlreadyExists|InUse|Duplicate|Taken/i,
    text: "something of that name exists and is not this deployment's: rename or remove it, or use another deployment name",
  },
];

/**
 * The error to end a stage with: `context` (what was tried, kind, key, region) before AWS's own words, then what to do.
 * Slipway's own errors pass unchanged; what may be repeated becomes a TransientError.
 */
export function asSlipwayError(error: unknown, context: string): SlipwayError {
  if (error instanceof SlipwayError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const hint = advice.find(({ code }) => code.test(cause.name));
  const text = `${context}: ${cause.name}: ${cause.message}${hint === undefined ? '' : `; ${hint.text}`}`;
  return isTransient(cause) ? new TransientError(text, { cause }) : new ResourceFailedError(text, { cause });
}
