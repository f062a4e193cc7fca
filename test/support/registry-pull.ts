import { createHash } from 'node:crypto';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { Provisioner } from './provisioner.ts';

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

/** A region's registry, as `docker login` learns of it. */
export interface Registry {
  readonly endpoint: string;
  readonly user: string;
  readonly password: string;
}

export async function registryIn(provisioner: Provisioner, region: string): Promise<Registry> {
  const { authorizationData } = await provisioner.client(ECRClient, region).send(new GetAuthorizationTokenCommand({}));
  const { proxyEndpoint = '', authorizationToken = '' } = authorizationData?.[0] ?? {};
  const [user = '', password = ''] = Buffer.from(authorizationToken, 'base64').toString('utf8').split(':');
  return { endpoint: proxyEndpoint, user, password };
}

/** Reads an image as the OCI distribution specification says, and shares no code with what pushed it. */
export class RegistryReader {
  readonly #root: string;
  readonly #authorization: string;

  constructor({ endpoint, user, password }: Registry, repository: string) {
    this.#root = `${endpoint}/v2/${repository}`;
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  }

  async manifest(reference: string): Promise<{ readonly digest: string; readonly manifest: Manifest }> {
    const data = await this.#get(`manifests/${reference}`, 'application/vnd.oci.image.manifest.v1+json');
    return { digest: sha256(data), manifest: JSON.parse(data.toString('utf8')) as Manifest };
  }

  blob({ digest }: Descriptor): Promise<Buffer> {
    return this.#get(`blobs/${digest}`, '*/*');
  }

  async #get(path: string, accept: string): Promise<Buffer> {
    const reply = await fetch(`${this.#root}/${path}`, { headers: { accept, authorization: this.#authorization } });
    if (!reply.ok) throw new Error(`GET ${this.#root}/${path} answered ${reply.status}`);
    return Buffer.from(await reply.arrayBuffer());
  }
}

export const sha256 = (data: Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;
