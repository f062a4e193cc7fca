import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import { next, parseBuildspec } from '../../../../../infra/local/front-door/cicd/build/buildspec.ts';
import { BuildRun, type PhaseRecord } from '../../../../../infra/local/front-door/cicd/build/run-build.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-build-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function build(buildspec: string, during: (stop: () => void, log: () => string) => void = () => {}) {
  const phases: PhaseRecord[] = [];
  let log = '';
  let uploaded: Buffer | undefined;
  const reported: string[][] = [];
  const ending = new AbortController();
  const run = new BuildRun({
    directory,
    buildspec: 'buildspec.yml',
    environment: { PATH: process.env.PATH ?? '', GIVEN: 'by the project' },
    download: async (into) => {
      await mkdir(into, { recursive: true });
      await writeFile(join(into, 'buildspec.yml'), `version: 0.2\n${buildspec}`);
    },
    upload: async (artifacts) => {
      uploaded = artifacts;
    },
    report: (name, files) => reported.push([name, ...files]),
    log: (text) => {
      log += text;
      during(
        () => ending.abort('STOPPED'),
        () => log,
      );
    },
    phase: (record) => phases.push(record),
    ending: ending.signal,
  });
  const end = await run.run();
  return {
    ...end,
    log,
    reported,
    states: Object.fromEntries(phases.map(({ name, status }) => [name, status])),
    problems: phases.flatMap(({ problem }) => problem?.message ?? []),
    files: Object.keys(uploaded === undefined ? {} : unzipSync(uploaded)).sort(),
  };
}

describe('phases follow each other as CodeBuild’s do', () => {
  test.each([
    ['install', false, undefined, 'pre_build'],
    ['install', true, undefined, 'end'],
    ['install', true, 'CONTINUE', 'pre_build'],
    ['pre_build', true, undefined, 'end'],
    ['pre_build', true, 'ABORT', 'end'],
    ['build', false, undefined, 'post_build'],
    ['build', true, undefined, 'post_build'],
    ['build', true, 'ABORT', 'end'],
    ['build', true, 'CONTINUE', 'post_build'],
    ['post_build', false, undefined, 'artifacts'],
    ['post_build', true, undefined, 'artifacts'],
    ['post_build', true, 'ABORT', 'end'],
  ] as const)('%s, failed: %s, on-failure %s: %s', (phase, failed, onFailure, then) => {
    expect(next(phase, failed, onFailure)).toBe(then);
  });
});

describe('a build', () => {
  test('that fails reports its tests, too', async () => {
    const { succeeded, reported } = await build(`
phases:
  build: { commands: ['echo "<testcase/>" > junit.xml', 'exit 3'] }
reports:
  tests: { files: [junit.xml], file-format: JUNITXML }
`);
    expect([succeeded, reported]).toEqual([false, [['tests', '<testcase/>\n']]]);
  });

  test('is one shell session: variables, functions and the directory last from phase to phase', async () => {
    const { succeeded, log, exported } = await build(`
env:
  shell: bash
  variables: { FROM_SPEC: spec, GIVEN: overridden }
  exported-variables: [ANSWER]
phases:
  install:
    commands: ['mkdir sub', 'cd sub', 'greet() { echo "hello $1"; }', 'export ANSWER=42']
  build:
    commands:
      - 'greet "$(basename "$PWD") $FROM_SPEC $GIVEN"'
      - |
        for part in one two; do
          echo "loop $part"
        done
`);
    expect(succeeded).toBe(true);
    expect(log).toContain('hello sub spec by the project\n');
    expect(log).toContain('loop one\nloop two\n');
    expect(exported).toEqual({ ANSWER: '42' });
  });

  test('sees nothing of the environment of whoever runs it', async () => {
    process.env.SLIPWAY_TEST_SECRET = 'secret';
    const { log } = await build(`
phases:
  build:
    commands: ['env']
`);
    delete process.env.SLIPWAY_TEST_SECRET;
    expect(log).toContain('GIVEN=by the project');
    expect(log).not.toContain('SLIPWAY_TEST_SECRET');
  });

  test('that fails runs post_build and uploads all the same, but counts as failed', async () => {
    const { succeeded, states, problems, log, files } = await build(`
phases:
  build:
    commands: ['echo made > made.txt', 'exit 3', 'echo not reached']
    finally: ['echo at the end of build']
  post_build:
    commands: ['echo succeeding: $CODEBUILD_BUILD_SUCCEEDING']
artifacts:
  files: [made.txt]
`);
    expect(succeeded).toBe(false);
    expect(states).toEqual({
      DOWNLOAD_SOURCE: 'SUCCEEDED',
      INSTALL: 'SUCCEEDED',
      PRE_BUILD: 'SUCCEEDED',
      BUILD: 'FAILED',
      POST_BUILD: 'SUCCEEDED',
      UPLOAD_ARTIFACTS: 'SUCCEEDED',
    });
    expect(problems).toEqual(['Error while executing command: exit 3. Reason: exit status 3']);
    expect(log).toContain('at the end of build\n');
    expect(log).toContain('succeeding: 0\n');
    expect(log).not.toContain('not reached\n');
    expect(files).toEqual(['made.txt']);
  });

  test('that is aborted runs nothing more', async () => {
    const { states } = await build(`
phases:
  pre_build:
    on-failure: ABORT
    commands: ['false']
  build:
    commands: ['touch ../built']
`);
    expect(states).toEqual({ DOWNLOAD_SOURCE: 'SUCCEEDED', INSTALL: 'SUCCEEDED', PRE_BUILD: 'FAILED' });
    expect(existsSync(join(directory, 'built'))).toBe(false);
  });

  test('hands on what the patterns match, and fails where one matches nothing', async () => {
    const spec = (files: string): string => `
phases:
  build:
    commands: ['mkdir -p out/deep', 'touch out/a.json out/b-1.json out/b-2.json out/deep/c.txt']
artifacts:
  base-directory: out
  files: ${files}
`;
    expect((await build(spec("['a.json', 'b-*.json', '**/*.txt']"))).files).toEqual([
      'a.json',
      'b-1.json',
      'b-2.json',
      'deep/c.txt',
    ]);
    const { succeeded, problems } = await build(spec("['absent.json']"));
    expect([succeeded, problems]).toEqual([false, ['no matching artifact paths found: absent.json']]);
  });

  test('that is stopped ends with all that it started', async () => {
    const started = Date.now();
    const { succeeded, states } = await build(
      `
phases:
  build:
    commands: ['echo ready && sleep 60 | sleep 60', 'touch ../later']
`,
      (stop, log) => {
        if (log().includes('\nready\n')) stop();
      },
    );
    expect([succeeded, states.BUILD]).toEqual([false, 'STOPPED']);
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(existsSync(join(directory, 'later'))).toBe(false);
  });

  test.each(['DOWNLOAD_SOURCE', 'INSTALL'])('that is stopped as it enters %s goes no further', async (phase) => {
    const { succeeded, log } = await build(
      `
phases:
  install:
    commands: ['echo install && sleep 60']
  build:
    commands: ['touch ../later']
`,
      (stop, seen) => {
        if (seen().includes(`Entering phase ${phase}\n`)) stop();
      },
    );
    expect(succeeded).toBe(false);
    expect(log).not.toContain('Entering phase BUILD');
    expect(existsSync(join(directory, 'later'))).toBe(false);
  });
});

describe('a specification that is not understood is refused', () => {
  test.each([
    ['phases: { build: { command: [make] } }', 'YAML_FILE_ERROR: phases.build: Unrecognized key: "command"'],
    ['phases: { test: { commands: [make] } }', 'YAML_FILE_ERROR: phases: Unrecognized key: "test"'],
    ['phases: { build: { on-failure: RETRY } }', 'YAML_FILE_ERROR: phases.build.on-failure'],
    ['env: { secrets-manager: { A: b } }\nphases: {}', 'YAML_FILE_ERROR: env: Unrecognized key: "secrets-manager"'],
  ])('%s', (source, problem) => {
    expect(() => parseBuildspec(`version: 0.2\n${source}`)).toThrow(problem);
  });
});
