import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import {
  bytes,
  type Call,
  chain,
  type Handlers,
  HangUp,
  type Interceptor,
  type Reply,
  ServiceError,
  withBody,
} from './call.ts';
import { gitScope } from './cicd/git/smart-http.ts';
import type { Emulator } from './emulator.ts';
import { errorReply } from './errors.ts';
import { decodeForm } from './form.ts';
import type { JsonLines, RecordedCall } from './recorder.ts';
import { actionOf, isMutating, principalOf, protocolOf, scopeOf } from './routing.ts';

/** Answers a request that is none of AWS's APIs; false when it is not meant for it. */
export type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => boolean | Promise<boolean>;

export interface FrontDoorParts {
  readonly emulator: Emulator;
  readonly calls: JsonLines<RecordedCall>;
  /** Asked in order before a request is taken for an AWS call. */
  readonly routes: readonly Route[];
  /** The seam for instruments (faults, throttling, lag): they see every call before the handlers. */
  readonly interceptors: readonly Interceptor[];
  readonly handlers: Handlers;
  /** Whose call it is, where the call does not say it by its signature: a registry client's. */
  readonly principalOf: (call: Call) => string | undefined;
  readonly log: (line: string) => void;
}

/** Requests without a signature: which part of the local cloud they are for. */
function unsignedService(request: IncomingMessage, url: URL): string {
  const host = request.headers.host ?? '';
  if (url.pathname.startsWith('/_aws/execute-api/') || host.includes('.execute-api.')) return 'execute-api';
  if (url.pathname.startsWith('/_aws/lambda-url/') || host.includes('.lambda-url.')) return 'lambda-url';
  if (url.pathname.startsWith('/v2/')) return 'ecr';
  return '-';
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export async function callOf(request: IncomingMessage, url: URL): Promise<Call> {
  const { method = 'GET', headers, url: target = '/' } = request;
  const scope = scopeOf(headers, url.searchParams) ?? gitScope(url.pathname, headers);
  const service = scope?.service ?? unsignedService(request, url);
  const protocol = protocolOf(service, headers);
  const body = protocol === 'rest' ? request : await readBody(request);
  const parameters = Buffer.isBuffer(body) ? decode(protocol, body) : {};
  const formAction = typeof parameters.Action === 'string' ? parameters.Action : undefined;
  const registryRegion = /^\d+\.dkr\.ecr\.([a-z0-9-]+)\./.exec(headers.host ?? '')?.[1];
  return {
    service,
    action: actionOf(service, { method, path: url.pathname, query: url.searchParams, headers }, formAction),
    region: scope?.region ?? registryRegion ?? 'us-east-1',
    principal: scope === undefined ? '-' : principalOf(scope.accessKey),
    protocol,
    method,
    target,
    headers,
    parameters,
    body,
    callerPort: request.socket.remotePort,
  };
}

function decode(protocol: Call['protocol'], body: Buffer): Call['parameters'] {
  if (protocol === 'ec2' || protocol === 'query') return decodeForm(body.toString('utf8'));
  if (protocol !== 'json') return {};
  try {
    return JSON.parse(body.toString('utf8') || '{}') as Call['parameters'];
  } catch {
    throw new ServiceError('SerializationException', 'the body is not JSON');
  }
}

/** The code of an error reply, which is small and so read whole; other replies stay streams. */
async function withErrorCode(call: Call, reply: Reply): Promise<{ reply: Reply; error: string | undefined }> {
  if (reply.status < 400 || call.method === 'HEAD') return { reply, error: undefined };
  const body = await bytes(reply);
  const source = body.toString('utf8');
  const code = /<Code>([^<]*)<\/Code>/.exec(source)?.[1] ?? /"(?:__type|code)"\s*:\s*"([^"]*)"/.exec(source)?.[1];
  return { reply: withBody(reply, body), error: code?.replace(/^.*#/, '') };
}

async function send(reply: Reply, response: ServerResponse): Promise<void> {
  response.writeHead(reply.status, reply.headers);
  if (Buffer.isBuffer(reply.body)) response.end(reply.body);
  else await pipeline(reply.body, response);
}

/** The front door's request listener. */
export function frontDoor(parts: FrontDoorParts): (request: IncomingMessage, response: ServerResponse) => void {
  const dispatch: Interceptor = async (call, next) =>
    (parts.handlers[`${call.service}:${call.action}`] ?? passOn)(call, next);
  const handle = chain([...parts.interceptors, dispatch], (call) => parts.emulator.forward(call));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://front-door');
    for (const route of parts.routes) if (await route(request, response, url)) return;
    const arrived = Date.now();
    const call = await callOf(request, url);
    const answered = await handle(call).catch((problem: unknown) => {
      if (problem instanceof HangUp) return undefined;
      if (!(problem instanceof ServiceError))
        parts.log(`${call.service}:${call.action}: ${String((problem as Error)?.stack)}`);
      const known =
        problem instanceof ServiceError
          ? problem
          : new ServiceError('InternalFailure', String(problem), { status: 500 });
      return errorReply(call, known);
    });
    const { reply, error } =
      answered === undefined ? { reply: undefined, error: 'HangUp' } : await withErrorCode(call, answered);
    if (!url.pathname.startsWith('/_ministack/')) {
      parts.calls.append({
        time: new Date(arrived).toISOString(),
        service: call.service,
        action: call.action,
        region: call.region,
        principal: parts.principalOf(call) ?? call.principal,
        status: reply?.status ?? 0,
        durationMs: Date.now() - arrived,
        // A git client asks without credentials first: that is answered by a challenge, and changes nothing.
        mutating: isMutating(call.service, call.action) && reply?.status !== 401,
        ...(error === undefined ? {} : { error }),
      });
    }
    if (reply === undefined) request.socket.destroy();
    else await send(reply, response);
  }

  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A caller that hung up is no problem of ours.
      if (!request.destroyed) parts.log(`${request.method} ${request.url}: ${String(error)}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  };
}

const passOn: Interceptor = (call, next) => next(call);

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** A port that others learn before anything answers there: held, so that no other process takes it meanwhile. */
export interface HeldPort {
  readonly port: number;
  serve(listener: Listener): void;
}

/** Holds a port, and answers 503 there until it is served. */
export async function hold(wanted: number): Promise<HeldPort> {
  let answer: Listener = (_request, response) => void response.writeHead(503).end();
  const { port } = await listen((request, response) => answer(request, response), wanted);
  return {
    port,
    serve: (listener) => {
      answer = listener;
    },
  };
}

/** Listens on loopback; port 0 takes any free one. */
export async function listen(
  listener: Listener,
  port: number,
  host = '127.0.0.1',
): Promise<{ server: Server; port: number }> {
  const server = createServer({ keepAliveTimeout: 75_000 }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}
