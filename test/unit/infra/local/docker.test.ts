import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Header, pack } from 'tar-stream';
import { Container, frame, programOf, variables } from '../../../../infra/local/front-door/docker/containers.ts';
import { applyLayer } from '../../../../infra/local/front-door/docker/images.ts';
import { inOwnRoot } from '../../../../infra/local/front-door/docker/own-root.ts';
import { referenceOf, regionOf } from '../../../../infra/local/front-door/docker/registry-client.ts';
import { fillRoot } from '../../../support/container-root.ts';

test.each([
  ['1.dkr.ecr.us-east-1.amazonaws.com/a/b:v1', '1.dkr.ecr.us-east-1.amazonaws.com', 'a/b', 'v1'],
  ['localhost:4610/slipway/node@sha256:00', 'localhost:4610', 'slipway/node', 'sha256:00'],
  ['h/a:v1@sha256:00', 'h', 'a', 'sha256:00'],
  ['h/a', 'h', 'a', 'latest'],
])('%s is taken apart', (image, host, repository, version) => {
  expect(referenceOf(image)).toEqual({ host, repository, version });
});

test("a registry's region is in its name", () => {
  expect(regionOf('000000000000.dkr.ecr.us-west-2.amazonaws.com')).toBe('us-west-2');
  expect(regionOf('localhost:4610')).toBeUndefined();
});

test('later variables win, and a value may hold an equals sign', () => {
  expect(variables(['A=1', 'B=x=y'], null, ['A=2', 'C'])).toEqual({ A: '2', B: 'x=y', C: '' });
});

test('a program is found inside the image', () => {
  const exists = (file: string) => file === '/root/usr/local/bin/node';
  expect(programOf('node', '/root', '/bin:/usr/local/bin', exists)).toBe('/root/usr/local/bin/node');
  expect(programOf('/bin/sh', '/root', '', exists)).toBe('/root/bin/sh');
  expect(() => programOf('python', '/root', '/bin', exists)).toThrow('executable file not found');
});

test('a log frame has its stream and length', () => {
  expect([...frame(2, Buffer.from('hi'))]).toEqual([2, 0, 0, 0, 0, 0, 0, 2, 104, 105]);
});

describe('layers', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'slipway-layers-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function layer(...entries: readonly (Partial<Header> & { name: string; content?: string })[]): Promise<Buffer> {
    const tar = pack();
    for (const { content, ...header } of entries) tar.entry(header, content ?? '');
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    return gzipSync(Buffer.concat(chunks));
  }
  const content = (name: string) => readFile(join(root, name), 'utf8').catch(() => undefined);

  test('a later layer replaces and removes', async () => {
    await applyLayer(
      await layer({ name: 'a/one', content: '1' }, { name: 'a/two', content: '2' }, { name: 'b/x', content: 'x' }),
      root,
    );
    await applyLayer(
      await layer(
        { name: 'a/one', content: 'new' },
        { name: 'a/.wh.two' },
        { name: 'b/.wh..wh..opq' },
        { name: 'b/y', content: 'y' },
      ),
      root,
    );
    expect([await content('a/one'), await content('a/two'), await content('b/x'), await content('b/y')]).toEqual([
      'new',
      undefined,
      undefined,
      'y',
    ]);
  });
  test('modes and links are kept', async () => {
    await applyLayer(
      await layer({ name: 'bin/x', mode: 0o755, content: 'x' }, { name: 'bin/y', type: 'symlink', linkname: 'x' }),
      root,
    );
    expect((await stat(join(root, 'bin/x'))).mode & 0o777).toBe(0o755);
    expect(await content('bin/y')).toBe('x');
  });
  test('an entry that leaves the root is refused', async () => {
    await expect(applyLayer(await layer({ name: '../evil', content: 'x' }), root)).rejects.toThrow('leaves the root');
  });
});

describe('a container', () => {
  let rootfs = '';
  beforeEach(async () => {
    rootfs = await mkdtemp(join(tmpdir(), 'slipway-root-'));
    fillRoot(rootfs);
    await writeFile(join(rootfs, 'said'), 'from the image');
  });
  afterEach(() => rm(rootfs, { recursive: true }));

  const started = (script: string): Container => {
    const image = { digest: 'sha256:0', rootfs, config: { Env: ['PATH=/usr/bin'], WorkingDir: '/etc' } };
    const container = new Container('one', { Image: 'app', Cmd: ['sh', '-c', script] }, image, '127.0.0.9');
    container.start();
    return container;
  };
  const output = (container: Container): string =>
    container.logs.map((entry) => entry.subarray(8).toString('utf8')).join('');
  const script = `cat ../said; echo " $HOST $PATH"; [ ! -e ${tmpdir()}/../home ] && echo alone > /dev/null && echo alone; exit 3`;

  test('of an image on the local base runs among this machine’s files, the image’s programs first', async () => {
    const container = started('cat ../said');
    await container.ended();
    expect([container.exitCode, output(container)]).toEqual([0, 'from the image']);
  });

  const title = 'of any other image has that as its root, and gets its signals';
  if (inOwnRoot('/', '/', '', []) === undefined) test.todo(`${title}: neither root nor user namespaces allow it here`);
  else
    test(title, async () => {
      await rm(join(rootfs, 'usr/local/bin/node'));
      const container = started(script);
      await container.ended();
      expect([container.exitCode, output(container)]).toEqual([3, 'from the image 127.0.0.9 /usr/bin\nalone\n']);

      const endless = started('echo ready; while :; do :; done');
      await new Promise((resolve) => endless.once('log', resolve));
      await endless.stop(60);
      expect(endless.exitCode).toBe(143);
    });
});
