import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { type Digest, digestOf } from './reference.ts';

export interface AppFile {
  /** Absolute path in the image without the leading slash: `app/src/server.ts`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface Layer {
  readonly bytes: Uint8Array;
  /** Of the compressed layer: how the registry names it. */
  readonly digest: Digest;
  /** Of the tar inside: how the image configuration names it. */
  readonly diffId: Digest;
}

/**
 * The files as an image layer, byte for byte the same for the same files, on whatever machine and from whatever file
 * system: sorted by path, no times, no owners, fixed modes.
 */
export async function layerOf(files: readonly AppFile[]): Promise<Layer> {
  const tar = pack();
  const collected = (async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return Buffer.concat(chunks);
  })();
  const fixed = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };
  for (const name of directories(files)) tar.entry({ ...fixed, name, type: 'directory', mode: 0o755 });
  for (const { path, bytes } of [...files].sort((a, b) => byBytes(a.path, b.path)))
    tar.entry({ ...fixed, name: path, type: 'file', mode: 0o644 }, Buffer.from(bytes));
  tar.finalize();

  const content = await collected;
  // Level 0 stores: compressors differ between processors and versions of zlib, and a few kB gain nothing from them.
  const bytes = gzipSync(content, { level: 0 });
  // Byte 9 of the header names the operating system that compressed: 255 is "unknown" (RFC 1952).
  bytes[9] = 255;
  return { bytes, digest: digestOf(bytes), diffId: digestOf(content) };
}

/** Every parent once, with the slash that marks a directory; sorted, so that parents stand before their children. */
function directories(files: readonly AppFile[]): string[] {
  const found = new Set<string>();
  for (const { path } of files) {
    const parts = path.split('/').slice(0, -1);
    for (let length = 1; length <= parts.length; length += 1) found.add(`${parts.slice(0, length).join('/')}/`);
  }
  return [...found].sort(byBytes);
}

/** Not by locale, which differs between machines. */
const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
