import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';

/** `host/repository:tag` or `host/repository@sha256:…`, taken apart. */
export interface Reference {
  readonly host: string;
  readonly repository: string;
  /** Tag or digest. */
  readonly version: string;
}

export function referenceOf(image: string): Reference {
  const [, host = '', rest = ''] = /^([^/]+)\/(.+)$/.exec(image) ?? [];
  const [repository = '', digest] = rest.split('@');
  if (digest !== undefined) return { host, repository: repository.replace(/:[^/:]+$/, ''), version: digest };
  const [, name = repository, tag = 'latest'] = /^(.*):([^/:]+)$/.exec(repository) ?? [];
  return { host, repository: name, version: tag };
}

/** The region of an ECR registry's host. */
export const regionOf = (host: string): string | undefined => /^\d+\.dkr\.ecr\.([a-z0-9-]+)\./.exec(host)?.[1];

export class RegistryError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'RegistryError';
    this.status = status;
  }
}

const digestOf = (data: Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

interface Fetched {
  readonly data: Buffer;
  readonly type: string;
}

/** Reads a registry: ECR's is ministack under the registry's own name, loopback ones are asked directly. */
export class RegistryClient {
  readonly #emulator: { readonly endpoint: string };
  constructor(emulator: { readonly endpoint: string }) {
    this.#emulator = emulator;
  }

  async manifest(reference: Reference): Promise<Fetched & { readonly digest: string }> {
    const found = await this.#get(reference, `manifests/${reference.version}`, manifestTypes);
    const digest = digestOf(found.data);
    if (reference.version.startsWith('sha256:') && digest !== reference.version) {
      throw new RegistryError(500, `manifest ${reference.version} of ${reference.repository} has digest ${digest}`);
    }
    return { ...found, digest };
  }

  async blob(reference: Reference, digest: string): Promise<Buffer> {
    const { data } = await this.#get(reference, `blobs/${digest}`, '*/*');
    const actual = digestOf(data);
    if (actual !== digest)
      throw new RegistryError(500, `blob ${digest} of ${reference.repository} has digest ${actual}`);
    return data;
  }

  #get(reference: Reference, path: string, accept: string): Promise<Fetched> {
    const { host, repository } = reference;
    const local = /^(localhost|127\.0\.0\.1):(\d+)$/.exec(host);
    if (regionOf(host) === undefined && local === null) {
      return Promise.reject(new RegistryError(500, `the local cloud has no registry ${host}`));
    }
    const base = local === null ? this.#emulator.endpoint : `http://127.0.0.1:${local[2]}`;
    return new Promise((resolve, reject) => {
      const request = httpRequest(`${base}/v2/${repository}/${path}`, { headers: { host, accept } }, async (reply) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of reply) chunks.push(chunk as Buffer);
          const data = Buffer.concat(chunks);
          if (reply.statusCode === 200) resolve({ data, type: reply.headers['content-type'] ?? '' });
          else {
            const what = `${host}/${repository}:${reference.version} not found: manifest unknown`;
            reject(new RegistryError(reply.statusCode ?? 502, reply.statusCode === 404 ? what : data.toString('utf8')));
          }
        } catch (error) {
          reject(error);
        }
      });
      request.on('error', reject);
      request.end();
    });
  }
}
