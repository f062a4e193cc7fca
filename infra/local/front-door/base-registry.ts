import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { type BaseImage, blobPath } from '../base-image.ts';
import type { Route } from './server.ts';

const repository = 'slipway/node';
const prefix = `/v2/${repository}/`;

/** `/v2/slipway/node/…`: the base image by the registry's read protocol, as a public registry would serve it. */
export function baseRegistry(image: BaseImage): Route {
  return async (request, response, url) => {
    const { pathname } = url;
    const unsigned = request.headers.authorization?.startsWith('AWS4') !== true;
    if (pathname === '/v2/' && unsigned && !(request.headers.host ?? '').includes('.dkr.ecr.')) {
      response.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' }).end('{}');
      return true;
    }
    if (!pathname.startsWith(prefix)) return false;
    const refuse = (status: number, code: string) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code, message: pathname }] }));
      return true;
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'UNSUPPORTED');
    if (pathname === `${prefix}tags/list`) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ name: repository, tags: ['24'] }));
      return true;
    }
    const [, kind, reference = ''] = /^(manifests|blobs)\/([^/]+)$/.exec(pathname.slice(prefix.length)) ?? [];
    const digest = kind === 'manifests' && reference === '24' ? image.digest : reference;
    if (kind === undefined || !/^sha256:[0-9a-f]{64}$/.test(digest)) return refuse(404, 'MANIFEST_UNKNOWN');
    const path = blobPath(image.directory, digest);
    const size = (await stat(path).catch(() => undefined))?.size;
    if (size === undefined) return refuse(404, kind === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN');
    const type =
      kind === 'blobs'
        ? 'application/octet-stream'
        : (JSON.parse(await readFile(path, 'utf8')) as { mediaType: string }).mediaType;
    response.writeHead(200, { 'content-type': type, 'content-length': size, 'docker-content-digest': digest });
    if (request.method === 'HEAD') response.end();
    else createReadStream(path).pipe(response);
    return true;
  };
}
