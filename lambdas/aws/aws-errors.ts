import { isDenial } from '../../workflow/denials.ts';
import { DeniedError, ResourceFailedError, SlipwayError, TransientError } from '../errors.ts';
import { says } from './saying.ts';
import { tooEarly } from './too-early.ts';

/** The code that AWS gave an error, or the error's own name. */
export const errorCode = (error: unknown): string => (error instanceof Error ? error.name : 'Unknown');

/**
 * A refusal that stands in the body of a 200, as the SDK would have thrown it: by name and status the engine knows what may
 * be repeated.
 */
export const errorInBody = (code: string | undefined, message: string, httpStatusCode?: number): Error =>
  Object.assign(new Error(message), {
    name: code ?? 'Unknown',
    ...(httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } }),
  });

/** Of a key that something is encrypted with: the thing itself is there. */
const keyNotFound = /^(EncryptionKey|KMS|Kms)/;

/**
 * Codes that say "it is not there": EC2's `Invalid….NotFound` and `…NotFoundException` of the others. NoSuchEntity is
 * IAM's, NoSuch… S3's, the rest are exceptions to every pattern.
 */
const notFound =
  /NotFound(Exception|Fault|Error)?$|^NoSuch(Entity|EntityException|Bucket|BucketPolicy|PublicAccessBlockConfiguration|TagSet|LifecycleConfiguration)$|^(RepositoryDoesNotExistException|ServerSideEncryptionConfigurationNotFoundError|NotFoundException|InvalidAllocationID.NotFound|NatGatewayNotFound|ResourceNotFound|NotFound|NoSuchResourceException|ObjectNotFoundException|Gateway\.NotAttached)$/;

export const isNotFound = (error: unknown): boolean =>
  error instanceof Error && notFound.test(error.name) && !keyNotFound.test(error.name);

/** The call's answer, or undefined where AWS says that the thing is not there. Every other error is passed on. */
export async function ignoreNotFound<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** IAM's own sentence, in whatever code: "User: arn:… is not authorized to perform: ecs:CreateService on resource: *". */
const denied = /User: \S+ is not authorized to perform: (?<action>[\w-]+:\w+)(?: on resource: (?<resource>\S+))?/;

/** True where AWS denies the call: waiting does not help, whatever else the message says (most contain `assumed-role`). */
export const isDenied = (error: unknown): boolean =>
  error instanceof Error && (isDenial(error.name) || denied.test(error.message));

/** Random text of up to a thousand characters that only its account can decode: it would crowd out what people can read. */
const encoded = /\.? Encoded authorization failure message: \S+/;

/** What to grant, as far as AWS says. */
function grantFor({ message }: Error): string {
  const { action, resource } = denied.exec(message)?.groups ?? {};
  const what = action === undefined ? 'the action' : `${action}${resource === undefined ? '' : ` on ${resource}`}`;
  if (/service control policy/.test(message))
    return `a service control policy of the organisation denies it: allow ${what} there`;
  if (/permissions boundary/.test(message))
    return `the permissions boundary of the function's role denies it: allow ${what} there`;
  if (/explicit deny/.test(message)) return `a policy denies it explicitly: take ${what} out of that statement`;
  return `grant ${what} to the function's role`;
}

/** Throttling codes of the services used (AWS SDK retry specification), left over after the SDK's own retries. */
const throttling =
  /Throttl|^(RequestLimitExceeded|TooManyRequestsException|SlowDown|EC2ThrottledException|PriorRequestNotComplete|BandwidthLimitExceeded)$/;

/** Transport failures, as Node and the SDK name them. */
const transport = /^(TimeoutError|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|NetworkingError|AbortError)$/;

/** @param error not a denial: services wrap denials into codes that mean something else */
const isTransient = (error: Error): boolean => {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } }).$metadata;
  if (throttling.test(error.name) || transport.test(error.name)) return true;
  // Some say it in the model only: CloudWatch Logs' ServiceUnavailableException.
  if ((metadata?.httpStatusCode ?? 0) >= 500 || ('$fault' in error && error.$fault === 'server')) return true;
  if ('code' in error && typeof error.code === 'string' && transport.test(error.code)) return true;
  return metadata !== undefined && tooEarly.some((saying) => says(error, saying));
};

/** Codes by which services say that something else still uses the resource: a matter of time while that is being removed. */
const inUse =
  /^(DependencyViolation|InvalidIPAddress\.InUse|ResourceInUse(Exception)?|ClusterContains(Services|Tasks|ContainerInstances)Exception|DeleteConflict(Exception)?|OperationAborted|InvalidAddress\.InUse)$/;

export const isInUse = (error: unknown): error is Error => error instanceof Error && inUse.test(error.name);

/** True where AWS refused the call: nothing was changed. */
export function isRefusal(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500;
}

/** What to do about the most common errors; the others say enough themselves. */
const advice: readonly { readonly code: RegExp; readonly text: string }[] = [
  {
    code: /LimitExceeded|TooMany(?!Requests)/,
    text: 'raise the quota in the Service Quotas console, or free one, and start again',
  },
  {
    code: /^OptInRequired$/,
    text: 'the account is not signed up for the service, or not yet activated (Billing in the console), or the region is not enabled (Account, "AWS Regions")',
  },
  {
    code: /^(UnrecognizedClientException|InvalidClientTokenId|AuthFailure|SignatureDoesNotMatch)$/,
    text: 'the region is probably not enabled for the account: enable it under Account, "AWS Regions", or leave it out',
  },
  {
    code: /^(PendingVerification|Blocked(Exception)?|AccountSuspendedException|AccountProblem|AllAccessDisabled)$/,
    text: 'AWS does not let this account make it now: look at Billing and at the Support Center in the console',
  },
  {
    code: /AlreadyExists|InUse|Duplicate|Taken/i,
    text: "something of that name exists and is not this deployment's: rename or remove it, or use another deployment name",
  },
];

/**
 * The error to end a stage with: `context` (what was tried, kind, key, region) before AWS's own words, then what to do.
 * Slipway's own errors pass unchanged; what may be repeated becomes a TransientError, what we may not do a DeniedError.
 */
export function asSlipwayError(error: unknown, context: string): SlipwayError {
  if (error instanceof SlipwayError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  const hint = isDenied(cause) ? grantFor(cause) : advice.find(({ code }) => code.test(cause.name))?.text;
  const text = `${context}: ${cause.name}: ${cause.message.replace(encoded, '')}${hint === undefined ? '' : `; ${hint}`}`;
  if (isDenied(cause)) return new DeniedError(text, { cause });
  return isTransient(cause) ? new TransientError(text, { cause }) : new ResourceFailedError(text, { cause });
}
