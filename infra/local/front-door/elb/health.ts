import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TargetDescription, TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Clock } from '../clock.ts';
import type { Emulator } from '../emulator.ts';
import type { Route } from '../server.ts';
import type { Attachments } from './attachments.ts';
import { matcherAccepts } from './rules.ts';

export interface TargetState {
  readonly id: string;
  readonly port: number;
  state: 'initial' | 'healthy' | 'unhealthy' | 'unused';
  reason?: string;
  description?: string;
  successes: number;
  failures: number;
  /** Epoch milliseconds of the next probe; absent until its load balancer is active. */
  due?: number;
}

/** A target group as ministack keeps it. */
type RegisteredGroup = TargetGroup & { readonly Targets: readonly TargetDescription[] };

type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: string; readonly description: string };

/** How often registrations are looked up: ministack's ECS registers targets without any call that could be seen. */
const sweepMilliseconds = 400;
/** A probe on this machine may take longer than the scaled-down timeout says. */
const leastTimeout = 1000;
const leastInterval = 500;

/**
 * Probes the targets of every target group as its settings say, on the local clock, since ministack calls every target healthy.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
 */
export class TargetHealth {
  readonly #targets = new Map<string, Map<string, TargetState>>();
  /** How many requests are under way, by the target's address; a target that leaves is not listed any more. */
  readonly #requests = new Map<string, number>();
  readonly #regions = new Set<string>();
  readonly #emulator: Emulator;
  readonly #clock: Clock;
  readonly #attachments: Attachments;
  readonly #isActive: (loadBalancerArn: string) => boolean;
  #sweeping: Promise<void> | undefined;

  constructor(
    emulator: Emulator,
    clock: Clock,
    attachments: Attachments,
    isActive: (loadBalancerArn: string) => boolean,
  ) {
    this.#emulator = emulator;
    this.#clock = clock;
    this.#attachments = attachments;
    this.#isActive = isActive;
  }

  /** Starts probing in a region; called when its first target group is made. */
  watch(region: string): void {
    this.#regions.add(region);
    this.#sweeping ??= this.#sweepForEver();
  }

  targetsOf(targetGroupArn: string): TargetState[] {
    return [...(this.#targets.get(targetGroupArn)?.values() ?? [])];
  }

  /** Counts a request to that address until the answer is called. */
  occupy(address: string): () => void {
    const add = (more: number): void => {
      const now = (this.#requests.get(address) ?? 0) + more;
      if (now > 0) this.#requests.set(address, now);
      else this.#requests.delete(address);
    };
    add(1);
    return () => add(-1);
  }

  /**
   * Addresses of targets, for ECS (ministack/patches/ecs.py): `/_slipway/healthy-targets?targetGroupArn=`, a group's healthy
   * ones; `/_slipway/busy-targets`, those that requests are under way to.
   */
  readonly route: Route = (_request, response, url) => {
    const targets = this.targetsOf(url.searchParams.get('targetGroupArn') ?? '');
    const addresses = {
      '/_slipway/healthy-targets': targets.filter(({ state }) => state === 'healthy').map(({ id }) => id),
      '/_slipway/busy-targets': [...this.#requests.keys()],
    }[url.pathname];
    if (addresses === undefined) return false;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(addresses));
    return true;
  };

  /** Looks the registrations of a region up at once, so that a target that was just registered is already listed. */
  async refresh(region: string): Promise<readonly RegisteredGroup[]> {
    const groups = ((await this.#emulator.lookUp('targets', region)) ?? []) as readonly RegisteredGroup[];
    const standing = new Set(groups.map(({ TargetGroupArn: arn }) => arn));
    for (const arn of this.#targets.keys())
      if (arn.split(':')[3] === region && !standing.has(arn)) this.#targets.delete(arn);
    for (const group of groups) await this.#list(region, group);
    return groups;
  }

  async #list(region: string, { TargetGroupArn: arn = '', Port, Targets }: RegisteredGroup): Promise<void> {
    const known = this.#targets.get(arn) ?? new Map<string, TargetState>();
    const next = new Map<string, TargetState>();
    for (const { Id: id = '', Port: port = Port ?? 80 } of Targets) {
      const key = `${id}:${port}`;
      next.set(
        key,
        known.get(key) ?? {
          id,
          port,
          state: 'initial',
          reason: 'Elb.RegistrationInProgress',
          description: 'Target registration is in progress',
          successes: 0,
          failures: 0,
        },
      );
    }
    this.#targets.set(arn, next);
    const attached = await this.#attachments.of(region, arn);
    for (const target of next.values()) {
      if (attached.length === 0) {
        Object.assign(target, {
          state: 'unused',
          reason: 'Target.NotInUse',
          description: 'Target group is not configured to receive traffic from the load balancer',
        });
      } else if (target.state === 'unused') {
        Object.assign(target, {
          state: 'initial',
          reason: 'Elb.RegistrationInProgress',
          description: 'Target registration is in progress',
        });
      }
    }
  }

  async #sweepForEver(): Promise<void> {
    for (;;) {
      await Promise.all([...this.#regions].map((region) => this.#sweep(region).catch(() => {})));
      await sleep(sweepMilliseconds, undefined, { ref: false });
    }
  }

  async #sweep(region: string): Promise<void> {
    for (const group of await this.refresh(region)) {
      const attached = await this.#attachments.of(region, group.TargetGroupArn ?? '');
      if (!attached.some((arn) => this.#isActive(arn))) continue;
      for (const target of this.targetsOf(group.TargetGroupArn ?? '')) {
        const now = Date.now();
        target.due ??= now + this.#clock.milliseconds(this.#clock.durations.targetHealthy);
        if (target.due > now) continue;
        target.due = now + Math.max(leastInterval, this.#clock.milliseconds(group.HealthCheckIntervalSeconds ?? 30));
        void this.#probe(group, target);
      }
    }
  }

  async #probe(group: TargetGroup, target: TargetState): Promise<void> {
    const port =
      group.HealthCheckPort === undefined || group.HealthCheckPort === 'traffic-port'
        ? target.port
        : Number(group.HealthCheckPort);
    const timeout = Math.max(leastTimeout, this.#clock.milliseconds(group.HealthCheckTimeoutSeconds ?? 5));
    const verdict = await probe(
      target.id,
      port,
      group.HealthCheckPath ?? '/',
      group.Matcher?.HttpCode ?? '200',
      timeout,
    );
    settle(target, verdict, group.HealthyThresholdCount ?? 5, group.UnhealthyThresholdCount ?? 2);
  }
}

/** Takes a verdict into account: a new target needs one success, one that was unhealthy the whole threshold. */
export function settle(
  target: TargetState,
  verdict: Verdict,
  healthyThreshold: number,
  unhealthyThreshold: number,
): void {
  if (verdict.ok) {
    target.successes += 1;
    target.failures = 0;
    if (target.state === 'initial' || target.successes >= healthyThreshold) {
      target.state = 'healthy';
      delete target.reason;
      delete target.description;
    }
    return;
  }
  target.failures += 1;
  target.successes = 0;
  if (target.failures < unhealthyThreshold && target.state !== 'unhealthy') {
    if (target.state === 'initial') {
      target.reason = 'Elb.InitialHealthChecking';
      target.description = 'Initial health checks in progress';
    }
    return;
  }
  target.state = 'unhealthy';
  target.reason = verdict.reason;
  target.description = verdict.description;
}

function probe(host: string, port: number, path: string, codes: string, timeout: number): Promise<Verdict> {
  return new Promise((resolve) => {
    const request = httpRequest(
      { host, port, path, timeout, agent: false, headers: { 'user-agent': 'ELB-HealthChecker/2.0' } },
      (reply) => {
        reply.resume();
        const status = reply.statusCode ?? 0;
        resolve(
          matcherAccepts(codes, status)
            ? { ok: true }
            : {
                ok: false,
                reason: 'Target.ResponseCodeMismatch',
                description: `Health checks failed with these codes: [${status}]`,
              },
        );
      },
    );
    request.on('timeout', () => {
      request.destroy();
      resolve({ ok: false, reason: 'Target.Timeout', description: 'Request timed out' });
    });
    request.on('error', () =>
      resolve({ ok: false, reason: 'Target.FailedHealthChecks', description: 'Health checks failed' }),
    );
    request.end();
  });
}
