import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import { BuildRun } from '../../../infra/local/front-door/cicd/build/run-build.ts';
import { BothBuilders, hasBuildah } from './both-builders.ts';
import { bad, small } from './dockerfiles.ts';

const root = join(import.meta.dirname, '../../..');
let builders: BothBuilders;
let context = '';

const dockerfileOf = (text: string): string => {
  const file = join(mkdtempSync(builders.at('dockerfile-')), 'Dockerfile');
  writeFileSync(file, text);
  return file;
};

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
  if (!hasBuildah) return;
  builders = await BothBuilders.start();
  context = fillContext(builders.at('context'));
}, 240_000);
afterAll(() => builders?.end());

/** The two programs of a build, for Buildah and for nobody: digests are those of what was pushed. */
const programs = (): Readonly<Record<string, string>> => ({
  sleep: '#!/bin/bash\n',
  docker: `#!/bin/bash
set -euo pipefail
buildah=(buildah ${builders.storage.join(' ')})
command=$1; shift
case $command in
  pull) "\${buildah[@]}" inspect --type image "\${@: -1}" > /dev/null ;;
  login) cat > /dev/null ;;
  run)
    [[ "\${*:1:4} $6" == '--rm --platform linux/amd64 --volume --workdir' ]]
    container=$("\${buildah[@]}" from "$8")
    "\${buildah[@]}" run --isolation chroot ${builders.volumes.join(' ')} --volume "$5" --workingdir "$7" "$container" -- "\${@:9}" ;;
  build) "\${buildah[@]}" build --isolation chroot ${builders.volumes.join(' ')} "$@" ;;
  tag) "\${buildah[@]}" tag "$@" ;;
  push)
    name=\${@: -1}; pushed=${builders.at('pushed')}/\${name%:*}
    mkdir -p "$pushed"
    "\${buildah[@]}" push --digestfile "$pushed/\${name##*:}" "$name" "dir:$(mktemp -d)" ;;
  *) exit 125 ;;
esac
`,
  aws: `#!/bin/bash
[[ $2 == get-login-password ]] && { echo password; exit; }
while [[ $# -gt 0 ]]; do
  case $1 in --region) region=$2 ;; --repository-name) name=$2 ;; --image-ids) tag=\${2#imageTag=} ;; esac
  shift
done
cat "${builders.at('pushed')}/123456789012.dkr.ecr.$region.amazonaws.com/$name/$tag" 2> /dev/null || echo None
`,
});

/** Runs buildspec.yml on the app as the local cloud runs it. @returns the artifacts' texts */
async function runBuildspec() {
  const directory = builders.at('build');
  const bin = builders.at('bin');
  mkdirSync(bin);
  for (const [name, text] of Object.entries(programs())) writeFileSync(join(bin, name), text, { mode: 0o755 });
  let log = '';
  let artifacts: Buffer = Buffer.alloc(0);
  const reports: string[] = [];
  const run = new BuildRun({
    directory,
    buildspec: 'buildspec.yml',
    environment: {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: builders.at('home'),
      ACCOUNT: '123456789012',
      BASE_IMAGE: 'localhost/base',
      REGIONS: 'us-east-1,us-west-2',
      REGISTRY_DOMAIN: 'amazonaws.com',
      REPOSITORY: 'shop-app',
      CODEBUILD_SRC_DIR: join(directory, 'src'),
      CODEBUILD_RESOLVED_SOURCE_VERSION: '0123456789abcdef0123456789abcdef01234567',
    },
    download: async (into) => {
      mkdirSync(into, { recursive: true });
      for (const name of ['buildspec.yml', 'app']) cpSync(join(root, name), join(into, name), { recursive: true });
    },
    upload: async (zip) => {
      artifacts = zip;
    },
    report: (_name, files) => reports.push(...files),
    log: (text) => {
      log += text;
    },
    phase: () => {},
    ending: new AbortController().signal,
  });
  const { succeeded } = await run.run();
  if (!succeeded) throw new Error(log);
  const texts = Object.fromEntries(
    Object.entries(unzipSync(artifacts)).map(([name, bytes]) => [name, JSON.parse(Buffer.from(bytes).toString())]),
  );
  return { log, reports, texts };
}

if (hasBuildah) {
  test.each(Object.entries(small))(
    'a real builder and the stand-in make the same of %s',
    async (_, text) => {
      const wanted = { dockerfile: dockerfileOf(text), context };
      const [image, { id: _id, ...own }] = await Promise.all([builders.buildReally(wanted), builders.standIn(wanted)]);
      expect(own).toEqual(await builders.really(image));
    },
    60_000,
  );

  test.each(Object.entries(bad))(
    'both refuse %s',
    async (_, line) => {
      const dockerfile = dockerfileOf(`ARG BASE_IMAGE\nFROM \${BASE_IMAGE}\n${line}\n`);
      await expect(builders.standIn({ dockerfile, context })).rejects.toThrow();
      await expect(builders.buildReally({ dockerfile, context })).rejects.toThrow();
    },
    60_000,
  );

  test('another variable or file is another image for both, and the same input is the same', async () => {
    const dockerfile = dockerfileOf(
      'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nARG VERSION\nENV VERSION=${VERSION}\nCOPY src /src\n',
    );
    const same = { dockerfile, context };
    const variants = [
      same,
      same,
      { ...same, VERSION: 'v2' },
      { ...same, context: fillContext(builders.at('other'), 'bye') },
    ];
    const real: string[] = [];
    const own: string[] = [];
    for (const variant of variants) {
      real.push(await builders.buildReally(variant));
      own.push((await builders.standIn(variant)).id);
    }
    for (const ids of [real, own]) expect(ids.map((id) => ids.indexOf(id))).toEqual([0, 0, 2, 3]);
  }, 240_000);

  test('buildspec.yml tests, builds and pushes the app by a real builder, to the image that the stand-in makes', async () => {
    const { log, reports, texts } = await runBuildspec();
    const passed = Number(/ℹ pass (\d+)\nℹ fail 0\n/.exec(log)?.[1]);
    expect(passed).toBeGreaterThan(0);
    expect(reports.join('').match(/<testcase /g)).toHaveLength(passed);
    const tag = 'commit-0123456789ab';
    const definition = (region: string) => [
      {
        name: 'app',
        imageUri: expect.stringMatching(`^123456789012.dkr.ecr.${region}.amazonaws.com/shop-app@sha256:[0-9a-f]{64}$`),
      },
    ];
    expect(texts).toEqual({
      'imagedefinitions.json': definition('us-east-1'),
      'imagedefinitions-us-east-1.json': definition('us-east-1'),
      'imagedefinitions-us-west-2.json': definition('us-west-2'),
    });
    const app = join(root, 'app');
    const wanted = { dockerfile: join(app, 'Dockerfile'), context: app, VERSION: tag };
    const { id: _, ...own } = await builders.standIn(wanted);
    expect(own).toEqual(await builders.really(`localhost/shop-app:${tag}`));
    const files = ['package.json', 'src', ...readdirSync(join(app, 'src')).map((name) => `src/${name}`)];
    expect(
      Object.keys(own.files)
        .filter((path) => path.startsWith('/app/'))
        .toSorted(),
    ).toEqual(files.map((name) => `/app/${name}`).toSorted());
  }, 240_000);
} else
  test.todo(
    'a real builder makes the images that the stand-in makes: Buildah is not installed here, or this is not root (apt-get install buildah)',
  );
