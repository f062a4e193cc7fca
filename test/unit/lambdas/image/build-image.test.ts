import { describe, expect, test } from '@jest/globals';
import { buildImage, type ImageConfig, type Manifest, manifestFor } from '../../../../lambdas/image/build-image.ts';
import { layerOf } from '../../../../lambdas/image/layer.ts';
import type { Digest } from '../../../../lambdas/image/reference.ts';
import { digestOf } from '../../../../lambdas/image/reference.ts';

const name = 'example.com/node';
const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const layerBytes = Buffer.from('layer');
const layer = { bytes: layerBytes, digest: digestOf(layerBytes), diffId: digest('d') };

const ociGzip = 'application/vnd.oci.image.layer.v1.tar+gzip';
const manifest = (...types: string[]): Manifest => ({
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digest('c'), size: 10 },
  layers: types.map((mediaType, index) => ({ mediaType, digest: digest(`${index}`), size: index + 1 })),
});
const config = (overrides: Partial<ImageConfig> = {}): ImageConfig => ({
  os: 'linux',
  architecture: 'amd64',
  created: '2026-01-02T03:04:05Z',
  config: {
    Env: ['PATH=/usr/bin', 'NODE_VERSION=24.0.0', 'NODE_ENV=development'],
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['node'],
    Labels: { maintainer: 'somebody' },
  },
  rootfs: { type: 'layers', diff_ids: [digest('a')] },
  history: [{ created_by: 'base' }],
  ...overrides,
});
const read = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString());

describe('the finished image', () => {
  const built = buildImage(name, { manifest: manifest(ociGzip), config: config() }, layer);

  test('is the base and the app on top of it', () => {
    const { layers, config: configured } = read(built.manifest.bytes);
    expect(layers).toEqual([
      { mediaType: ociGzip, digest: digest('0'), size: 1 },
      { mediaType: ociGzip, digest: layer.digest, size: 5 },
    ]);
    expect(configured).toEqual({
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(built.config.bytes),
      size: built.config.bytes.length,
    });
  });

  test('is named by its manifest, and tagged by the first 16 digits of that', () => {
    expect(built.digest).toBe(digestOf(built.manifest.bytes));
    expect(built.tag).toBe(built.digest.slice(7, 23));
  });

  test('is the same for the same base and app, and another for another base', () => {
    const again = buildImage(name, { manifest: manifest(ociGzip), config: config() }, layer);
    const other = buildImage(name, { manifest: manifest(ociGzip), config: config({ created: '2026-01-02' }) }, layer);
    expect(again).toEqual(built);
    expect(other.digest).not.toBe(built.digest);
  });

  test('starts Node itself, as nobody special, on port 8080', () => {
    expect(read(built.config.bytes).config).toEqual({
      Env: ['PATH=/usr/bin', 'NODE_VERSION=24.0.0', 'NODE_ENV=production', `VERSION=${'d'.repeat(16)}`],
      Cmd: ['node', '/app/src/server.ts'],
      WorkingDir: '/app',
      User: '1000:1000',
      ExposedPorts: { '8080/tcp': {} },
      Labels: { maintainer: 'somebody' },
    });
  });

  test("is for the base's platform and has a history and an uncompressed name for each layer", () => {
    const { os, architecture, rootfs, history } = read(built.config.bytes);
    expect([os, architecture, rootfs]).toEqual([
      'linux',
      'amd64',
      { type: 'layers', diff_ids: [digest('a'), digest('d')] },
    ]);
    expect(history).toEqual([
      { created_by: 'base' },
      { created: '2026-01-02T03:04:05Z', created_by: 'slipway: the app in /app' },
    ]);
  });

  test("is of OCI's family also where the base is of Docker's", () => {
    const types = ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'application/vnd.docker.image.rootfs.diff.tar'];
    const base = config({ rootfs: { type: 'layers', diff_ids: [digest('a'), digest('b')] } });
    const { mediaType, layers } = read(
      buildImage(name, { manifest: manifest(...types), config: base }, layer).manifest.bytes,
    );
    expect([mediaType, ...layers.map((entry: { mediaType: string }) => entry.mediaType)]).toEqual([
      'application/vnd.oci.image.manifest.v1+json',
      ociGzip,
      'application/vnd.oci.image.layer.v1.tar',
      ociGzip,
    ]);
  });
});

describe('a base is refused', () => {
  const cases: [string, Manifest, ImageConfig, RegExp][] = [
    [
      'for another processor',
      manifest(ociGzip),
      config({ architecture: 'arm64' }),
      /is for linux\/arm64 and not for linux\/amd64/,
    ],
    ['for another system', manifest(ociGzip), config({ os: 'windows' }), /is for windows\/amd64/],
    [
      'with layers that may not be distributed',
      manifest('application/vnd.docker.image.rootfs.unmanaged.diff.tar.gzip'),
      config(),
      /layer of unknown type/,
    ],
    ['whose configuration names other layers', manifest(ociGzip, ociGzip), config(), /inconsistent: 2 layers, 1/],
  ];
  test.each(cases)('%s', (_, of, configured, message) => {
    expect(() => buildImage(name, { manifest: of, config: configured }, layer)).toThrow(message);
  });
});

describe('of an index', () => {
  const entry = (os: string, architecture: string, letter: string) => ({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: digest(letter),
    size: 1,
    platform: { os, architecture },
  });

  test('linux/amd64 is chosen, wherever it stands', () => {
    const index = {
      manifests: [entry('linux', 'arm64', '1'), entry('unknown', 'unknown', '2'), entry('linux', 'amd64', '3')],
    };
    expect(manifestFor(index, name).digest).toBe(digest('3'));
  });

  test('without linux/amd64 nothing is chosen, and the error says what there is', () => {
    expect(() => manifestFor({ manifests: [entry('linux', 'arm64', '1')] }, name)).toThrow(
      /no linux\/amd64, only linux\/arm64/,
    );
  });
});

test('a real layer fits in', async () => {
  const real = await layerOf([{ path: 'app/src/server.ts', bytes: Buffer.from('1') }]);
  const built = buildImage(name, { manifest: manifest(ociGzip), config: config() }, real);
  expect(built.app).toMatchObject({ digest: real.digest, size: real.bytes.length });
});
