import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { buildProject } from '../../lambdas/resources/build-project.ts';
import { regionConfig } from '../support/region-config.ts';

interface Buildspec {
  readonly env: { readonly variables: Readonly<Record<string, string>> };
  readonly phases: Readonly<Record<string, { readonly commands: readonly string[] }>>;
  readonly reports: unknown;
  readonly artifacts: { readonly files: readonly string[] };
}
const spec = parse(readFileSync(join(import.meta.dirname, '../../buildspec.yml'), 'utf8')) as Buildspec;

/** Notes its calls; a push leaves a digest that is another in each region. `FAIL` names what is to fail. */
const docker = `#!/bin/bash
echo "docker $*" >> "$STATE/calls"
[[ -n $FAIL && "$*" == *"$FAIL"* ]] && exit 1
if [[ $1 == pull && $(grep -c '^docker pull' "$STATE/calls") -le \${PULLS_LOST:-0} ]]; then exit 1; fi
if [[ $1 == login ]]; then cat > "$STATE/password"; fi
if [[ $1 == push ]]; then
  ref=\${*: -1}; region=\${ref#*.ecr.}; region=\${region%%.*}
  echo "sha256:$region" > "$STATE/$region.\${ref##*:}"
fi
exit 0
`;
/** Knows passwords and the digests of what was pushed; an image's manifest is its digest here. */
const aws = `#!/bin/bash
operation=$2
[[ $operation == get-login-password ]] && { echo password; exit 0; }
while [[ $# -gt 0 ]]; do
  case $1 in
    --region) region=$2 ;;
    --image-ids) tag=\${2#imageTag=} ;;
    --image-tag) tag=$2 ;;
    --image-manifest) manifest=$2 ;;
    --image-digest) digest=$2 ;;
  esac
  shift
done
if [[ $operation == put-image ]]; then
  echo "aws put-image $region:$tag" >> "$STATE/calls"
  [[ -n $FAIL && put-image == "$FAIL" ]] && exit 254
  [[ $manifest == "$digest" && $(cat "$STATE/$region.$tag" 2> /dev/null) != "$digest" ]] || exit 254
  echo "$digest" > "$STATE/$region.$tag"
fi
cat "$STATE/$region.$tag" 2> /dev/null || echo None
`;

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-buildspec-'));
  for (const name of ['bin', 'state', 'source/app']) mkdirSync(join(directory, name), { recursive: true });
  for (const [name, text] of Object.entries({ docker, aws, sleep: '#!/bin/bash\n' })) {
    writeFileSync(join(directory, 'bin', name), text);
    chmodSync(join(directory, 'bin', name), 0o755);
  }
});
afterEach(() => rmSync(directory, { recursive: true }));

/** All commands in one shell, each of which must succeed, as CodeBuild runs them. */
function build(fail = '', pullsLost = 0): { status: number | null; calls: string[] } {
  const script = ['install', 'pre_build', 'build']
    .flatMap((phase) => spec.phases[phase]?.commands ?? [])
    .map((command) => `${command}\nstatus=$?; [[ $status == 0 ]] || exit $status`)
    .join('\n');
  const { status } = spawnSync('bash', ['-c', script], {
    cwd: join(directory, 'source'),
    env: {
      ...spec.env.variables,
      ...buildProject.specs(regionConfig())[0]?.spec.variables,
      PATH: `${join(directory, 'bin')}:${process.env.PATH}`,
      STATE: join(directory, 'state'),
      FAIL: fail,
      PULLS_LOST: String(pullsLost),
      CODEBUILD_SRC_DIR: join(directory, 'source'),
      CODEBUILD_RESOLVED_SOURCE_VERSION: '0123456789abcdef0123456789abcdef01234567',
    },
  });
  const calls = join(directory, 'state/calls');
  const noted = readFileSync(calls, 'utf8').trim().split('\n');
  rmSync(calls);
  return { status, calls: noted };
}
const written = (): Record<string, unknown> =>
  Object.fromEntries(
    readdirSync(join(directory, 'source')).flatMap((name) =>
      name === 'app' ? [] : [[name, JSON.parse(readFileSync(join(directory, 'source', name), 'utf8'))]],
    ),
  );
const image = (region: string) => [
  { name: 'app', imageUri: `123456789012.dkr.ecr.${region}.amazonaws.com/platform-app@sha256:${region}` },
];
/** Which tag of which region was given an image. */
const pushes = (calls: readonly string[]): string[] =>
  calls
    .filter((call) => /^(docker push|aws put-image) /.test(call))
    .map((call) => call.replace(/^.*( |\.ecr\.)|\.amazonaws.*(?=:)/g, ''));

describe('buildspec.yml', () => {
  test('tests, builds, pushes to every region and says what it pushed', () => {
    const { status, calls } = build();
    expect(status).toBe(0);
    expect(calls.find((call) => call.startsWith('docker run'))).toContain('npm ci && npm test');
    expect(calls.filter((call) => call.startsWith('docker build')).length).toBe(1);
    // A run that looks in between finds `latest` on an image that a build has tagged, and leaves it there.
    expect(pushes(calls)).toEqual([
      'us-east-1:commit-0123456789ab',
      'us-east-1:latest',
      'us-west-2:commit-0123456789ab',
      'us-west-2:latest',
    ]);
    expect(written()).toEqual({
      'imagedefinitions.json': image('us-east-1'),
      'imagedefinitions-us-east-1.json': image('us-east-1'),
      'imagedefinitions-us-west-2.json': image('us-west-2'),
    });
  });

  test('hands on all of these files, and reports what the app’s own tests write', () => {
    const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../../app/package.json'), 'utf8'));
    expect(spec.reports).toEqual({ tests: { files: ['app/junit.xml'], 'file-format': 'JUNITXML' } });
    expect(scripts.test).toContain('--test-reporter junit --test-reporter-destination junit.xml');
    expect(spec.artifacts.files).toEqual(['imagedefinitions.json', 'imagedefinitions-*.json']);
  });

  test.each([
    [0, 0, 1],
    [3, 0, 4],
    [4, 1, 4],
  ])(
    'the base image is pulled again where its registry limits pulls: %d refused, status %d after %d pulls',
    (lost, wanted, pulls) => {
      const { status, calls } = build('', lost);
      expect([status, calls.filter((call) => call.startsWith('docker pull')).length]).toEqual([wanted, pulls]);
    },
  );

  test('builds nothing when a test fails', () => {
    const { status, calls } = build('npm test');
    expect([status, calls.some((call) => call.startsWith('docker build'))]).toEqual([1, false]);
  });

  test('pushes nothing when the build fails', () => {
    const { status, calls } = build('build --platform');
    expect([status, pushes(calls)]).toEqual([1, []]);
  });

  test.each([
    ['us-west-2.amazonaws.com/platform-app:commit', ['us-west-2:commit-0123456789ab', 'us-west-2:latest']],
    ['put-image', ['us-east-1:latest', 'us-west-2:commit-0123456789ab', 'us-west-2:latest']],
  ])('pushes only what is missing when it is retried after %s has failed', (failed, missing) => {
    expect(build(failed).status).not.toBe(0);
    const { status, calls } = build();
    expect([status, pushes(calls)]).toEqual([0, missing]);
    expect(pushes(build().calls)).toEqual([]);
    expect(Object.keys(written()).length).toBe(3);
  });
});
