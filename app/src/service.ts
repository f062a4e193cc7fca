import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import type { Config } from './config.ts';
import { greeting } from './greeting.ts';
import type { Log } from './log.ts';

/**
 * Longer than the load balancer's idle time-out (60 s by default): were it shorter, the balancer would now and then send
 * a request into a connection that is being closed, and answer 502.
 */
const keepAliveMilliseconds = 65_000;

export interface Service {
  readonly server: Server;
  /** Stops accepting, finishes what runs, closes idle connections; after the limit, closes the rest. True if none was cut. */
  drain(limitMilliseconds: number): Promise<boolean>;
}

export function createService(config: Config, log: Log): Service {
  const started = Date.now();
  let draining = false;

  const server = createServer({ keepAliveTimeout: keepAliveMilliseconds }, (request, response) => {
    const begun = performance.now();
    response.on('close', () => {
      log('info', 'request', {
        method: request.method,
        path: pathOf(request),
        status: response.statusCode,
        milliseconds: Math.round((performance.now() - begun) * 10) / 10,
        bytes: Number(response.getHeader('content-length') ?? 0),
        ...(response.writableFinished ? {} : { aborted: true }),
        client: request.headers['x-forwarded-for'] ?? request.socket.remoteAddress,
        trace: request.headers['x-amzn-trace-id'],
        agent: request.headers['user-agent'],
      });
    });
    request.resume();
    const [status, body] = answer(request);
    send(request, response, status, body);
  });

  function answer(request: IncomingMessage): [number, object] {
    const path = pathOf(request);
    if (path !== '/' && path !== '/health') return [404, { error: 'not found', path }];
    if (request.method !== 'GET' && request.method !== 'HEAD') return [405, { error: 'method not allowed' }];
    if (path === '/health') return draining ? [503, { status: 'draining' }] : [200, { status: 'ok' }];
    return [
      200,
      {
        greeting,
        service: 'slipway-app',
        region: config.region,
        environment: config.environment,
        version: config.version,
        host: hostname(),
        node: process.version,
        uptimeSeconds: Math.round((Date.now() - started) / 1000),
      },
    ];
  }

  function send(request: IncomingMessage, response: ServerResponse, status: number, body: object): void {
    const text = `${JSON.stringify(body)}\n`;
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
      'cache-control': 'no-store',
      ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
      ...(draining ? { connection: 'close' } : {}),
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  return {
    server,
    drain(limitMilliseconds) {
      draining = true;
      return new Promise((resolve) => {
        let cut = false;
        const limit = setTimeout(() => {
          cut = true;
          server.closeAllConnections();
        }, limitMilliseconds);
        // Closes idle keep-alive connections too; the others end with the `connection: close` of their answer.
        server.close(() => {
          clearTimeout(limit);
          resolve(!cut);
        });
      });
    },
  };
}

/** Without the query, which may hold what no log should. */
const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?', 1)[0] ?? '/';
