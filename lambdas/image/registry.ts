import { ResourceFailedError } from '../errors.ts';
import { type Descriptor, type Digest, digestOf, isDigest, maySendTo } from './reference.ts';
import { collect, mismatch, refusal, request, upload, verified } from './transfer.ts';

export interface ManifestAnswer extends Descriptor {
  readonly bytes: Uint8Array;
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/**
 * One repository of a registry that speaks the OCI distribution protocol (v1.1): what pulling a base image and pushing
 * a finished one need, no more.
 *
 * Whatever is downloaded is verified against its digest. Errors: `TransientError` for what a repeat may mend (connection
 * lost, 429, 5xx), `ResourceFailedError` for the rest.
 */
export interface Repository {
  /** The manifest's digest, or undefined if the repository has none under that tag or digest. */
  manifestDigest(reference: string): Promise<Digest | undefined>;
  manifest(digest: Digest): Promise<ManifestAnswer>;
  hasBlob(digest: Digest): Promise<boolean>;
  /** A small blob, whole. */
  document(blob: Descriptor): Promise<Uint8Array>;
  /** A blob of any size; the stream fails at its end if it was not what the descriptor says. */
  stream(blob: Descriptor): Promise<ReadableStream<Uint8Array>>;
  /** `open` is asked for the content only if the repository doesn't have it. Returns whether it was sent. */
  pushBlob(blob: Descriptor, open: () => Promise<ReadableStream<Uint8Array> | Uint8Array>): Promise<boolean>;
  putManifest(reference: string, mediaType: string, bytes: Uint8Array): Promise<void>;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** `endpoint` is the registry's URL without `/v2/`. Without credentials, tokens that a public registry hands out are used. */
export function openRepository(endpoint: string, repository: string, credentials?: Credentials): Repository {
  const base = new URL(`/v2/${repository}/`, endpoint);
  const basic =
    credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  let authorization = basic;

  /** Only to the registry itself: uploads may be sent elsewhere, and such addresses carry their own signature. */
  const authorized = (url: URL): Record<string, string> =>
    authorization !== undefined && url.origin === base.origin ? { authorization } : {};

  async function call(what: string, url: URL, init: RequestInit = {}): Promise<Response> {
    const send = () => request(what, url, { ...init, headers: { ...init.headers, ...authorized(url) } });
    const answer = await send();
    if (answer.status !== 401) return answer;
    const challenge = answer.headers.get('www-authenticate') ?? '';
    const token = await bearerToken(what, challenge);
    if (token === undefined) return answer;
    await answer.body?.cancel();
    authorization = `Bearer ${token}`;
    return send();
  }

  /** The token that the challenge asks for (the distribution project's token specification); undefined if it asks otherwise. */
  async function bearerToken(what: string, challenge: string): Promise<string | undefined> {
    if (!/^bearer /i.test(challenge)) return undefined;
    const asked = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
    if (asked.realm === undefined || !URL.canParse(asked.realm)) return undefined;
    const url = new URL(asked.realm);
    if (!maySendTo(base, url))
      throw new ResourceFailedError(
        `${what}: the registry wants a token from ${url.origin}, which is not a public host over https`,
      );
    for (const name of ['service', 'scope'] as const) if (asked[name]) url.searchParams.set(name, asked[name]);
    const answer = await request(`${what}: token`, url, basic ? { headers: { authorization: basic } } : {});
    if (!answer.ok) throw await refusal(`${what}: token`, answer);
    const body: unknown = await answer.json();
    const { token, access_token } = body as { token?: unknown; access_token?: unknown };
    return typeof token === 'string' ? token : typeof access_token === 'string' ? access_token : undefined;
  }

  const name = (path: string): string => `${base.host}/${repository}/${path}`;

  async function hasBlob(digest: Digest): Promise<boolean> {
    const what = `HEAD ${name(`blobs/${digest}`)}`;
    const answer = await call(what, new URL(`blobs/${digest}`, base), { method: 'HEAD' });
    if (answer.ok) return true;
    if (answer.status === 404) return false;
    throw await refusal(what, answer);
  }

  async function getManifest(reference: string): Promise<ManifestAnswer> {
    const what = `GET ${name(`manifests/${reference}`)}`;
    const answer = await call(what, new URL(`manifests/${reference}`, base), { headers: { accept: manifestTypes } });
    if (!answer.ok || answer.body === null) throw await refusal(what, answer);
    const bytes = await collect(what, answer.body);
    const mediaType = (answer.headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
    return { mediaType, digest: digestOf(bytes), size: bytes.length, bytes };
  }

  async function stream(blob: Descriptor): Promise<ReadableStream<Uint8Array>> {
    const what = `GET ${name(`blobs/${blob.digest}`)}`;
    const answer = await call(what, new URL(`blobs/${blob.digest}`, base));
    if (!answer.ok || answer.body === null) throw await refusal(what, answer);
    return answer.body.pipeThrough(verified(what, blob));
  }

  return {
    async manifestDigest(reference) {
      const what = `HEAD ${name(`manifests/${reference}`)}`;
      const answer = await call(what, new URL(`manifests/${reference}`, base), {
        method: 'HEAD',
        headers: { accept: manifestTypes },
      });
      if (answer.status === 404) return undefined;
      if (!answer.ok) throw await refusal(what, answer);
      const digest = answer.headers.get('docker-content-digest');
      // The distribution spec makes the header optional: the manifest itself says it.
      if (digest === null) return (await getManifest(reference)).digest;
      if (!isDigest(digest)) throw new ResourceFailedError(`${what}: ${digest} is no digest`);
      return digest;
    },

    async manifest(digest) {
      const found = await getManifest(digest);
      if (found.digest !== digest) throw mismatch(`GET ${name(`manifests/${digest}`)}`, digest, found.digest);
      return found;
    },

    hasBlob,
    stream,
    document: async (blob) => collect(`GET ${name(`blobs/${blob.digest}`)}`, await stream(blob)),

    async pushBlob(blob, open) {
      if (await hasBlob(blob.digest)) return false;
      const started = `POST ${name('blobs/uploads/')}`;
      const session = await call(started, new URL('blobs/uploads/', base), { method: 'POST' });
      const location = session.headers.get('location');
      if (session.status !== 202 || location === null) throw await refusal(started, session);
      await session.body?.cancel();

      const url = new URL(location, base);
      url.searchParams.set('digest', blob.digest);
      const what = `PUT ${name(`blobs/${blob.digest}`)}`;
      await upload(what, url, { ...authorized(url), 'content-length': String(blob.size) }, await open());
      return true;
    },

    async putManifest(reference, mediaType, bytes) {
      const what = `PUT ${name(`manifests/${reference}`)}`;
      const answer = await call(what, new URL(`manifests/${reference}`, base), {
        method: 'PUT',
        headers: { 'content-type': mediaType },
        body: bytes,
      });
      if (answer.status !== 201) throw await refusal(what, answer);
      await answer.body?.cancel();
    },
  };
}
