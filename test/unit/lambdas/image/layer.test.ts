import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { extract, type Header } from 'tar-stream';
import { appFiles } from '../../../../lambdas/image/app-files.ts';
import { type AppFile, layerOf } from '../../../../lambdas/image/layer.ts';
import { digestOf } from '../../../../lambdas/image/reference.ts';

const file = (path: string, text: string): AppFile => ({ path, bytes: Buffer.from(text) });
const files = [file('app/src/server.ts', 'serve()'), file('app/package.json', '{}'), file('app/src/Z.ts', '')];

async function entries(bytes: Uint8Array): Promise<{ header: Header; text: string }[]> {
  const tar = extract();
  Readable.from([gunzipSync(bytes)]).pipe(tar);
  const found: { header: Header; text: string }[] = [];
  for await (const entry of tar) {
    let text = '';
    for await (const chunk of entry) text += chunk;
    found.push({ header: entry.header, text });
  }
  return found;
}

describe('a layer', () => {
  test('is the same to the byte whatever the order of its files', async () => {
    const [one, other] = [await layerOf(files), await layerOf([...files].reverse())];
    expect(Buffer.compare(one.bytes, other.bytes)).toBe(0);
    expect(other).toEqual(one);
  });

  /** Written down, so that a new Node, zlib or tar-stream that changes it is noticed: it would change every digest. */
  test('is the same to the byte on every machine and in every version', async () => {
    expect((await layerOf(files)).digest).toBe(
      'sha256:c7d87fd245f02d29508683fbae9c46c807ee878e3a845b7cab6387e9055a0a09',
    );
  });

  test('differs with a byte of its content', async () => {
    const other = await layerOf([...files.slice(1), file('app/src/server.ts', 'serve();')]);
    expect(other.digest).not.toBe((await layerOf(files)).digest);
  });

  test('is named by its compressed bytes, and by the tar inside', async () => {
    const { bytes, digest, diffId } = await layerOf(files);
    expect([digestOf(bytes), digestOf(gunzipSync(bytes))]).toEqual([digest, diffId]);
  });

  test('holds parents first, then files by name, without times, owners or surprising modes', async () => {
    const found = await entries((await layerOf(files)).bytes);
    expect(found.map(({ header }) => [header.name, header.type, header.mode])).toEqual([
      ['app/', 'directory', 0o755],
      ['app/src/', 'directory', 0o755],
      ['app/package.json', 'file', 0o644],
      ['app/src/Z.ts', 'file', 0o644],
      ['app/src/server.ts', 'file', 0o644],
    ]);
    for (const { header } of found)
      expect([header.mtime?.getTime(), header.uid, header.gid, header.uname, header.gname]).toEqual([0, 0, 0, '', '']);
    expect(found.at(-1)?.text).toBe('serve()');
  });

  test('names neither a time nor an operating system in its gzip header', async () => {
    const { bytes } = await layerOf(files);
    expect([...bytes.slice(4, 8), bytes[9]]).toEqual([0, 0, 0, 0, 255]);
  });
});

describe("the app's files", () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slipway-app-'));
    await mkdir(join(directory, 'src/deep'), { recursive: true });
    await mkdir(join(directory, 'test'));
    for (const path of ['package.json', 'Dockerfile', 'src/server.ts', 'src/deep/a.ts', 'test/server.test.ts'])
      await writeFile(join(directory, path), path);
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('are the package and its sources, below app/', async () => {
    const found = await appFiles(directory);
    expect(found.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()])).toEqual([
      ['app/package.json', 'package.json'],
      ['app/src/deep/a.ts', 'src/deep/a.ts'],
      ['app/src/server.ts', 'src/server.ts'],
    ]);
  });

  test('make the same layer when they were written at another time', async () => {
    const before = await layerOf(await appFiles(directory));
    await utimes(join(directory, 'src/server.ts'), 1, 1);
    expect(await layerOf(await appFiles(`${directory}/`))).toEqual(before);
  });

  test('are refused without a server to start', async () => {
    await rm(join(directory, 'src/server.ts'));
    await expect(appFiles(directory)).rejects.toThrow(/src\/server\.ts is missing/);
  });
});
