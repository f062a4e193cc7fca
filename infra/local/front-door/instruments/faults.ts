/** The instruments' language: what a fault plan says. README.md, "Instruments", explains it for those who write one. */

import { type Call, ServiceError } from '../call.ts';
import { wildcard } from '../ec2/filters.ts';
import { type QuotaCode, quotas } from '../quotas.ts';

/** Which calls. Every member that is given must hold; `*` and `?` are wildcards. */
export interface Match {
  readonly service?: string;
  readonly action?: string;
  readonly region?: string;
  /** @default `lambda:*`, the provisioner's Lambdas */
  readonly principal?: string;
}

/** Which of the matching calls. Without any of these: all of them. */
export interface Occurrence {
  /** Numbers among *all* mutating platform calls since the plan was set, from 1. */
  readonly at?: readonly number[];
  /** Numbers among the calls that this fault matches, from 1. */
  readonly nth?: readonly number[];
  /** Of the calls left, that share, by the seeded generator. */
  readonly probability?: number;
  /** How often it may act at the most. */
  readonly times?: number;
}

export type Effect =
  /** Nothing is done; the answer is this error. */
  | { readonly do: 'fail'; readonly code?: string; readonly message?: string; readonly status?: number }
  /** The work is done; the connection ends without an answer. */
  | { readonly do: 'drop' }
  /** The work is done; the calling Lambda's process is killed before it hears of it. */
  | { readonly do: 'kill' }
  /** The call is kept back, for AWS's seconds or until the fault is released, and then goes on. */
  | { readonly do: 'hold'; readonly seconds?: number }
  /** Refused as too many: always (with `probability`), or when EC2's published buckets are empty. */
  | { readonly do: 'throttle'; readonly buckets?: boolean }
  /** Nothing answers: the connection is reset, or 503. */
  | { readonly do: 'down'; readonly how?: 'reset' | '503' }
  /** A new EC2 resource is missing from reads for AWS's seconds. */
  | { readonly do: 'lag'; readonly seconds: number }
  /** Services refuse a role younger than AWS's seconds. */
  | { readonly do: 'role-lag'; readonly seconds: number }
  /** The NAT gateway that the call makes ends as `failed`. */
  | { readonly do: 'nat-failed'; readonly message?: string }
  /** The load balancer that the call makes ends as `failed`. */
  | { readonly do: 'alb-failed'; readonly message?: string }
  /** That quota has this value. */
  | { readonly do: 'quota'; readonly code: QuotaCode; readonly value: number };

export type Fault = Effect & Match & Occurrence;

export interface FaultPlan {
  /** @default 1 */
  readonly seed?: number;
  readonly faults: readonly Fault[];
}

const effects = [
  'fail',
  'drop',
  'kill',
  'hold',
  'throttle',
  'down',
  'lag',
  'role-lag',
  'nat-failed',
  'alb-failed',
  'quota',
] as const;
const is = {
  string: (value: unknown) => typeof value === 'string',
  number: (value: unknown) => typeof value === 'number',
  boolean: (value: unknown) => typeof value === 'boolean',
} as const;
const members: Readonly<Record<string, keyof typeof is | 'numbers'>> = {
  do: 'string',
  service: 'string',
  action: 'string',
  region: 'string',
  principal: 'string',
  at: 'numbers',
  nth: 'numbers',
  probability: 'number',
  times: 'number',
  code: 'string',
  message: 'string',
  status: 'number',
  seconds: 'number',
  buckets: 'boolean',
  how: 'string',
  value: 'number',
};

/**
 * A plan from JSON. A bare number where a list of numbers is meant is a list of one.
 * @throws {ServiceError} 400 that names what is wrong: a misspelt member would make a fault that never acts
 */
export function parsePlan(text: string): FaultPlan {
  const refuse = (why: string): never => {
    throw new ServiceError('BadFaultPlan', why);
  };
  let raw: unknown;
  try {
    raw = JSON.parse(text || '{}');
  } catch (error) {
    return refuse(`not JSON: ${(error as Error).message}`);
  }
  const { seed = 1, faults = [], ...rest } = raw as { seed?: unknown; faults?: unknown };
  if (Object.keys(rest).length > 0) refuse(`unknown member ${Object.keys(rest).join(', ')}`);
  if (typeof seed !== 'number') refuse('seed is a number');
  if (!Array.isArray(faults)) return refuse('faults is a list');
  return {
    seed: seed as number,
    faults: faults.map((fault: Record<string, unknown>, index) => {
      const where = `faults[${index}]`;
      const parsed: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(fault)) {
        const type = members[name] ?? refuse(`${where}.${name} is no member of a fault`);
        const given = type === 'numbers' && typeof value === 'number' ? [value] : value;
        const good =
          type === 'numbers'
            ? Array.isArray(given) && given.every((each) => Number.isInteger(each) && each > 0)
            : is[type](given);
        if (!good) refuse(`${where}.${name} is ${type === 'numbers' ? 'a list of positive numbers' : `a ${type}`}`);
        parsed[name] = given;
      }
      if (!effects.some((effect) => effect === parsed.do)) refuse(`${where}.do is one of ${effects.join(', ')}`);
      if ((parsed.do === 'lag' || parsed.do === 'role-lag') && parsed.seconds === undefined)
        refuse(`${where}.seconds is missing`);
      if (parsed.do === 'quota' && !quotas.some(({ code }) => code === parsed.code))
        refuse(`${where}.code is one of ${quotas.map(({ code }) => code).join(', ')}`);
      return parsed as unknown as Fault;
    }),
  };
}

export const agrees = (pattern: string | undefined, value: string): boolean =>
  pattern === undefined || wildcard(pattern).test(value);

export const matchesCall = (match: Match, call: Call): boolean =>
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
