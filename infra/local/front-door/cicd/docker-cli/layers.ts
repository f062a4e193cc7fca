import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { pack } from 'tar-stream';

const compress = promisify(gzip);

/** Path below the root → what tells that it changed. */
export type Snapshot = ReadonlyMap<string, string>;

export async function snapshot(root: string): Promise<Snapshot> {
  const seen = new Map<string, string>();
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      const { mode, size, ctimeMs } = await lstat(join(root, path));
      // A directory changes with its entries: only its mode counts.
      seen.set(path, entry.isDirectory() ? `d${mode}` : `${mode}:${size}:${ctimeMs}`);
      if (entry.isDirectory()) await walk(path);
    }
  };
  await walk('');
  return seen;
}

export interface Layer {
  /** Gzipped. */
  readonly data: Buffer;
  readonly digest: string;
  /** Digest of the tar itself. */
  readonly diffId: string;
}

const sha256 = (data: Buffer): string => `sha256:${createHash('sha256').update(data).digest('hex')}`;

/** What changed since a snapshot, as a layer: the same changes give the same digest, since times and owners are left out. */
export async function layerOf(root: string, before: Snapshot, after: Snapshot): Promise<Layer | undefined> {
  const changed = [...after.keys()].filter((path) => after.get(path) !== before.get(path)).sort();
  const gone = [...before.keys()].filter((path) => !after.has(path)).sort();
  // Below a directory that is gone, everything is.
  const removed = gone.filter((path) => !gone.some((other) => path.startsWith(`${other}/`)));
  if (changed.length === 0 && removed.length === 0) return undefined;

  const tar = pack();
  const chunks: Buffer[] = [];
  const packed = (async () => {
    for await (const chunk of tar) chunks.push(chunk as Buffer);
  })();
  const common = { mtime: new Date(0), uid: 0, gid: 0 };
  for (const path of changed) {
    const file = join(root, path);
    const status = await lstat(file);
    const mode = status.mode & 0o7777;
    if (status.isDirectory()) tar.entry({ ...common, name: `${path}/`, type: 'directory', mode });
    else if (status.isSymbolicLink())
      tar.entry({ ...common, name: path, type: 'symlink', mode, linkname: await readlink(file) });
    else if (status.isFile()) tar.entry({ ...common, name: path, mode }, await readFile(file));
  }
  for (const path of removed) {
    const at = path.lastIndexOf('/') + 1;
    tar.entry({ ...common, name: `${path.slice(0, at)}.wh.${path.slice(at)}`, mode: 0o644 }, '');
  }
  tar.finalize();
  await packed;
  const plain = Buffer.concat(chunks);
  const data = await compress(plain);
  return { data, digest: sha256(data), diffId: sha256(plain) };
}
