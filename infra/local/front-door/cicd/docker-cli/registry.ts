import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { Images } from '../../docker/images.ts';
import { type Reference, RegistryClient, referenceOf, regionOf } from '../../docker/registry-client.ts';
import type { Store, StoredImage } from './store.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';

interface ManifestDocument {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number; readonly mediaType: string }[];
}

/** Pulls an image for linux/amd64 into the store; what is unpacked below `cache` is shared by all builds. */
export async function pull(name: string, store: Store, cache: string, frontDoor: string): Promise<StoredImage> {
  const client = new RegistryClient({ endpoint: frontDoor });
  const { digest, rootfs, config } = await new Images(cache, client).pull(name, 'amd64');
  const reference: Reference = { ...referenceOf(name), version: digest };
  const manifest = JSON.parse((await client.manifest(reference)).data.toString('utf8')) as ManifestDocument;
  const document = JSON.parse((await client.blob(reference, manifest.config.digest)).toString('utf8')) as {
    rootfs: { diff_ids: readonly string[] };
  };
  const image: StoredImage = {
    rootfs,
    config: { ...config },
    layers: manifest.layers.map((layer, index) => ({
      digest: layer.digest,
      size: layer.size,
      mediaType: layer.mediaType,
      diffId: document.rootfs.diff_ids[index] ?? '',
      from: `${reference.host}/${reference.repository}@${digest}`,
    })),
  };
  await store.put(name, image);
  return image;
}

const sha256 = (data: Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;

/** The image's manifest and configuration, which its digest follows from. */
export function manifestOf({ config, layers }: StoredImage): { manifest: Buffer; config: Buffer; digest: string } {
  const configuration = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: configType, digest: sha256(configuration), size: configuration.length },
      layers: layers.map(({ digest, size, mediaType }) => ({ mediaType, digest, size })),
    }),
  );
  return { manifest, config: configuration, digest: sha256(manifest) };
}

/** Pushes by the registry's protocol (OCI distribution specification): blobs that are missing, then the manifest. */
export async function push(
  image: StoredImage,
  target: string,
  store: Store,
  frontDoor: string,
  credentials: string,
): Promise<string> {
  const reference = referenceOf(target);
  const registry = new PushTarget(reference, frontDoor, credentials);
  for (const { digest, from } of image.layers)
    await registry.blob(digest, () =>
      from === undefined
        ? readFile(store.blob(digest))
        : new RegistryClient({ endpoint: frontDoor }).blob(referenceOf(from), digest),
    );
  const { manifest, config, digest } = manifestOf(image);
  await registry.blob(sha256(config), async () => config);
  await registry.manifest(manifest);
  return digest;
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

class PushTarget {
  readonly #reference: Reference;
  readonly #base: string;
  readonly #credentials: string;

  constructor(reference: Reference, frontDoor: string, credentials: string) {
    this.#reference = reference;
    // ECR's registries are the front door under their own name.
    this.#base = regionOf(reference.host) === undefined ? `http://${reference.host}` : frontDoor;
    this.#credentials = credentials;
  }

  async blob(digest: string, content: () => Promise<Buffer>): Promise<void> {
    const { repository } = this.#reference;
    const there = await this.#send('HEAD', `/v2/${repository}/blobs/${digest}`);
    if (there.status === 200) return;
    const begun = await this.#expect(202, 'POST', `/v2/${repository}/blobs/uploads/`);
    const upload = new URL(begun.location ?? '', this.#base);
    upload.searchParams.set('digest', digest);
    await this.#expect(201, 'PUT', upload.pathname + upload.search, await content(), 'application/octet-stream');
  }

  async manifest(data: Buffer): Promise<void> {
    const { repository, version } = this.#reference;
    await this.#expect(201, 'PUT', `/v2/${repository}/manifests/${version}`, data, manifestType);
  }

  async #expect(status: number, method: string, path: string, body?: Buffer, type?: string): Promise<Answer> {
    const answer = await this.#send(method, path, body, type);
    if (answer.status === status) return answer;
    throw new Error(`${this.#reference.host}: ${method} ${path} answered ${answer.status}: ${answer.text}`);
  }

  #send(method: string, path: string, body?: Buffer, type?: string): Promise<Answer> {
    const headers = {
      host: this.#reference.host,
      authorization: `Basic ${this.#credentials}`,
      'content-length': body?.length ?? 0,
      ...(type === undefined ? {} : { 'content-type': type }),
    };
    return new Promise((resolve, reject) => {
      const request = httpRequest(new URL(path, this.#base), { method, headers }, async (reply) => {
        const chunks: Buffer[] = [];
        for await (const chunk of reply) chunks.push(chunk as Buffer);
        resolve({
          status: reply.statusCode ?? 0,
          location: reply.headers.location,
          text: Buffer.concat(chunks).toString('utf8'),
        });
      });
      request.once('error', reject);
      request.end(body);
    });
  }
}
