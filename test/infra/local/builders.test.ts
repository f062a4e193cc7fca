import { execFile, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from '../../../infra/local/front-door/cicd/docker-cli/builder.ts';
import { manifestOf } from '../../../infra/local/front-door/cicd/docker-cli/registry.ts';
import { Store, type StoredImage } from '../../../infra/local/front-door/cicd/docker-cli/store.ts';
import { applyLayer } from '../../../infra/local/front-door/docker/images.ts';
import { fillRoot } from '../../support/container-root.ts';

const run = promisify(execFile);
/** Without a daemon, only root may change the root of a RUN. */
const installed = process.getuid?.() === 0 && spawnSync('buildah', ['--version']).status === 0;

let directory = '';
let mounts: readonly string[] = [];
const at = (...names: readonly string[]): string => join(directory, ...names);

/** What a builder made: what the image says of itself, and what it holds. */
interface Built {
  readonly config: object;
  readonly files: Readonly<Record<string, string>>;
}

interface Wanted {
  readonly dockerfile: string;
  readonly context: string;
  readonly VERSION?: string;
}

const baseEnvironment = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'BASE=yes'];
const baseCommand = ['sh', '-c', 'true'];

async function buildah(...args: readonly string[]): Promise<string> {
  const storage = ['--root', at('storage'), '--runroot', at('run'), '--storage-driver', 'vfs'];
  return (await run('buildah', [...storage, ...args])).stdout.trim();
}

/** A base for both builders: a directory, and an image of Buildah's. */
async function makeBase(): Promise<void> {
  mounts = fillRoot(at('base'));
  const container = await buildah('from', 'scratch');
  await buildah('copy', '--quiet', container, at('base'), '/');
  const environment = baseEnvironment.map((line) => `--env=${line}`);
  await buildah('config', ...environment, '--cmd', JSON.stringify(baseCommand), container);
  await buildah('commit', '--quiet', '--rm', container, 'localhost/base');
}

/** Of all below a directory: the mode, and what tells the content. */
function filesBelow(root: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const mode = (lstatSync(path).mode & 0o7777).toString(8);
      const content = entry.isSymbolicLink()
        ? readlinkSync(path)
        : entry.isFile()
          ? hash('sha256', readFileSync(path))
          : '';
      return [path.slice(root.length), `${mode} ${content}`];
    }),
  );
}

/** What a container is started by. Builders differ in whether they write down what is empty. */
const settings = ({
  User,
  Env,
  Entrypoint,
  Cmd,
  WorkingDir,
  ExposedPorts,
  Labels,
}: Readonly<Record<string, unknown>>) => ({
  User: User ?? '',
  Env: (Env as readonly string[] | undefined)?.toSorted(),
  Entrypoint: Entrypoint ?? [],
  Cmd: Cmd ?? [],
  WorkingDir: WorkingDir || '/',
  ExposedPorts: ExposedPorts ?? {},
  Labels: Object.fromEntries(Object.entries(Labels ?? {}).filter(([name]) => name !== 'io.buildah.version')),
});

const dockerfileOf = (text: string): string => {
  const file = join(mkdtempSync(at('dockerfile-')), 'Dockerfile');
  writeFileSync(file, text);
  return file;
};

/** @returns the image's id */
const builtByBuildah = ({ dockerfile, context, VERSION = 'v1' }: Wanted): Promise<string> =>
  buildah(
    'build',
    '--quiet',
    '--isolation=chroot',
    '--timestamp=0',
    '--build-arg=BASE_IMAGE=localhost/base',
    `--build-arg=VERSION=${VERSION}`,
    ...mounts.map((path) => `--volume=${path}:${path}:ro`),
    `--file=${dockerfile}`,
    context,
  );

async function byBuildah(wanted: Wanted): Promise<Built> {
  const container = await buildah('from', await builtByBuildah(wanted));
  const { OCIv1 } = JSON.parse(await buildah('inspect', container));
  return { config: settings(OCIv1.config), files: filesBelow(await buildah('mount', container)) };
}

const builtByStandIn = (store: Store, { dockerfile, context, VERSION = 'v1' }: Wanted): Promise<StoredImage> =>
  build({
    context,
    dockerfile,
    buildArguments: { BASE_IMAGE: 'base', VERSION },
    store,
    pull: async () => ({ rootfs: at('base'), config: { Env: baseEnvironment, Cmd: baseCommand }, layers: [] }),
    say: () => {},
  });

async function byStandIn(wanted: Wanted): Promise<Built> {
  const store = newStore();
  const image = await builtByStandIn(store, wanted);
  // As whoever pulls it unpacks it, and not as the builder left it.
  const root = mkdtempSync(at('unpacked-'));
  cpSync(at('base'), root, { recursive: true, verbatimSymlinks: true });
  for (const { digest } of image.layers) await applyLayer(readFileSync(store.blob(digest)), root);
  return { config: settings(image.config), files: filesBelow(root) };
}
const newStore = (): Store => new Store(mkdtempSync(at('store-')));

/** Writes the files that the small Dockerfiles copy. */
function fillContext(context: string, message = 'hello'): string {
  mkdirSync(join(context, 'src', 'lib'), { recursive: true });
  writeFileSync(join(context, 'package.json'), '{}');
  writeFileSync(join(context, 'src', 'server.ts'), message);
  writeFileSync(join(context, 'src', 'lib', 'deep.ts'), 'deep');
  writeFileSync(join(context, 'src', 'say.sh'), '#!/bin/sh\necho said\n');
  chmodSync(join(context, 'src', 'say.sh'), 0o755);
  writeFileSync(join(context, 'notes.md'), 'not for the image');
  writeFileSync(join(context, '.dockerignore'), '# comment\nnotes.md\nsrc/lib\n');
  return context;
}

beforeAll(async () => {
  if (!installed) return;
  directory = mkdtempSync(join(tmpdir(), 'slipway-builders-'));
  fillContext(at('context'));
  await makeBase();
}, 120_000);
afterAll(() => {
  if (installed) rmSync(directory, { recursive: true, force: true });
});

const small: Readonly<Record<string, string>> = {
  'stages, arguments and environment': `ARG BASE_IMAGE
FROM --platform=linux/amd64 \${BASE_IMAGE} AS made
ARG VERSION=unknown
WORKDIR /work
COPY package.json ./
RUN echo "$VERSION $NODE_ENV $BASE" > said.txt && ls > listed.txt
FROM $BASE_IMAGE
ARG VERSION
ENV NODE_ENV=production VERSION=\${VERSION}
COPY --from=made /work/said.txt /work/listed.txt /srv/
WORKDIR /srv
RUN mv said.txt heard.txt && echo "$NODE_ENV" > environment.txt
`,
  'a stage that another begins with': `ARG BASE_IMAGE
FROM \${BASE_IMAGE} AS first
ENV A=1
USER 1000
CMD ["one"]
FROM first AS second
ENV B=2 A=3
FROM second
COPY --from=0 /etc/passwd /copied
`,
  'quotes, defaults and lines that go on': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
ARG GIVEN=yes
ENV A="two words" B=two\\ words C='$GIVEN' D="$GIVEN" \\
    # a comment in between
    E=\${NONE:-other} F=\${GIVEN:+set} G=\\$GIVEN H=\${NONE:+set} I="say \\"so\\""
LABEL maintainer="Ada Lovelace" org.example.version=\${GIVEN}
`,
  'what is copied where': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
COPY src /directory
COPY src/ /directory/again/
COPY src/server.ts /renamed
COPY src/server.ts /into/
WORKDIR /work
COPY package.json src/server.ts two/
COPY src/. ./dot
COPY ["package.json", "/with a space/"]
COPY . .
COPY src/say.sh /usr/local/bin/say
RUN say > said.txt
`,
  'what a RUN removes and changes': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
WORKDIR /app
COPY src ./src
COPY package.json ./
RUN rm -r src && rm ../usr/bin/touch && chmod 600 package.json && mkdir -p a/b && chmod 700 a && ls > a/b/c
`,
  'what a container is started by': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
USER 1000:1000
EXPOSE 8080 9000/udp
WORKDIR relative
WORKDIR below
ENTRYPOINT ["sh", "-c"]
`,
  'commands for the shell': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
ENTRYPOINT exec sh server.sh
CMD echo $PATH
`,
  'no entrypoint': `ARG BASE_IMAGE
FROM \${BASE_IMAGE}
ENTRYPOINT []
CMD []
`,
};

const bad: Readonly<Record<string, string>> = {
  'a RUN that fails': 'RUN exit 7',
  'a RUN that fails before the last command': 'RUN false && true',
  'a program that is not there': 'RUN no-such-program',
  'a file that is not there': 'COPY absent ./',
  'a file that .dockerignore leaves out': 'COPY notes.md ./',
  'a file outside of the context': 'COPY ../base/etc/passwd ./',
  'a COPY without a target': 'COPY package.json',
  'a variable without a value': 'ENV NAME',
  'an unknown instruction': 'COMPILE everything',
};

if (installed) {
  test.each(Object.entries(small))(
    'a real builder and the stand-in make the same of %s',
    async (_, text) => {
      const wanted = { dockerfile: dockerfileOf(text), context: at('context') };
      const [real, own] = await Promise.all([byBuildah(wanted), byStandIn(wanted)]);
      expect(own).toEqual(real);
    },
    60_000,
  );

  test.each(Object.entries(bad))(
    'both refuse %s',
    async (_, line) => {
      const dockerfile = dockerfileOf(`ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\n${line}\n`);
      const wanted = { dockerfile, context: at('context') };
      await expect(builtByStandIn(newStore(), wanted)).rejects.toThrow();
      await expect(builtByBuildah(wanted)).rejects.toThrow();
    },
    60_000,
  );

  test('another variable or file is another image for both, and the same input is the same', async () => {
    const dockerfile = dockerfileOf(
      'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nARG VERSION\nENV VERSION=${VERSION}\nCOPY src /src\n',
    );
    const same = { dockerfile, context: at('context') };
    const variants = [same, same, { ...same, VERSION: 'v2' }, { ...same, context: fillContext(at('other'), 'bye') }];
    const idByStandIn = async (wanted: Wanted) => manifestOf(await builtByStandIn(newStore(), wanted)).digest;
    for (const idBy of [builtByBuildah, idByStandIn]) {
      const ids: string[] = [];
      for (const variant of variants) ids.push(await idBy(variant));
      expect(ids.map((id) => ids.indexOf(id))).toEqual([0, 0, 2, 3]);
    }
  }, 60_000);

  test('both make the same of the app’s own Dockerfile, whose tests run on the way', async () => {
    const context = join(import.meta.dirname, '../../../app');
    const wanted = { dockerfile: join(context, 'Dockerfile'), context, VERSION: 'commit-1' };
    const real = await byBuildah(wanted);
    const own = await byStandIn(wanted);
    expect(own).toEqual(real);
    expect(
      Object.keys(own.files)
        .filter((path) => path.startsWith('/app/'))
        .toSorted(),
    ).toEqual(
      ['package.json', 'src', ...readdirSync(join(context, 'src')).map((name) => `src/${name}`)]
        .map((name) => `/app/${name}`)
        .toSorted(),
    );
  }, 120_000);
} else
  test.todo(
    'a real builder and the stand-in make the same images: buildah is not installed here (apt-get install buildah)',
  );
