import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { copiedImage } from '../../lambdas/image/image.ts';
import { layerOf } from '../../lambdas/image/layer.ts';
import { digestOf } from '../../lambdas/image/reference.ts';

/** A registry of somebody's own that everybody may pull from, with one image: the base image's node and a server in it. */
export async function publish(
  baseImage: string,
  source: string,
): Promise<{ readonly server: Server; readonly reference: string }> {
  const base = await copiedImage(baseImage);
  const layer = await layerOf([{ path: 'srv/server.cjs', bytes: Buffer.from(source) }]);
  const { config: inherited, rootfs, ...rest } = JSON.parse(Buffer.from(base.image.config.bytes).toString());
  const config = Buffer.from(
    JSON.stringify({
      ...rest,
      config: { ...inherited, Cmd: ['node', '/srv/server.cjs'], WorkingDir: '/srv' },
      rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids, layer.diffId] },
    }),
  );
  const described = (mediaType: string, bytes: Uint8Array) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: described('application/vnd.oci.image.config.v1+json', config),
      layers: [...base.image.base, described('application/vnd.oci.image.layer.v1.tar+gzip', layer.bytes)],
    }),
  );
  const kept = new Map<string, Uint8Array>([layer.bytes, config, manifest].map((bytes) => [digestOf(bytes), bytes]));
  const server = createServer(async ({ url = '', method }, response) => {
    const digest = url.split('/').at(-1) ?? '';
    const bytes = kept.get(digest);
    const inherits = base.image.base.find((each) => each.digest === digest);
    if (bytes !== undefined)
      response
        .writeHead(200, { 'content-type': mediaType, 'docker-content-digest': digest })
        .end(method === 'HEAD' ? undefined : bytes);
    else if (inherits === undefined) response.writeHead(404).end();
    else {
      response.writeHead(200);
      for await (const chunk of await base.source.stream(inherits)) response.write(chunk);
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, reference: `127.0.0.1:${(server.address() as AddressInfo).port}/acme/shop@${digestOf(manifest)}` };
}
