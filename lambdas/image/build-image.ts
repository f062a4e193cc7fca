import { ResourceFailedError } from '../errors.ts';
import type { Layer } from './layer.ts';
import { type Descriptor, type Digest, digestOf } from './reference.ts';

/** The one platform that task definitions ask for; said in so many words, never taken from the machine at hand. */
const platform = { os: 'linux', architecture: 'amd64' } as const;

/** The parts of an image manifest that matter here, OCI's or Docker's schema 2. */
export interface Manifest {
  readonly schemaVersion?: number;
  readonly mediaType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface Index {
  readonly manifests: readonly (Descriptor & {
    readonly platform?: { readonly os?: string; readonly architecture?: string };
  })[];
}

/** The parts of an image configuration that matter here; all others are kept as they are. */
export interface ImageConfig {
  readonly os?: string;
  readonly architecture?: string;
  readonly created?: string;
  readonly config?: { readonly Env?: readonly string[]; readonly [key: string]: unknown };
  readonly rootfs?: { readonly type?: string; readonly diff_ids?: readonly string[] };
  readonly history?: readonly object[];
  readonly [key: string]: unknown;
}

export interface BuiltImage {
  /** Of the manifest: what task definitions pin. */
  readonly digest: Digest;
  readonly tag: string;
  readonly manifest: { readonly mediaType: string; readonly bytes: Uint8Array };
  readonly config: Descriptor & { readonly bytes: Uint8Array };
  readonly app: Descriptor & { readonly bytes: Uint8Array };
  /** The base image's layers, in the finished image's terms. */
  readonly base: readonly Descriptor[];
}

const oci = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/**
 * A manifest is of one family, OCI's or Docker's, and so are its layers' names. Ours is OCI's whatever the base is: the
 * blobs are the same bytes. Layers that may not be distributed (Windows) have no place on the platform.
 */
const layerTypes: Readonly<Record<string, string>> = {
  [oci.layer]: oci.layer,
  'application/vnd.oci.image.layer.v1.tar': 'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.v1.tar+zstd': 'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.docker.image.rootfs.diff.tar.gzip': oci.layer,
  'application/vnd.docker.image.rootfs.diff.tar': 'application/vnd.oci.image.layer.v1.tar',
};

/** What a push needs: an image of ours, or one that is copied as it stands. */
export interface PushableImage extends Pick<BuiltImage, 'digest' | 'tag' | 'manifest' | 'config' | 'base'> {
  /** Absent: all layers are where the image comes from. */
  readonly app?: BuiltImage['app'];
}

/** The content tag: immutable by construction. 64 bits are more than enough for one repository. */
export const contentTag = (digest: Digest): string => digest.slice('sha256:'.length, 'sha256:'.length + 16);

/**
 * The platform's manifest in an index.
 * @throws {ResourceFailedError} if the index has none
 */
export function manifestFor(index: Index, name: string): Descriptor {
  const found = index.manifests.find(
    (entry) => entry.platform?.os === platform.os && entry.platform.architecture === platform.architecture,
  );
  if (found !== undefined) return found;
  const offered = index.manifests.map((entry) => `${entry.platform?.os ?? '?'}/${entry.platform?.architecture ?? '?'}`);
  throw new ResourceFailedError(
    `image ${name} has no ${platform.os}/${platform.architecture}, only ${offered.join(', ') || 'nothing'}`,
  );
}

/** @throws {ResourceFailedError} if the image is for another platform */
export function checkPlatform(name: string, { os, architecture }: ImageConfig): void {
  if (os !== platform.os || architecture !== platform.architecture)
    throw new ResourceFailedError(
      `image ${name} is for ${os}/${architecture} and not for ${platform.os}/${platform.architecture}`,
    );
}

/**
 * The finished image: the base, and the app as one more layer. Pure: the same base and app give the same digest, before
 * anything is pushed.
 * @throws {ResourceFailedError} if the base is for another platform or has layers of an unknown kind
 */
export function buildImage(
  name: string,
  base: { readonly manifest: Manifest; readonly config: ImageConfig },
  layer: Layer,
): BuiltImage {
  checkPlatform(name, base.config);
  const diffIds = base.config.rootfs?.diff_ids ?? [];
  if (diffIds.length !== base.manifest.layers.length)
    throw new ResourceFailedError(
      `image ${name} is inconsistent: ${base.manifest.layers.length} layers, ${diffIds.length} of them configured`,
    );

  const baseLayers = base.manifest.layers.map(({ mediaType, digest, size }): Descriptor => {
    const known = layerTypes[mediaType];
    if (known === undefined) throw new ResourceFailedError(`image ${name} has a layer of unknown type ${mediaType}`);
    return { mediaType: known, digest, size };
  });
  const app = { mediaType: oci.layer, digest: layer.digest, size: layer.bytes.length, bytes: layer.bytes };
  const config = blob(oci.config, configOf(base.config, diffIds, layer));
  const manifest = blob(oci.manifest, {
    schemaVersion: 2,
    mediaType: oci.manifest,
    config: descriptor(config),
    layers: [...baseLayers, descriptor(app)],
  });
  return { digest: manifest.digest, tag: contentTag(manifest.digest), manifest, config, app, base: baseLayers };
}

function configOf(base: ImageConfig, diffIds: readonly string[], layer: Layer): ImageConfig {
  // No entrypoint: the official image's is a shell script, and SIGTERM has to reach Node itself.
  const { Entrypoint: _, ...kept } = base.config ?? {};
  const created = base.created === undefined ? {} : { created: base.created };
  return {
    ...base,
    config: {
      ...kept,
      Env: withVariables(base.config?.Env ?? [], {
        NODE_ENV: 'production',
        // Named by the content of the app's layer: the image's own digest can't stand inside the image.
        VERSION: contentTag(layer.diffId),
      }),
      Cmd: ['node', '/app/src/server.ts'],
      WorkingDir: '/app',
      // `node` in the official images; by number, so that ECS and scanners see that it is not root.
      User: '1000:1000',
      ExposedPorts: { '8080/tcp': {} },
    },
    rootfs: { type: 'layers', diff_ids: [...diffIds, layer.diffId] },
    // The base's own time: a clock here would make every build another image.
    ...(base.history === undefined
      ? {}
      : { history: [...base.history, { ...created, created_by: 'slipway: the app in /app' }] }),
  };
}

function withVariables(env: readonly string[], set: Readonly<Record<string, string>>): string[] {
  const kept = env.filter((entry) => !Object.hasOwn(set, entry.split('=', 1)[0] ?? ''));
  return [...kept, ...Object.entries(set).map(([name, value]) => `${name}=${value}`)];
}

function blob(mediaType: string, content: object): Descriptor & { bytes: Uint8Array } {
  const bytes = Buffer.from(JSON.stringify(content));
  return { mediaType, digest: digestOf(bytes), size: bytes.length, bytes };
}

const descriptor = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });
