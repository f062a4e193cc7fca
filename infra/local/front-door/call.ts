import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';

/** A decoded request document: JSON, or a form with its numbered lists folded into arrays. */
export type Parameters = Readonly<Record<string, unknown>>;

export type Protocol = 'ec2' | 'query' | 'json' | 'cbor' | 'rest';

/** One request, after it is known what it asks of which service in which region. */
export interface Call {
  readonly service: string;
  /** The API's own name of the operation; for what has none, `METHOD /path`. */
  readonly action: string;
  readonly region: string;
  /** Access key, or `lambda:<function>` for a Lambda's calls. */
  readonly principal: string;
  readonly protocol: Protocol;
  readonly method: string;
  /** Path and query as received. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Empty for `rest` calls, whose body is streamed. */
  readonly parameters: Parameters;
  readonly body: Buffer | IncomingMessage;
  /** The caller's end of the connection. */
  readonly callerPort?: number | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer | Readable;
}

/** Answers a call itself, or passes it on (changed or not) and may change the reply. */
export type Interceptor = (call: Call, next: (call: Call) => Promise<Reply>) => Promise<Reply>;

/** Handlers by `service:Action`. */
export type Handlers = Readonly<Record<string, Interceptor>>;

/** The first interceptor sees the call first and the reply last. */
export function chain(interceptors: readonly Interceptor[], last: (call: Call) => Promise<Reply>) {
  return interceptors.reduceRight<(call: Call) => Promise<Reply>>(
    (next, interceptor) => (call) => interceptor(call, next),
    last,
  );
}

/** An error as the service itself would report it. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  /** Further members of a JSON error. */
  readonly details: Parameters;
  constructor(
    code: string,
    message: string,
    { status = 400, details = {} }: { status?: number; details?: Parameters } = {},
  ) {
    super(message);
    this.name = 'ServiceError';
    this.code = code;
    this.status = status;
    this.details = details;
  }
}

/** Ends the connection without an answer, as when a network or a caller dies. */
export class HangUp extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'HangUp';
  }
}

/** The whole body of a reply: replies of ministack's APIs are small, only objects and image layers are streamed. */
export async function bytes(reply: Reply): Promise<Buffer> {
  if (Buffer.isBuffer(reply.body)) return reply.body;
  const chunks: Buffer[] = [];
  for await (const chunk of reply.body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The reply with another body; its length is set anew. */
export function withBody(reply: Reply, body: string | Buffer): Reply {
  const { 'content-length': _length, 'transfer-encoding': _encoding, ...headers } = reply.headers;
  const buffer = Buffer.from(body);
  return { status: reply.status, headers: { ...headers, 'content-length': String(buffer.length) }, body: buffer };
}

export function jsonReply(document: unknown, status = 200, type = 'application/x-amz-json-1.1'): Reply {
  return withBody({ status, headers: { 'content-type': type }, body: Buffer.alloc(0) }, JSON.stringify(document));
}

export async function jsonOf(reply: Reply): Promise<Record<string, unknown>> {
  return JSON.parse((await bytes(reply)).toString('utf8') || '{}') as Record<string, unknown>;
}

/** A string parameter, or undefined. */
export function text(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  return typeof value === 'string' ? value : undefined;
}

/** A list parameter of strings; empty when absent. */
export function texts(parameters: Parameters, name: string): string[] {
  const value = parameters[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** A list parameter of structures; empty when absent. */
export function structures(parameters: Parameters, name: string): Parameters[] {
  const value = parameters[name];
  return Array.isArray(value)
    ? value.filter((item): item is Parameters => typeof item === 'object' && item !== null)
    : [];
}
