import type { Call } from '../call.ts';
import { isMutating } from '../routing.ts';

/** A token bucket: so many at once, so many more a second. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  #tokens: number;
  #at: number;
  constructor(capacity: number, perSecond: number, now: () => number = Date.now) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
    this.#now = now;
    this.#tokens = capacity;
    this.#at = now();
  }
  take(): boolean {
    const now = this.#now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** EC2's request buckets of an account in a region (EC2 API reference, "Request throttling"). */
const limits = {
  mutating: [50, 5],
  describe: [100, 20],
  unfiltered: [50, 10],
} as const;

/** EC2's buckets, one set a region. They refill in real time: calls are not faster on a scaled clock. */
export class Ec2Buckets {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #now: () => number;
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  allows(call: Call): boolean {
    if (call.service !== 'ec2') return true;
    const mutating = isMutating(call.service, call.action);
    const filtered = Object.keys(call.parameters).some((name) => name === 'Filter' || /Ids?$/.test(name));
    const name = mutating ? 'mutating' : filtered ? 'describe' : 'unfiltered';
    const key = `${call.region} ${name}`;
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = new TokenBucket(limits[name][0], limits[name][1], this.#now);
      this.#buckets.set(key, bucket);
    }
    return bucket.take();
  }
}

/** How each service says that it is asked too much; the others throw ThrottlingException. A registry speaks OCI. */
export function throttlingCode({ service, protocol }: Pick<Call, 'service' | 'protocol'>): {
  readonly code: string;
  readonly status: number;
} {
  if (service === 'ecr' && protocol === 'rest') return { code: 'TOOMANYREQUESTS', status: 429 };
  return (
    (
      {
        ec2: { code: 'RequestLimitExceeded', status: 503 },
        elasticloadbalancing: { code: 'Throttling', status: 400 },
        iam: { code: 'Throttling', status: 400 },
        monitoring: { code: 'Throttling', status: 400 },
        sns: { code: 'Throttling', status: 400 },
        s3: { code: 'SlowDown', status: 503 },
        dynamodb: { code: 'ProvisionedThroughputExceededException', status: 400 },
      } as Readonly<Record<string, { code: string; status: number }>>
    )[service] ?? { code: 'ThrottlingException', status: 400 }
  );
}
