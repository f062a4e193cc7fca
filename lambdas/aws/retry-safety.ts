import { setTimeout as sleep } from 'node:timers/promises';
import type { EC2Client } from '@aws-sdk/client-ec2';

/** The part of an AWS SDK client that is made safe to retry. */
type Patchable = Pick<EC2Client, 'middlewareStack'> & { readonly config: { readonly serviceId?: string } };

/** Requests at once, and more a second, that EC2 allows an account in a region (EC2 API, "Request throttling"). */
const ec2Limits = { writes: { burst: 50, perSecond: 5 }, reads: { burst: 100, perSecond: 20 } } as const;

/** A token bucket; callers wait in the order in which they take tokens. */
export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  /** Negative: that many are waiting. */
  #tokens: number;
  #at: number;
  constructor({ burst, perSecond }: { burst: number; perSecond: number }, now: () => number = Date.now) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#now = now;
    this.#tokens = burst;
    this.#at = now();
  }

  /** Takes a token. Returns the milliseconds until it is available. */
  take(): number {
    const now = this.#now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond) - 1;
    this.#at = now;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#perSecond) * 1000;
  }
}

/** Commands that make something new each time, unless a token marks them as the same request. */
const making = /^(Create|Allocate|Register|Attach|Associate|Authorize|Run)/;
const reading = /^(Describe|Get|List)/;

/** Carries an error past the SDK's retries, which inspect `cause`. */
class UnknownOutcome extends Error {
  readonly error: unknown;
  constructor(error: unknown) {
    super('not repeated: its outcome is unknown');
    this.error = error;
  }
}

/** True where a failed call may have been carried out all the same: no answer, or a 5xx that is not throttling. */
function mayHaveWorked(error: unknown): boolean {
  const { $metadata, $response, name } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
    name?: string;
  };
  const status = $response?.statusCode ?? $metadata?.httpStatusCode;
  return (status === undefined || status >= 500) && !/Throttl|RequestLimitExceeded|SlowDown/.test(name ?? '');
}

const hasToken = (input: object): boolean =>
  Object.entries(input).some(([name, value]) => /^(client|clientRequest)Token$/i.test(name) && value !== undefined);

/**
 * Two things that the SDK does not do by itself:
 * a call that creates something and carries no token is not repeated when its outcome is unknown, since the SDK's own
 * retry could make a second one; the state machine's retry reads first. And EC2 is called no faster than it allows.
 */
export function withRetrySafety<Client>(client: Client): Client {
  const { middlewareStack, config } = client as Patchable;
  const [writes, reads] = [new TokenBucket(ec2Limits.writes), new TokenBucket(ec2Limits.reads)];
  middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        if (config.serviceId === 'EC2') await sleep((reading.test(commandName) ? reads : writes).take());
        try {
          return await next(args);
        } catch (error) {
          if (making.test(commandName) && !hasToken(args.input) && mayHaveWorked(error))
            throw new UnknownOutcome(error);
          throw error;
        }
      },
    // Inside the SDK's retries: each attempt is one request.
    { name: 'slipwayAttempt', step: 'finalizeRequest', priority: 'low' },
  );
  middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw error instanceof UnknownOutcome ? error.error : error;
      }
    },
    { name: 'slipwayOutcome', step: 'initialize', priority: 'high' },
  );
  return client;
}
