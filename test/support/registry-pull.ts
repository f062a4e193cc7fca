import { createHash } from 'node:crypto';
import { request } from 'node:http';

export interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

interface Manifest {
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface Pulled {
  readonly manifestDigest: string;
  readonly manifest: Manifest;
  /** The configuration first, then the layers. */
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly data: Buffer }[];
}

/**
 * Pulls an image as the OCI distribution specification says, and shares no code with what pushed it. `endpoint` is where
 * the registry really listens: ECR's names don't resolve to this machine, and `fetch` sets no Host.
 */
export async function pull(
  endpoint: string,
  host: string,
  repository: string,
  reference: string,
  { blobs = true }: { readonly blobs?: boolean } = {},
): Promise<Pulled> {
  const get = (path: string, accept: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      request(`${endpoint}/v2/${repository}/${path}`, { headers: { host, accept } }, (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('error', reject);
        reply.on('end', () => {
          if (reply.statusCode === 200) resolve(Buffer.concat(chunks));
          else reject(new Error(`GET ${path} of ${host} answered ${reply.statusCode}`));
        });
      })
        .on('error', reject)
        .end();
    });
  const text = await get(`manifests/${reference}`, 'application/vnd.oci.image.manifest.v1+json');
  const manifest = JSON.parse(text.toString('utf8')) as Manifest;
  const wanted = blobs ? [manifest.config, ...manifest.layers] : [];
  return {
    manifestDigest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    manifest,
    blobs: await Promise.all(
      wanted.map(async (descriptor) => ({ descriptor, data: await get(`blobs/${descriptor.digest}`, '*/*') })),
    ),
  };
}
