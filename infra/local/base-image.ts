import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { threadId } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { nodeBinary, pathsOf } from './paths.ts';

const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** A finished base image: `blobs/sha256/<hex>` below `directory`, entered by the index's digest. */
export interface BaseImage {
  readonly directory: string;
  readonly digest: string;
}

const sha256 = (data: string | Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;
export const blobPath = (directory: string, digest: string): string => join(directory, 'blobs', ...digest.split(':'));

/**
 * Stands for the public Node image, which nobody can pull without a network: a link to this Node at its usual place, since
 * its 120 MB would only be copied about, below an index with one manifest a platform, so that a client has to choose. Made
 * once for each Node; the same input gives the same digests (no times, no owners).
 */
export async function ensureBaseImage(shared: string, nodeVersion: string): Promise<BaseImage> {
  const directory = join(pathsOf(shared).baseImage, sha256(`${nodeVersion} ${nodeBinary()}`).replace(':', '-'));
  const marker = join(directory, 'index.digest');
  const known = await readFile(marker, 'utf8').catch(() => undefined);
  if (known !== undefined) return { directory, digest: known };

  const draft = `${directory}.${process.pid}.${threadId}`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(join(draft, 'blobs', 'sha256'), { recursive: true });
  const put = async (mediaType: string, data: Buffer): Promise<Descriptor> => {
    const digest = sha256(data);
    await writeFile(blobPath(draft, digest), data);
    return { mediaType, digest, size: data.length };
  };
  const json = (mediaType: string, document: unknown) => put(mediaType, Buffer.from(JSON.stringify(document)));

  const manifestOf = async (architecture: string, layer: { descriptor: Descriptor; diffId: string }) => {
    const config = await json(mediaTypes.config, {
      architecture,
      os: 'linux',
      config: {
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', `NODE_VERSION=${nodeVersion}`],
        Cmd: ['node'],
      },
      rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    });
    const manifest = await json(mediaTypes.manifest, {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config,
      layers: [layer.descriptor],
    });
    return { ...manifest, platform: { architecture, os: 'linux' } };
  };

  const real = await putLayer(draft, (tar) => {
    for (const name of ['usr/', 'usr/local/', 'usr/local/bin/'])
      tar.entry({ name, type: 'directory', mode: 0o755, mtime: new Date(0) });
    tar.entry({ name: 'usr/local/bin/node', type: 'symlink', linkname: nodeBinary(), mode: 0o755, mtime: new Date(0) });
  });
  // The other platform holds no Node: whoever picks it gets an image that can't start, and notices.
  const other = await putLayer(draft, (tar) => {
    tar.entry({ name: 'usr/', type: 'directory', mode: 0o755, mtime: new Date(0) });
  });
  const index = await json(mediaTypes.index, {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [await manifestOf('arm64', other), await manifestOf('amd64', real)],
  });
  await writeFile(join(draft, 'index.digest'), index.digest);
  await rm(directory, { recursive: true, force: true });
  await rename(draft, directory);
  return { directory, digest: index.digest };
}

/** Writes a gzipped tar layer. */
async function putLayer(
  directory: string,
  fill: (tar: ReturnType<typeof pack>) => void,
): Promise<{ descriptor: Descriptor; diffId: string }> {
  const tar = pack();
  fill(tar);
  tar.finalize();
  const plain = await buffer(tar);
  const data = gzipSync(plain);
  const digest = sha256(data);
  await writeFile(blobPath(directory, digest), data);
  return { descriptor: { mediaType: mediaTypes.layer, digest, size: data.length }, diffId: sha256(plain) };
}
