import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { build } from '../../../../../infra/local/front-door/cicd/docker-cli/builder.ts';
import { expand, parseDockerfile, words } from '../../../../../infra/local/front-door/cicd/docker-cli/dockerfile.ts';
import { manifestOf, push } from '../../../../../infra/local/front-door/cicd/docker-cli/registry.ts';
import { Store, type StoredImage } from '../../../../../infra/local/front-door/cicd/docker-cli/store.ts';
import { applyLayer } from '../../../../../infra/local/front-door/docker/images.ts';

let directory = '';
let store: Store;
const context = (): string => join(directory, 'context');

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-docker-'));
  store = new Store(join(directory, 'store'));
  await mkdir(join(directory, 'base', 'usr', 'local', 'bin'), { recursive: true });
  await writeFile(join(directory, 'base', 'usr', 'local', 'bin', 'tool'), '#!/bin/sh\necho from the image\n', {
    mode: 0o755,
  });
  await mkdir(join(context(), 'src'), { recursive: true });
  await writeFile(join(context(), 'src', 'server.ts'), 'one');
  await writeFile(join(context(), 'package.json'), '{}');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const base = (): StoredImage => ({
  rootfs: join(directory, 'base'),
  config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['tool'] },
  layers: [],
});

async function built(dockerfile: string, buildArguments: Readonly<Record<string, string>> = {}): Promise<StoredImage> {
  const file = join(directory, 'Dockerfile');
  await writeFile(file, dockerfile);
  return build({
    context: context(),
    dockerfile: file,
    buildArguments,
    store,
    pull: async () => base(),
    say: () => {},
  });
}

/** What the layers of an image hold, as whoever pulls it unpacks them. */
async function contents(image: StoredImage): Promise<string[]> {
  const root = join(directory, 'unpacked');
  await rm(root, { recursive: true, force: true });
  await mkdir(root);
  for (const { digest } of image.layers) await applyLayer(await readFile(store.blob(digest)), root);
  return execFileSync('find', ['.', '-type', 'f'], { cwd: root, encoding: 'utf8' }).trim().split('\n').sort();
}

describe('docker build', () => {
  test('honours stages, arguments, environment, directories and what an image says of itself', async () => {
    const image = await built(
      `ARG BASE
FROM --platform=linux/amd64 \${BASE} AS tested
WORKDIR /app
COPY package.json ./
RUN tool > said.txt && echo "$NODE_ENV-$VERSION" > variables.txt
FROM \${BASE}
WORKDIR /app
ARG VERSION=unknown
ENV NODE_ENV=production VERSION=\${VERSION} \\
    GREETING="hello world"
COPY --from=tested /app/said.txt ./
COPY src ./src
RUN echo "$NODE_ENV-$VERSION" > variables.txt
USER 1000:1000
EXPOSE 8080
ENTRYPOINT []
CMD ["node", "/app/src/server.ts"]
`,
      { BASE: 'base', VERSION: 'v2' },
    );
    expect(await contents(image)).toEqual(['./app/said.txt', './app/src/server.ts', './app/variables.txt']);
    expect(await readFile(join(directory, 'unpacked', 'app', 'said.txt'), 'utf8')).toBe('from the image\n');
    expect(await readFile(join(directory, 'unpacked', 'app', 'variables.txt'), 'utf8')).toBe('production-v2\n');
    expect(image.config).toEqual({
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'NODE_ENV=production', 'VERSION=v2', 'GREETING=hello world'],
      WorkingDir: '/app',
      User: '1000:1000',
      ExposedPorts: { '8080/tcp': {} },
      Entrypoint: [],
      Cmd: ['node', '/app/src/server.ts'],
    });
  });

  const plain = 'FROM base\nENV A=1\nCOPY src /src\nRUN echo x > /dev/null\n';

  test('gives the same digest for the same input, and another for another file or variable', async () => {
    const digest = async (dockerfile: string): Promise<string> => manifestOf(await built(dockerfile)).digest;
    const first = await digest(plain);
    expect(await digest(plain)).toBe(first);
    expect(await digest(plain.replace('A=1', 'A=2'))).not.toBe(first);
    await writeFile(join(context(), 'src', 'server.ts'), 'two');
    expect(await digest(plain)).not.toBe(first);
  });

  test('what a RUN removes is gone from the image', async () => {
    const image = await built('FROM base\nWORKDIR /app\nCOPY src ./src\nCOPY package.json ./\nRUN rm -r src\n');
    expect(await contents(image)).toEqual(['./app/package.json']);
  });

  test('whoever unpacks it gets the modes that a RUN gave, whatever its own umask', async () => {
    const image = await built(
      'FROM base\nWORKDIR /app\nRUN mkdir own && touch all own/file && chmod 700 own && chmod 666 all\n',
    );
    await contents(image);
    const modes = await Promise.all(
      ['own', 'all'].map(async (name) => (await stat(join(directory, 'unpacked', 'app', name))).mode & 0o777),
    );
    expect(modes).toEqual([0o700, 0o666]);
  });

  test.each([
    ['a RUN that fails', 'FROM base\nRUN exit 7\n', 'did not complete successfully: exit code: 7'],
    ['a file that is not there', 'FROM base\nCOPY absent ./\n', 'COPY failed: absent not found'],
    ['a file outside of the context', 'FROM base\nCOPY ../base ./\n', 'outside of the build context'],
    [
      'an instruction that it does not know',
      'FROM base\nHEALTHCHECK NONE\n',
      'line 2: unknown instruction: HEALTHCHECK',
    ],
    ['a flag that it does not know', 'FROM base\nRUN --mount=type=cache,target=/x ls\n', 'unknown flag: --mount'],
    ['a stage that is not there', 'FROM base\nCOPY --from=other /a ./\n', 'there is no such stage'],
    ['a base without a name', 'ARG BASE\nFROM ${BASE}\n', 'line 2: the base name (${BASE}) is empty'],
    ['a here-document', 'FROM base\nRUN <<EOF\n', 'here-documents'],
    ['several sources that would become one file', 'FROM base\nCOPY package.json src /one\n', 'ends with /'],
    ['a port that is none', 'FROM base\nEXPOSE eight\n', 'line 2: EXPOSE eight: not a port'],
    ['a port that is too high', 'FROM base\nEXPOSE 65536\n', 'EXPOSE 65536: not a port'],
    ['a quote that does not end', 'FROM base\nENV A="one\n', 'does not know this use of "'],
    ['a form of a variable that it does not know', 'FROM base\nENV A=${B#x}\n', 'does not know this use of $'],
    ['the same in quotes', 'FROM base\nENV A="${B:?x}"\n', 'does not know this use of ${'],
    ['a variable in a default', 'FROM base\nWORKDIR ${B:-$C}\n', 'does not know this use of $'],
  ])('fails for %s', async (_name, dockerfile, problem) => {
    await expect(built(dockerfile)).rejects.toThrow(problem);
  });

  test('copies what .dockerignore leaves, and refuses patterns that it does not know', async () => {
    await writeFile(join(context(), 'secret.txt'), 'secret');
    await writeFile(join(context(), '.dockerignore'), '# all but\n*\n!src\n');
    expect(await contents(await built('FROM base\nCOPY . /app\n'))).toEqual(['./app/src/server.ts']);
    await expect(built('FROM base\nCOPY package.json /app/\n')).rejects.toThrow('package.json not found');
    await writeFile(join(context(), '.dockerignore'), '**/*.txt');
    await expect(built(plain)).rejects.toThrow('.dockerignore: the pattern **/*.txt is not known');
  });
});

describe('docker push', () => {
  let server: Server;
  let requests: string[] = [];
  let registry = '';
  const blobs = new Map<string, Buffer>();

  beforeEach(async () => {
    requests = [];
    blobs.clear();
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const url = new URL(request.url ?? '', 'http://registry');
      requests.push(`${request.method} ${url.pathname.replace(/sha256:\w+/, 'DIGEST')}`);
      if (request.headers.authorization !== 'Basic token') return response.writeHead(401).end();
      if (request.method === 'HEAD')
        return response.writeHead(blobs.has(url.pathname.split('/').at(-1) ?? '') ? 200 : 404).end();
      if (request.method === 'POST')
        return response.writeHead(202, { location: '/v2/app/blobs/uploads/1?state=x' }).end();
      blobs.set(url.searchParams.get('digest') ?? url.pathname, Buffer.concat(chunks));
      return response.writeHead(201).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test('sends what is missing, the manifest last; a second time the manifest only', async () => {
    const image = await built('FROM base\nCOPY src /src\n');
    const digest = await push(image, `${registry}/app:v1`, store, '', 'token');
    expect(requests).toEqual([
      'HEAD /v2/app/blobs/DIGEST',
      'POST /v2/app/blobs/uploads/',
      'PUT /v2/app/blobs/uploads/1',
      'HEAD /v2/app/blobs/DIGEST',
      'POST /v2/app/blobs/uploads/',
      'PUT /v2/app/blobs/uploads/1',
      'PUT /v2/app/manifests/v1',
    ]);
    const manifest = blobs.get('/v2/app/manifests/v1') ?? Buffer.alloc(0);
    expect(digest).toBe(manifestOf(image).digest);
    expect(JSON.parse(manifest.toString('utf8'))).toMatchObject({ layers: [{ digest: image.layers[0]?.digest }] });

    requests = [];
    await push(image, `${registry}/app:v2`, store, '', 'token');
    expect(requests.filter((request) => !request.startsWith('HEAD'))).toEqual(['PUT /v2/app/manifests/v2']);
  });

  test('says what the registry answered', async () => {
    const image = await built('FROM base\nCOPY src /src\n');
    await expect(push(image, `${registry}/app:v1`, store, '', 'other')).rejects.toThrow('answered 401');
  });
});

test('a Dockerfile is read as it is written', () => {
  expect(
    parseDockerfile('# comment\nFROM base AS x\n\nRUN one && \\\n  # in between\n  two\ncopy --from=x /a \\\n /b').map(
      ({ line, keyword, flags, rest }) => [line, keyword, flags, rest],
    ),
  ).toEqual([
    [2, 'FROM', {}, 'base AS x'],
    [4, 'RUN', {}, 'one &&   two'],
    [7, 'COPY', { from: 'x' }, '/a  /b'],
  ]);
  expect(expand('$A-${B:-other}-${C:+set}-\\$A', { A: 'a', C: 'c' })).toBe('a-other-set-$A');
  expect(words(`A=1 B="two words" 'c $d' e\\ f g="it's $h" $h "\\$h \\"" ''`, { h: 'a b' })).toEqual([
    'A=1',
    'B=two words',
    'c $d',
    'e f',
    "g=it's a b",
    'a b',
    '$h "',
    '',
  ]);
});
