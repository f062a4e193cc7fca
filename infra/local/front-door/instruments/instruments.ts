import { setTimeout as sleep } from 'node:timers/promises';
import { bytes, type Call, HangUp, type Interceptor, type Reply, ServiceError } from '../call.ts';
import type { Clock } from '../clock.ts';
import { setServiceControlPolicies } from '../iam/organisation.ts';
import { setQuotas } from '../quotas.ts';
import { isMutating } from '../routing.ts';
import type { Route } from '../server.ts';
import { agrees, type Effect, type Fault, type FaultPlan, matchesCall, parsePlan, seeded } from './faults.ts';
import { ReadLag } from './read-lag.ts';
import { RoleLag } from './role-lag.ts';
import { Ec2Buckets, throttlingCode } from './throttling.ts';

/** What a fault did, as `GET /_slipway/faults` shows it. */
export interface Firing {
  readonly time: string;
  readonly do: Effect['do'];
  /** Number of the call among the mutating ones that the plan counts; absent for others. */
  readonly k?: number;
  readonly call: string;
}

export interface FaultStatus {
  readonly plan: FaultPlan;
  /** Mutating calls that it counts since the plan was set, `service:Action in region`; the first one is number 1. */
  readonly calls: readonly string[];
  readonly fired: readonly Firing[];
  /** Calls that are held back now. */
  readonly held: readonly string[];
}

interface Surroundings {
  readonly clock: Clock;
  /** Kills the Lambda process behind a connection. */
  readonly kill: (port: number) => Promise<number | undefined>;
  /** Makes a NAT gateway (by id) or a load balancer (by ARN) end as failed. */
  readonly failLater: (id: string, message: string | undefined) => void;
  readonly log: (line: string) => void;
}

/** Services that the workflow is made of, as opposed to those that it provisions. */
const slipwaysOwn = new Set(['dynamodb', 'states', 'lambda', 'sts', 'ssm', 'xray', 'cloudformation']);

/**
 * Whether a call is the workflow's and of the platform: by one of its Lambdas, and not to Slipway's own table, machines
 * or topics. A registry's requests carry no signature that names the Lambda; nobody else changes registries.
 */
export function isPlatformCall(call: Pick<Call, 'service' | 'action' | 'principal'>): boolean {
  if (slipwaysOwn.has(call.service) || (call.service === 'sns' && call.action === 'Publish')) return false;
  if (call.service === 'logs' && /^(PutLogEvents|CreateLogStream)$/.test(call.action)) return false;
  return call.principal.startsWith('lambda:') || (call.service === 'ecr' && call.principal === '-');
}

/** Whether a call is by one of the workflow's Lambdas to its own table, machines or topics. */
const isOwnCall = ({ service, action, principal }: Call): boolean =>
  principal.startsWith('lambda:') &&
  (service === 'dynamodb' || service === 'states' || (service === 'sns' && action === 'Publish'));

/** What ends as failed: the call that makes it, and its id in the reply. */
const doomed = {
  'nat-failed': { action: 'CreateNatGateway', id: /<natGatewayId>([^<]+)</ },
  'alb-failed': { action: 'CreateLoadBalancer', id: /<LoadBalancerArn>([^<]+)</ },
} as const;

const described = ({ service, action, region }: Call): string => `${service}:${action} in ${region}`;

/** Faults on request: an interceptor before everything else, and the route by which the plan is set and read. */
export class Instruments {
  readonly #surroundings: Surroundings;
  #plan: FaultPlan = { faults: [] };
  #random = seeded(1);
  #buckets = new Ec2Buckets();
  #matched: number[] = [];
  #acted: number[] = [];
  #calls: string[] = [];
  #fired: Firing[] = [];
  readonly #held = new Map<() => void, string>();
  readonly #readLag: ReadLag;
  readonly #roleLag: RoleLag;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#readLag = new ReadLag(surroundings.clock);
    this.#roleLag = new RoleLag(surroundings.clock);
  }

  /** Replaces the plan; counters start anew, and what was held goes on. */
  set(plan: FaultPlan): void {
    this.#plan = plan;
    this.#random = seeded(plan.seed ?? 1);
    this.#buckets = new Ec2Buckets();
    this.#matched = plan.faults.map(() => 0);
    this.#acted = plan.faults.map(() => 0);
    this.#calls = [];
    this.#fired = [];
    setQuotas(plan.faults.flatMap((fault) => (fault.do === 'quota' ? [[fault.code, fault.value] as const] : [])));
    setServiceControlPolicies(plan.faults.flatMap((fault) => (fault.do === 'scp' ? [fault.policy] : [])));
    for (const release of this.#held.keys()) release();
  }

  status(): FaultStatus {
    return { plan: this.#plan, calls: this.#calls, fired: this.#fired, held: [...this.#held.values()] };
  }

  readonly interceptor: Interceptor = (call, next) => {
    const counted = this.#plan.points === 'own' ? isOwnCall(call) : isPlatformCall(call);
    if (this.#plan.faults.length === 0 && !counted) return next(call);
    let k: number | undefined;
    if (counted && isMutating(call.service, call.action)) k = this.#calls.push(described(call));
    const due = this.#plan.faults.filter((fault, index) => this.#isDue(fault, index, call, counted, k));
    return due.reduceRight<(call: Call) => Promise<Reply>>(
      (inner, fault) => (passed) => this.#act(fault, passed, k, inner),
      next,
    )(call);
  };

  #isDue(fault: Fault, index: number, call: Call, counted: boolean, k: number | undefined): boolean {
    if (fault.do === 'quota' || fault.do === 'scp' || !matchesCall(fault, call)) return false;
    // By itself a fault strikes what the plan counts; naming a service or a caller widens that.
    if (fault.principal === undefined && !(counted || (fault.service !== undefined && isLambda(call)))) return false;
    if (fault.principal !== undefined && !agrees(fault.principal, call.principal)) return false;
    if ((fault.do === 'nat-failed' || fault.do === 'alb-failed') && call.action !== doomed[fault.do].action)
      return false;
    if ((fault.do === 'drop' || fault.do === 'kill') && fault.action === undefined && k === undefined) return false;
    if (fault.at !== undefined && (k === undefined || !fault.at.includes(k))) return false;
    const matched = (this.#matched[index] ?? 0) + 1;
    this.#matched[index] = matched;
    if (fault.nth !== undefined && !fault.nth.includes(matched)) return false;
    if (fault.probability !== undefined && this.#random() >= fault.probability) return false;
    const acted = this.#acted[index] ?? 0;
    if (fault.times !== undefined && acted >= fault.times) return false;
    this.#acted[index] = acted + 1;
    return true;
  }

  #note(fault: Fault, call: Call, k: number | undefined): void {
    this.#fired.push({
      time: new Date().toISOString(),
      do: fault.do,
      ...(k === undefined ? {} : { k }),
      call: described(call),
    });
  }

  async #act(fault: Fault, call: Call, k: number | undefined, next: (call: Call) => Promise<Reply>): Promise<Reply> {
    const { clock, kill, failLater, log } = this.#surroundings;
    switch (fault.do) {
      case 'fail':
        this.#note(fault, call, k);
        throw new ServiceError(fault.code ?? 'InternalError', fault.message ?? 'An internal error has occurred', {
          status: fault.status ?? 500,
        });
      case 'throttle': {
        if (fault.buckets === true && this.#buckets.allows(call)) return next(call);
        this.#note(fault, call, k);
        const { code, status } = throttlingCode(call);
        throw new ServiceError(code, 'Request limit exceeded.', { status });
      }
      case 'down':
        this.#note(fault, call, k);
        if (fault.how === '503')
          throw new ServiceError('ServiceUnavailable', `${call.region} is down`, { status: 503 });
        throw new HangUp(`${call.region} is down`);
      case 'hold': {
        this.#note(fault, call, k);
        await (fault.seconds === undefined ? this.#untilReleased(call) : sleep(clock.milliseconds(fault.seconds)));
        return next(call);
      }
      case 'drop':
      case 'kill': {
        const reply = await next(call);
        await bytes(reply);
        this.#note(fault, call, k);
        if (fault.do === 'kill') {
          const pid = call.callerPort === undefined ? undefined : await kill(call.callerPort);
          log(`instrument: ${described(call)} (number ${k ?? '-'}): ${pid ? `killed ${pid}` : 'caller not found'}`);
        }
        throw new HangUp(`the answer to ${described(call)} is dropped`);
      }
      case 'lag':
        return call.service === 'ec2' ? this.#readLag.answer(call, fault.seconds, next) : next(call);
      case 'role-lag':
        return this.#roleLag.answer(call, fault.seconds, next);
      case 'nat-failed':
      case 'alb-failed': {
        const reply = await next(call);
        const body = await bytes(reply);
        const id = doomed[fault.do].id.exec(body.toString('utf8'))?.[1];
        if (id !== undefined) {
          this.#note(fault, call, k);
          failLater(id, fault.message);
        }
        return { ...reply, body };
      }
      case 'quota':
      case 'scp':
        return next(call);
    }
  }

  #untilReleased(call: Call): Promise<void> {
    return new Promise((resolve) => {
      const release = (): void => {
        this.#held.delete(release);
        resolve();
      };
      this.#held.set(release, described(call));
    });
  }

  /** `PUT`, `GET`, `DELETE /_slipway/faults`. */
  readonly route: Route = async (request, response, url) => {
    if (url.pathname !== '/_slipway/faults') return false;
    const answer = (status: number, document: unknown): true => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
      return true;
    };
    if (request.method === 'GET') return answer(200, this.status());
    if (request.method === 'DELETE') this.set({ faults: [] });
    else if (request.method === 'PUT') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      try {
        this.set(parsePlan(Buffer.concat(chunks).toString('utf8')));
      } catch (error) {
        return answer(400, { message: (error as Error).message });
      }
    } else return answer(405, { message: 'PUT, GET or DELETE' });
    return answer(200, this.status());
  };
}

const isLambda = (call: Call): boolean => call.principal.startsWith('lambda:');
