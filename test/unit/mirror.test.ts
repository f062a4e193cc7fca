import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { mirrorBuildspec } from '../../lambdas/resources/mirror.ts';

const run = promisify(execFile);
const identity = {
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'a@b.c',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'a@b.c',
};

let home = '';
const git = async (directory: string, ...args: readonly string[]): Promise<string> =>
  (
    await run('git', ['-C', join(home, directory), ...args], {
      env: { PATH: process.env.PATH, HOME: home, ...identity },
    })
  ).stdout.trim();
const refs = (region: string): Promise<string> =>
  git(`git-codecommit.${region}`, 'for-each-ref', '--format=%(refname) %(objectname)');

/** Runs the build as CodeBuild does: every command in one shell. */
async function mirror(pushedAt = ''): Promise<void> {
  const { phases } = parse(mirrorBuildspec) as { phases: { build: { commands: string[] } } };
  const script = join(home, 'build.sh');
  await writeFile(script, phases.build.commands.map((command) => `${command.trim()} || exit 1`).join('\n'));
  await rm(join(home, 'mirror'), { recursive: true, force: true });
  await run('bash', [script], {
    cwd: home,
    env: {
      PATH: `${home}:${process.env.PATH}`,
      HOME: home,
      AWS_REGION: 'us-east-1',
      SOURCE: join(home, 'git-codecommit.us-east-1'),
      REPLICAS: 'us-west-2 eu-west-1',
      DEPLOYMENT: 'platform',
      PUSHED_AT: pushedAt,
    },
  });
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'slipway-mirror-'));
  for (const region of ['us-east-1', 'us-west-2', 'eu-west-1'])
    await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(home, `git-codecommit.${region}`)]);
  await run('git', ['init', '--quiet', '--initial-branch=main', join(home, 'work')]);
  await writeFile(join(home, 'aws'), '#!/bin/sh\nprintf "%s\\n" "$@" > "$HOME/measured"\n', { mode: 0o755 });
});
afterAll(() => rm(home, { recursive: true, force: true }));

const steps: readonly (readonly [string, readonly (readonly string[])[]])[] = [
  [
    'a branch and a tag',
    [
      ['commit', '--quiet', '--allow-empty', '-m', 'one'],
      ['tag', '-a', 'v1', '-m', 'v1'],
      ['push', '--quiet', 'SOURCE', 'main', 'main:other', 'v1'],
    ],
  ],
  [
    'a push by force',
    [
      ['commit', '--quiet', '--allow-empty', '--amend', '-m', 'two'],
      ['push', '--quiet', '--force', 'SOURCE', 'main'],
    ],
  ],
  ['a deleted branch and tag', [['push', '--quiet', 'SOURCE', ':other', ':v1']]],
  ['nothing new', []],
];

test('the replicas have what the source has, after each of these; one that can’t be reached fails the build', async () => {
  for (const [what, commands] of steps) {
    for (const args of commands)
      await git('work', ...args.map((arg) => (arg === 'SOURCE' ? join(home, 'git-codecommit.us-east-1') : arg)));
    await mirror();
    const source = await refs('us-east-1');
    expect([what, await refs('us-west-2'), await refs('eu-west-1')]).toEqual([what, source, source]);
  }
  expect(await refs('us-east-1')).toMatch(/^refs\/heads\/main [0-9a-f]{40}$/);

  await expect(readFile(join(home, 'measured'))).rejects.toThrow('ENOENT');
  await mirror(new Date(Date.now() - 3_600_000).toISOString());
  const [service, operation, , namespace, , data = ''] = (await readFile(join(home, 'measured'), 'utf8')).split('\n');
  expect([service, operation, namespace]).toEqual(['cloudwatch', 'put-metric-data', 'Slipway']);
  const [{ Value, ...rest }] = JSON.parse(data);
  expect(rest).toEqual({
    MetricName: 'ReplicaLag',
    Unit: 'Seconds',
    Dimensions: [{ Name: 'Deployment', Value: 'platform' }],
  });
  // A sandbox that stands still for a quarter of an hour is another failure.
  expect(Value).toBeGreaterThanOrEqual(3_600);
  expect(Value).toBeLessThan(4_500);

  await rm(join(home, 'git-codecommit.eu-west-1'), { recursive: true });
  await expect(mirror()).rejects.toThrow(/eu-west-1/);
});
