import type { FakeRegistry } from './fake-registry.ts';

export const gzip = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** Larger than one chunk of any stream. */
export const baseLayer = Buffer.alloc(3_000_000, 'layer');

/** Puts a base image into the registry, for linux/amd64 within an index, and returns its reference. */
export function publishBase(registry: FakeRegistry, architecture = 'amd64'): string {
  const layer = registry.blob(baseLayer, gzip);
  const config = registry.blob(
    Buffer.from(
      JSON.stringify({
        os: 'linux',
        architecture,
        config: { Env: ['PATH=/usr/bin'] },
        rootfs: { type: 'layers', diff_ids: [`sha256:${'a'.repeat(64)}`] },
      }),
    ),
    'application/vnd.oci.image.config.v1+json',
  );
  const digest = registry.manifest({ schemaVersion: 2, config, layers: [layer] });
  const index = registry.manifest(
    {
      schemaVersion: 2,
      manifests: [
        {
          digest: `sha256:${'f'.repeat(64)}`,
          size: 1,
          mediaType: 'x',
          platform: { os: 'linux', architecture: 'arm64' },
        },
        { digest, size: 1, mediaType: 'x', platform: { os: 'linux', architecture: 'amd64' } },
      ],
    },
    'application/vnd.oci.image.index.v1+json',
  );
  return `${new URL(registry.url).host}/base/app@${index}`;
}
