import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { type Digest, digestOf } from '../../lambdas/image/reference.ts';
import { type Credentials, openRepository, type Repository } from '../../lambdas/image/registry.ts';

/**
 * A registry that implements what the client uses of OCI's distribution protocol: blobs and manifests by digest and tag,
 * uploads of one piece, digests checked on arrival, manifests refused while their blobs are missing (as ECR does).
 * `faults` answers a request in its place.
 */
export class FakeRegistry {
  readonly blobs = new Map<string, Uint8Array>();
  readonly manifests = new Map<string, { type: string; bytes: Uint8Array }>();
  readonly calls: string[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  fault: (call: string) => { status: number; headers?: Record<string, string>; body?: string } | undefined = () =>
    undefined;
  bearer: { readonly token: string; readonly scope: string } | undefined;
  basic: string | undefined;
  immutable = false;
  namesDigests = true;
  /** Uploads are cut. */
  hangUp = false;
  /** Uploads are refused before they are read, as a busy registry does. */
  busy = false;
  /** Where uploads are sent, if not here. */
  uploads = '';
  #server: Server | undefined;
  url = '';

  async start(): Promise<void> {
    this.#server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '/', this.url);
      if (this.hangUp && request.method === 'PUT') {
        request.socket.destroy();
        return;
      }
      if (this.busy && request.method === 'PUT') {
        request.pause();
        response.writeHead(429).end('slow down');
        return;
      }
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of request) chunks.push(chunk);
      } catch {
        // The client gave up: there is nobody to answer.
        return;
      }
      const { status, headers = {}, body } = this.#answer(request, url, Buffer.concat(chunks));
      response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    this.#server?.closeAllConnections();
    return new Promise((resolve) => this.#server?.close(() => resolve()));
  }

  #answer(
    request: IncomingMessage,
    url: URL,
    body: Uint8Array,
  ): { status: number; headers?: Record<string, string>; body?: string | Uint8Array } {
    const call = `${request.method} ${url.pathname}`;
    this.calls.push(call);
    this.headers.push(request.headers);
    const fault = this.fault(call);
    if (fault !== undefined) return fault;
    if (url.pathname === '/token') {
      const wanted = url.searchParams.get('service') === 'fake' && url.searchParams.get('scope') === this.bearer?.scope;
      return wanted ? { status: 200, body: JSON.stringify({ token: this.bearer?.token }) } : { status: 400 };
    }
    if (this.bearer && request.headers.authorization !== `Bearer ${this.bearer.token}`)
      return {
        status: 401,
        headers: {
          'www-authenticate': `Bearer realm="${this.url}/token",service="fake",scope="${this.bearer.scope}"`,
        },
      };
    if (this.basic && request.headers.authorization !== `Basic ${Buffer.from(this.basic).toString('base64')}`)
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="fake"' } };

    const [, kind, reference = ''] = /^\/v2\/base\/app\/(blobs|manifests)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === 'blobs' && reference === 'uploads/' && request.method === 'POST')
      return { status: 202, headers: { location: `${this.uploads}/v2/base/app/blobs/uploads/1?state=x` } };
    if (kind === 'blobs' && reference === 'uploads/1' && request.method === 'PUT') {
      const digest = url.searchParams.get('digest') ?? '';
      if (url.searchParams.get('state') !== 'x' || digestOf(body) !== digest)
        return { status: 400, body: 'DIGEST_INVALID' };
      this.blobs.set(digest, body);
      return { status: 201 };
    }
    if (kind === 'blobs') {
      const found = this.blobs.get(reference);
      return found === undefined ? { status: 404 } : { status: 200, body: found };
    }
    if (kind === 'manifests' && request.method === 'PUT') {
      const manifest = JSON.parse(Buffer.from(body).toString());
      if ([manifest.config, ...manifest.layers].some(({ digest }) => !this.blobs.has(digest)))
        return { status: 404, body: 'BLOB_UNKNOWN' };
      if (this.immutable && reference !== 'latest' && this.manifests.has(reference))
        return { status: 400, body: 'TAG_INVALID immutable' };
      this.manifest(body, request.headers['content-type'] ?? '', reference);
      return { status: 201 };
    }
    const found = this.manifests.get(reference);
    if (kind !== 'manifests' || found === undefined) return { status: 404 };
    return {
      status: 200,
      headers: {
        'content-type': found.type,
        ...(this.namesDigests ? { 'docker-content-digest': digestOf(found.bytes) } : {}),
      },
      body: found.bytes,
    };
  }

  blob(bytes: Uint8Array, mediaType: string) {
    this.blobs.set(digestOf(bytes), bytes);
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  }

  manifest(content: object | Uint8Array, type = 'application/vnd.oci.image.manifest.v1+json', tag?: string): Digest {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    for (const reference of [digestOf(bytes), ...(tag === undefined ? [] : [tag])])
      this.manifests.set(reference, { type, bytes });
    return digestOf(bytes);
  }
}

/** What starts a registry, which ends with the test. */
export function useRegistries(): () => Promise<FakeRegistry> {
  const registries: FakeRegistry[] = [];
  afterEach(async () => {
    await Promise.all(registries.splice(0).map((registry) => registry.stop()));
  });
  return async () => {
    const registry = new FakeRegistry();
    await registry.start();
    registries.push(registry);
    return registry;
  };
}

/** The repository that the registry has. */
export const open = ({ url }: FakeRegistry, credentials?: Credentials): Repository =>
  openRepository(url, 'base/app', credentials);
