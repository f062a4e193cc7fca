/** The instruments' language: what a fault plan says. README.md, "Instruments", explains it for those who write one. */

import { z } from 'zod';
import { type Call, ServiceError } from '../call.ts';
import { wildcard } from '../ec2/filters.ts';
import { type QuotaCode, quotas } from '../quotas.ts';

const positive = z.number().int().positive();
/** A bare number stands for a list of one. */
const numbers = z.preprocess((given) => (typeof given === 'number' ? [given] : given), z.array(positive).readonly());

/** Which calls: every member that is given must hold; `*` and `?` are wildcards. */
const match = {
  service: z.string(),
  action: z.string(),
  region: z.string(),
  /** By default `lambda:*`, the provisioner's Lambdas. */
  principal: z.string(),
};

/** Which of the matching calls. Without any of these: all of them. */
const occurrence = {
  /** Numbers among *all* mutating calls of the plan's `points` since it was set, from 1. */
  at: numbers,
  /** Numbers among the calls that this fault matches, from 1. */
  nth: numbers,
  /** Of the calls left, that share, by the seeded generator. */
  probability: z.number().min(0).max(1),
  /** How often it may act at the most. */
  times: positive,
};

const where = z.object({ ...match, ...occurrence }).partial().shape;
const effect = <Name extends string, Shape extends z.ZodRawShape>(name: Name, members: Shape) =>
  z.strictObject({ do: z.literal(name), ...members, ...where }).readonly();
/** AWS's seconds, on the scaled clock. */
const seconds = z.number().nonnegative();
const message = z.string().optional();

const fault = z.discriminatedUnion('do', [
  /** Nothing is done; the answer is this error. */
  effect('fail', { code: z.string().optional(), message, status: positive.optional() }),
  /** The work is done; the connection ends without an answer. */
  effect('drop', {}),
  /** The work is done; the calling Lambda's process is killed before it hears of it. */
  effect('kill', {}),
  /** The call is kept back, for a while or until the fault is released, and then goes on. */
  effect('hold', { seconds: seconds.optional() }),
  /** Refused as too many: always (with `probability`), or when EC2's published buckets are empty. */
  effect('throttle', { buckets: z.boolean().optional() }),
  /** Nothing answers: the connection is reset, or 503. */
  effect('down', { how: z.enum(['reset', '503']).optional() }),
  /** A new EC2 resource is missing from reads for a while. */
  effect('lag', { seconds }),
  /** Services refuse a role younger than this. */
  effect('role-lag', { seconds }),
  /** The NAT gateway that the call makes ends as `failed`. */
  effect('nat-failed', { message }),
  /** The load balancer that the call makes ends as `failed`. */
  effect('alb-failed', { message }),
  /** That quota has this value. */
  effect('quota', { code: z.enum(quotas.map(({ code }) => code) as [QuotaCode, ...QuotaCode[]]), value: z.number() }),
  /** The account's organisation has this service control policy. */
  effect('scp', { policy: z.looseObject({ Statement: z.array(z.looseObject({})) }) }),
]);

const plan = z
  .strictObject({
    seed: z.number().default(1),
    /** Which calls of the workflow are counted, and struck by faults that name nobody: to the platform, or to what is its own. */
    points: z.enum(['platform', 'own']).default('platform'),
    faults: z.array(fault).readonly().default([]),
  })
  .readonly();

export type Fault = z.output<typeof fault>;
export type Effect = Pick<Fault, 'do'>;
export interface FaultPlan {
  /** @default 1 */
  readonly seed?: number;
  /** @default 'platform' */
  readonly points?: 'platform' | 'own';
  readonly faults: readonly Fault[];
}

/**
 * A plan from JSON.
 * @throws {ServiceError} 400 that names what is wrong: a misspelt member would make a fault that never acts
 */
export function parsePlan(text: string): FaultPlan {
  let raw: unknown;
  try {
    raw = JSON.parse(text || '{}');
  } catch (error) {
    throw new ServiceError('BadFaultPlan', `not JSON: ${(error as Error).message}`);
  }
  const { data, error } = plan.safeParse(raw);
  if (error !== undefined) throw new ServiceError('BadFaultPlan', z.prettifyError(error));
  return data;
}

export const agrees = (pattern: string | undefined, value: string): boolean =>
  pattern === undefined || wildcard(pattern).test(value);

export const matchesCall = (match: Pick<Fault, 'service' | 'action' | 'region'>, call: Call): boolean =>
  agrees(match.service, call.service) && agrees(match.action, call.action) && agrees(match.region, call.region);

/** A generator of numbers in [0, 1) that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
