import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import type { LocalCloud } from '@slipway/local-cloud';
import { layerOf } from '../../../lambdas/image/layer.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const app = `
  const http = require('node:http');
  const server = http.createServer((request, response) => {
    console.log('asked for ' + request.url);
    const answer = JSON.stringify({ url: request.url, forwardedFor: request.headers['x-forwarded-for'], node: process.version });
    setTimeout(() => response.end(answer), request.url === '/slow' ? 3000 : 0);
  });
  server.listen(Number(process.env.PORT), process.env.HOST);
  process.on('SIGTERM', () => process.exit(0));
`;

const digestOf = (data: Buffer) => `sha256:${createHash('sha256').update(data).digest('hex')}`;

/** Puts the app on the base image and pushes it; answers with the manifest's digest. */
export async function push({ baseImage }: LocalCloud, registry: string, token: string): Promise<string> {
  const base = async (path: string) => {
    const [, host = '', repository = ''] = /^([^/]+)\/(.+)@/.exec(baseImage) ?? [];
    return Buffer.from(await (await fetch(`http://${host}/v2/${repository}/${path}`)).arrayBuffer());
  };
  const json = async (path: string) => JSON.parse(String(await base(path)));
  const index = await json(`manifests/${baseImage.split('@')[1]}`);
  const chosen = index.manifests.find(
    (entry: { platform: { architecture: string } }) => entry.platform.architecture === 'amd64',
  );
  const manifest = await json(`manifests/${chosen.digest}`);
  const config = await json(`blobs/${manifest.config.digest}`);
  const layer = await layerOf([{ path: 'app/server.cjs', bytes: Buffer.from(app) }]);

  const headers = { authorization: `Basic ${token}` };
  const upload = async (data: Buffer) => {
    const started = await fetch(`${registry}/v2/app/blobs/uploads/`, { method: 'POST', headers });
    const location = new URL(started.headers.get('location') ?? '', registry);
    location.searchParams.set('digest', digestOf(data));
    const done = await fetch(location, { method: 'PUT', headers, body: data });
    expect(done.status).toBe(201);
    return { digest: digestOf(data), size: data.length };
  };
  const put = (reference: string, document: unknown) =>
    fetch(`${registry}/v2/app/manifests/${reference}`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': manifestType },
      body: JSON.stringify(document),
    });

  expect((await fetch(`${registry}/v2/`)).status).toBe(401);
  const absent = { mediaType: layerType, digest: `sha256:${'0'.repeat(64)}`, size: 1 };
  const refused = await put('bad', { schemaVersion: 2, mediaType: manifestType, config: absent, layers: [] });
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('MANIFEST_BLOB_UNKNOWN')]);

  const layers = [
    { mediaType: layerType, ...(await upload(await base(`blobs/${manifest.layers[0].digest}`))) },
    { mediaType: layerType, ...(await upload(Buffer.from(layer.bytes))) },
  ];
  const configured = {
    ...config,
    config: {
      ...config.config,
      Cmd: ['node', '/app/server.cjs'],
      WorkingDir: '/app',
      Env: [...config.config.Env, 'PORT=8080'],
    },
    rootfs: { type: 'layers', diff_ids: [...config.rootfs.diff_ids, layer.diffId] },
  };
  const uploaded = await upload(Buffer.from(JSON.stringify(configured)));
  const document = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...uploaded },
    layers,
  };
  expect((await put('v1', document)).status).toBe(201);
  return digestOf(Buffer.from(JSON.stringify(document)));
}
