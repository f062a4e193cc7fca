/** Requests to a registry, and checks of what it answers. */

import { createHash } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { types } from 'node:util';
import { ResourceFailedError, TransientError } from '../errors.ts';
import { type Descriptor, maySendTo } from './reference.ts';

/** ECR's limit for a manifest, and OCI's advice, is 4 MiB; an image configuration of that size is not one. */
const documentLimitBytes = 4 * 1024 * 1024;

/** For one request but its body. A Lambda that waits for a registry that hangs ends with its own message, not with a time-out. */
const answerLimitMilliseconds = 60_000;

/** Registries send to where their blobs are; one or two are usual. */
const maxRedirects = 5;

/** While the registry answers 429: 3 s of pauses at most. After that the state machine tries again. */
const maxAttempts = 5;

export async function request(what: string, url: URL, init: RequestInit): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await followed(what, url, init);
    if (answer.status !== 429 || attempt === maxAttempts) return answer;
    await answer.body?.cancel();
    await sleep(Math.random() * 100 * 2 ** attempt);
  }
}

/** Redirects are followed here, and not by fetch, which would go anywhere. */
async function followed(what: string, url: URL, init: RequestInit): Promise<Response> {
  for (let at = url, headers = new Headers(init.headers), sent = 0; sent <= maxRedirects; sent += 1) {
    const answer = await requestOnce(what, at, { ...init, headers });
    const location = answer.headers.get('location');
    if (answer.status < 300 || answer.status > 399 || location === null) return answer;
    await answer.body?.cancel();
    const next = URL.canParse(location, at.href) ? new URL(location, at) : undefined;
    if (next === undefined || !maySendTo(at, next))
      throw new ResourceFailedError(
        `${what}: the registry sends to ${next?.origin ?? 'no URL'}, which is not a public host over https`,
      );
    // The registry's credentials are for itself.
    if (next.origin !== at.origin) headers.delete('authorization');
    at = next;
  }
  throw new ResourceFailedError(`${what}: more than ${maxRedirects} redirects`);
}

async function requestOnce(what: string, url: URL, init: RequestInit): Promise<Response> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(tooLate)), answerLimitMilliseconds);
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: limit.signal });
  } catch (error) {
    throw asOurs(what, error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Not by fetch: Node's takes a whole stream into memory as fast as it comes (24.21: 500 MB for an upload of 500 MB), and
 * sends it in chunks, which not every registry takes. No token is fetched on the way: HEAD and POST have done so.
 */
export async function upload(
  what: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  content: ReadableStream<Uint8Array> | Uint8Array,
): Promise<void> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const sending = send(url, { method: 'PUT', headers: { 'content-type': 'application/octet-stream', ...headers } });
  sending.setTimeout(answerLimitMilliseconds, () => sending.destroy(new Error(tooLate)));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', resolve);
  });
  const sent = pipeline(content instanceof Uint8Array ? Readable.from([content]) : Readable.fromWeb(content), sending);
  // Whichever fails first gives the error.
  answered.catch(() => {});
  sent.catch(() => {});

  let status = 0;
  let text = '';
  try {
    // A registry may refuse before it has read everything, and then reads no further.
    const answer = await Promise.race([sent.then(() => answered), answered]);
    status = answer.statusCode ?? 0;
    text = await textOf(answer);
  } catch (error) {
    throw asOurs(what, error);
  } finally {
    if (!sending.writableFinished) sending.destroy();
  }
  if (status !== 201) throw refused(what, status, text);
}

const tooLate = `no answer within ${answerLimitMilliseconds / 1000} s`;

const asOurs = (what: string, error: unknown): Error =>
  slipwayCause(error) ?? new TransientError(`${what}: ${reason(error)}`, { cause: error });

/** What is wrong with a download may be wrapped by the stream that it was passed on to. */
function slipwayCause(error: unknown): ResourceFailedError | TransientError | undefined {
  for (let at = error; types.isNativeError(at); at = at.cause)
    if (at instanceof ResourceFailedError || at instanceof TransientError) return at;
  return undefined;
}

const reason = (error: unknown): string => {
  if (!types.isNativeError(error)) return String(error);
  return types.isNativeError(error.cause) ? `${error.message}: ${error.cause.message}` : error.message;
};

/** The registry's refusal as an error that says what was asked and what it answered. */
export async function refusal(what: string, answer: Response): Promise<Error> {
  return refused(what, answer.status, await answer.text().catch(() => ''));
}

function refused(what: string, status: number, text: string): Error {
  const message = `${what}: the registry answered ${status} ${text.slice(0, 500)}`.trimEnd();
  return status === 429 || status >= 500 ? new TransientError(message) : new ResourceFailedError(message);
}

export const mismatch = (what: string, want: string, got: string): Error =>
  new ResourceFailedError(`${what}: the content has the digest ${got} instead of ${want}`);

/** Passes a blob on and fails before its end if size or digest are not the descriptor's. */
export function verified(what: string, blob: Descriptor): TransformStream<Uint8Array, Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  return new TransformStream({
    transform(chunk, controller) {
      hash.update(chunk);
      size += chunk.length;
      if (size > blob.size)
        controller.error(
          new ResourceFailedError(`${what}: the content is longer than the ${blob.size} bytes announced`),
        );
      else controller.enqueue(chunk);
    },
    flush(controller) {
      const digest = `sha256:${hash.digest('hex')}`;
      if (size < blob.size) controller.error(new TransientError(`${what}: ended after ${size} of ${blob.size} bytes`));
      else if (digest !== blob.digest) controller.error(mismatch(what, blob.digest, digest));
    },
  });
}

export async function collect(what: string, body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > documentLimitBytes)
        throw new ResourceFailedError(`${what}: the document is longer than ${documentLimitBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw asOurs(what, error);
  }
  return Buffer.concat(chunks);
}
