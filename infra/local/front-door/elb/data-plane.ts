import { randomBytes } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  type Action,
  DescribeListenersCommand,
  DescribeRulesCommand,
  type Listener,
  type Rule,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Emulator } from '../emulator.ts';
import { listen } from '../server.ts';
import type { TargetHealth, TargetState } from './health.ts';
import { redirectLocation, ruleFor, transformed } from './rules.ts';

interface Balancer {
  readonly arn: string;
  readonly region: string;
  readonly port: number;
  readonly server: Server;
  configuration?: Promise<Configuration>;
  next: number;
}

interface Configuration {
  readonly listener: Listener | undefined;
  readonly rules: readonly Rule[];
}

/**
 * The load balancers' traffic: a loopback port each, which answers as the listener on port 80 does (or the lowest port without one on 80).
 * TLS listeners have no port of their own here.
 */
export class DataPlane {
  readonly #balancers = new Map<string, Balancer>();
  readonly #opening = new Map<string, Promise<Balancer>>();
  readonly #emulator: Emulator;
  readonly #health: TargetHealth;
  readonly #isActive: (arn: string) => boolean;
  readonly #agent = new Agent({ keepAlive: false });

  constructor(emulator: Emulator, health: TargetHealth, isActive: (arn: string) => boolean) {
    this.#emulator = emulator;
    this.#health = health;
    this.#isActive = isActive;
  }

  /** The DNS name of a load balancer: `localhost` and its port, opened at first use. */
  async dnsName(arn: string, region: string): Promise<string> {
    let opening = this.#opening.get(arn);
    if (opening === undefined) {
      opening = this.#open(arn, region);
      this.#opening.set(arn, opening);
    }
    return `localhost:${(await opening).port}`;
  }

  async #open(arn: string, region: string): Promise<Balancer> {
    const { server, port } = await listen((request, response) => void this.#answer(arn, request, response), 0);
    const balancer: Balancer = { arn, region, port, server, next: 0 };
    this.#balancers.set(arn, balancer);
    return balancer;
  }

  close(arn: string): void {
    this.#balancers.get(arn)?.server.close();
    this.#balancers.get(arn)?.server.closeAllConnections();
    this.#balancers.delete(arn);
    this.#opening.delete(arn);
  }

  /** Listeners or rules may have changed: they are read again at the next request. */
  forgetConfigurations(): void {
    for (const balancer of this.#balancers.values()) delete balancer.configuration;
  }

  async #read(balancer: Balancer): Promise<Configuration> {
    const client = this.#emulator.elb(balancer.region);
    const { Listeners: listeners = [] } = await client.send(
      new DescribeListenersCommand({ LoadBalancerArn: balancer.arn }),
    );
    const sorted = listeners
      .filter(({ Protocol }) => Protocol === 'HTTP')
      .sort((a, b) => (a.Port ?? 0) - (b.Port ?? 0));
    const listener = sorted.find(({ Port }) => Port === 80) ?? sorted[0];
    if (listener?.ListenerArn === undefined) return { listener: undefined, rules: [] };
    const { Rules: rules = [] } = await client.send(new DescribeRulesCommand({ ListenerArn: listener.ListenerArn }));
    const fallback: Rule = { IsDefault: true, Priority: 'default', Actions: listener.DefaultActions };
    return { listener, rules: rules.some((rule) => rule.IsDefault) ? rules : [...rules, fallback] };
  }

  async #answer(arn: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const balancer = this.#balancers.get(arn);
    // Until it is active, nothing answers under a load balancer's name; nor does a port without a listener.
    if (balancer === undefined || !this.#isActive(arn)) return void request.socket.destroy();
    balancer.configuration ??= this.#read(balancer);
    const { listener, rules } = await balancer.configuration;
    if (listener === undefined) return void request.socket.destroy();

    const url = new URL(request.url ?? '/', 'http://balancer');
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const rule = ruleFor(rules, {
      method: request.method ?? 'GET',
      host,
      path: url.pathname,
      query: url.searchParams,
      header: (name) => {
        const value = request.headers[name.toLowerCase()];
        return Array.isArray(value) ? value.join(', ') : value;
      },
    });
    const action = (rule?.Actions ?? []).find(
      ({ Type }) => Type === 'forward' || Type === 'redirect' || Type === 'fixed-response',
    );
    if (action?.Type === 'redirect') {
      const status = action.RedirectConfig?.StatusCode === 'HTTP_301' ? 301 : 302;
      const query = url.search.replace(/^\?/, '');
      const location = redirectLocation(action, {
        protocol: 'http',
        host,
        port: balancer.port,
        path: url.pathname,
        query,
      });
      return void response.writeHead(status, { location, server: 'awselb/2.0' }).end();
    }
    if (action?.Type === 'fixed-response') {
      const { StatusCode = '200', ContentType = 'text/plain', MessageBody = '' } = action.FixedResponseConfig ?? {};
      return void response
        .writeHead(Number(StatusCode), { 'content-type': ContentType, server: 'awselb/2.0' })
        .end(MessageBody);
    }
    if (rule === undefined || action === undefined) return plain(response, 503, '503 Service Temporarily Unavailable');
    const target = this.#choose(balancer, action);
    if (target === undefined) return plain(response, 503, '503 Service Temporarily Unavailable');
    const rewritten = transformed(rule, request.url ?? '/', request.headers.host ?? '');
    this.#forward(request, response, target, rewritten, balancer.port);
  }

  /** Round robin over the healthy targets; when all are unhealthy, over all of them, as ELB fails open. */
  #choose(balancer: Balancer, action: Action): TargetState | undefined {
    const arn = action.TargetGroupArn ?? action.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn ?? '';
    const targets = this.#health.targetsOf(arn);
    const healthy = targets.filter(({ state }) => state === 'healthy');
    const usable = healthy.length > 0 ? healthy : targets.filter(({ state }) => state === 'unhealthy');
    balancer.next += 1;
    return usable[balancer.next % Math.max(1, usable.length)];
  }

  #forward(
    request: IncomingMessage,
    response: ServerResponse,
    target: TargetState,
    { target: path, host }: { target: string; host: string },
    port: number,
  ): void {
    const client = request.socket.remoteAddress ?? '127.0.0.1';
    const earlier = request.headers['x-forwarded-for'];
    const headers = {
      ...request.headers,
      host,
      'x-forwarded-for': earlier === undefined ? client : `${earlier}, ${client}`,
      'x-forwarded-proto': 'http',
      'x-forwarded-port': String(port),
      'x-amzn-trace-id': `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${randomBytes(12).toString('hex')}`,
    };
    const ended = this.#health.occupy(target.id);
    const upstream = httpRequest(
      { host: target.id, port: target.port, method: request.method, path, headers, agent: this.#agent },
      (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(response);
      },
    );
    upstream.on('error', () => {
      if (response.headersSent) response.destroy();
      else plain(response, 502, '502 Bad Gateway');
    });
    response.on('close', () => {
      ended();
      upstream.destroy();
    });
    request.pipe(upstream);
  }
}

function plain(response: ServerResponse, status: number, title: string): void {
  response.writeHead(status, { 'content-type': 'text/html', server: 'awselb/2.0' });
  response.end(`<html><head><title>${title}</title></head><body><center><h1>${title}</h1></center></body></html>\n`);
}
