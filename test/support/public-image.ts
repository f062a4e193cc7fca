import { digestOf } from '../../lambdas/image/reference.ts';

// An image without layers, for tests that only need one to be there.

const config = '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}';
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(Buffer.from(config)),
    size: config.length,
  },
  layers: [],
});

export const publicDigest = digestOf(Buffer.from(manifest));

/** How it is named, pinned by digest. */
export const publicImage = `127.0.0.1:5/base@${publicDigest}`;

/** In place of `fetch`: what its registry answers. */
export const fetchPublicImage: typeof fetch = async (url) =>
  new Response(String(url).includes('/manifests/') ? manifest : config);
