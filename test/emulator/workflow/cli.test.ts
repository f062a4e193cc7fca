import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { callLines, mailLines } from '@slipway/local-cloud';
import { reportLines } from '../../../infra/cli/print.ts';
import { platformInput } from '../../support/platform-input.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';

const provisioned = useProvisionedCloud();

const script = join(import.meta.dirname, '../../../infra/cli/slipway.mjs');

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * `npx slipway …` with an AWS profile that leads to the test's local cloud: without `--profile` it would talk to the one
 * of the project's folder, which may be a developer's.
 */
async function slipway(...args: readonly string[]): Promise<Ran> {
  const { cloud } = provisioned();
  const {
    AWS_ACCESS_KEY_ID: _key,
    AWS_SECRET_ACCESS_KEY: _secret,
    AWS_PROFILE: _profile,
    ...environment
  } = process.env;
  const child = spawn(process.execPath, [script, ...args], {
    env: {
      ...environment,
      NO_COLOR: '1',
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_SHARED_CREDENTIALS_FILE: join(cloud.directory, 'credentials'),
      AWS_CONFIG_FILE: join(cloud.directory, 'config'),
      AWS_REGION: 'us-east-1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = async (stream: NodeJS.ReadableStream): Promise<string> => {
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  };
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr)]);
  return { status: await status, stdout, stderr };
}

const onCloud = ['--profile', 'local'];

beforeAll(async () => {
  const { directory } = provisioned().cloud;
  await writeFile(join(directory, 'credentials'), '[local]\naws_access_key_id = test\naws_secret_access_key = test\n');
  await writeFile(join(directory, 'config'), '[profile local]\nregion = us-east-1\n');
  await writeFile(join(directory, 'platform.json'), JSON.stringify(platformInput));
  await writeFile(join(directory, 'bad.json'), '{ "zoneCount": 9, "spelling": 1 }');
  await writeFile(join(directory, 'not.json'), '{ zoneCount');
});

const file = (name: string): string => join(provisioned().cloud.directory, name);

describe('npx slipway', () => {
  test('--help names every command', async () => {
    const { status, stdout } = await slipway('--help');
    expect(status).toBe(0);
    for (const command of [
      'demo',
      'up',
      'down',
      'env',
      'deploy',
      'doctor',
      'start',
      'plan',
      'destroy',
      'status',
      'outputs',
      'approve',
      'reject',
      'stop',
      'logs',
    ])
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
  });

  test('a command has --help of its own', async () => {
    const ran = await Promise.all(['demo', 'start', 'approve'].map((command) => slipway(command, '--help')));
    for (const { status, stdout } of ran) {
      expect(status).toBe(0);
      expect(stdout).toMatch(/^Usage: slipway (demo|start|approve)/);
    }
  }, 40_000);

  test.each([
    [['launch'], /unknown command 'launch'/],
    [['start', '--speed', '9'], /unknown option '--speed'/],
    [['demo', '--clock-scale', 'fast'], /a number above 0/],
    [['deploy', '--secrets', 'a/,b/,c/', '--secrets', 'd/,e/,f/'], /6 values: at most 5/],
    [['deploy', '--task-roles', 'arn:a,,arn:b'], /nothing before, after or between the commas/],
    [['deploy', '--approver-email', 'a@example.com,b@example.com'], /not one e-mail address/],
  ])('%j: says what is wrong, points to --help, and ends with 1', async (args, message) => {
    const { status, stdout, stderr } = await slipway(...args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('--help');
  });

  test('start --schema prints the input’s JSON Schema and starts nothing', async () => {
    const { status, stdout } = await slipway('start', '--schema');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', properties: { deployment: {}, regions: {}, app: {} } });
  });

  test('start refuses bad input before anything is started, with every problem', async () => {
    const { status, stdout, stderr } = await slipway('start', ...onCloud, '--input', file('bad.json'));
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain('$.zoneCount: ');
    expect(stderr).toContain('$.spelling: ');
    expect(stderr).toMatch(/^next: {2}npx slipway start --schema/m);
    expect(stderr).not.toContain('started arn:');
  });

  test('start says where the input is not JSON', async () => {
    const { status, stderr } = await slipway('start', ...onCloud, '--input', file('not.json'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/not\.json is not JSON: /);
  });

  test('outputs --json is the report, and nothing else on stdout', async () => {
    const { first } = provisioned();
    const { status, stdout } = await slipway('outputs', first.name, ...onCloud, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(first.report);
  });

  test('outputs prints each URL and the ids that people look for', async () => {
    const { first } = provisioned();
    const { status, stdout } = await slipway('outputs', first.name, ...onCloud);
    expect([status, stdout]).toEqual([0, `${await reportLines(first.report)}\n`]);
    for (const { urls, outputs } of first.report.regions)
      for (const part of [...Object.values(urls), outputs.vpc?.main?.id ?? '', outputs.image?.app?.id ?? ''])
        expect(stdout).toContain(part);
  });

  test('status shows every stage of both regions', async () => {
    const { first } = provisioned();
    const { status, stdout } = await slipway('status', first.name, ...onCloud);
    expect(status).toBe(0);
    expect(stdout).toContain(`${first.executionArn}: SUCCEEDED`);
    for (const part of ['us-east-1', 'us-west-2', 'VPC', 'Await healthy production']) expect(stdout).toContain(part);
  });

  test('logs prints the events of a run, oldest first', async () => {
    const { status, stdout } = await slipway('logs', provisioned().first.name, ...onCloud, '--json');
    expect(status).toBe(0);
    const times = (JSON.parse(stdout) as { at: string }[]).map(({ at }) => at);
    expect(times.length).toBeGreaterThan(50);
    expect(times).toEqual([...times].sort());
  });

  test('an execution that does not exist is an error with advice', async () => {
    const { status, stderr } = await slipway('outputs', 'nobody-started-this', ...onCloud);
    expect(status).toBe(1);
    expect(stderr).toMatch(/there is no execution .*nobody-started-this/);
    expect(stderr).toMatch(/^next: {2}/m);
  });

  test('start watches to the end: progress on stderr, the report on stdout, status 0', async () => {
    const { status, stdout, stderr } = await slipway('start', ...onCloud, '--input', file('platform.json'), '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ deployment: 'platform', outcome: 'unchanged' });
    expect(stderr).toMatch(/^started arn:aws:states:/);
  }, 120_000);

  test.each(['approve', 'reject'])('%s says who was first once a question is answered', async (decision) => {
    const { status, stderr } = await slipway(decision, provisioned().first.name, ...onCloud, '--yes');
    expect(status).toBe(1);
    expect(stderr).toMatch(/already approved by the tests at /);
  });

  test('doctor says of each check how it stands, and changes nothing', async () => {
    const { cloud, provisioner } = provisioned();
    const before = (await provisioner.calls()).length;
    const { status, stdout } = await slipway('doctor', ...onCloud, '--base-image', cloud.baseImage, '--json');
    const findings = JSON.parse(stdout) as { name: string; verdict: string; detail: string }[];
    expect(findings.filter(({ verdict }) => verdict === 'problem')).toEqual([]);
    expect(status).toBe(0);
    const found = Object.fromEntries(findings.map(({ name, verdict }) => [name, verdict]));
    expect(found).toMatchObject({
      credentials: 'fine',
      'CDK bootstrap': 'fine',
      stack: 'fine',
      'who is asked': 'fine',
      'base image': 'fine',
    });
    // The platform's mirror may still be at work.
    const calls = (await provisioner.calls()).slice(before).filter(({ principal }) => principal === 'test');
    expect(calls.length).toBeGreaterThan(10);
    expect(calls.filter(({ mutating }) => mutating)).toEqual([]);
  }, 120_000);

  test('deploy says what the stack may do, and does nothing where nobody can answer', async () => {
    const { cloud, provisioner } = provisioned();
    const before = (await provisioner.calls()).length;
    const { status, stderr } = await slipway('deploy', ...onCloud, '--base-image', cloud.baseImage);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^It makes \d+ IAM roles/m);
    expect(stderr).toMatch(/^ {2}CreateRole with the boundary: .*slipway-vpc/m);
    expect(stderr).toContain('no terminal to ask on: nothing was done');
    const calls = (await provisioner.calls()).slice(before);
    expect(calls.filter(({ service, action }) => service === 'cloudformation' && action !== 'DescribeStacks')).toEqual(
      [],
    );
  }, 480_000);

  test('deploy with --yes deploys, and ends with what stands and what to do next', async () => {
    const { cloud } = provisioned();
    const { status, stderr } = await slipway('deploy', ...onCloud, '--yes', '--base-image', cloud.baseImage);
    expect(stderr).toMatch(/^Deployed: the stack slipway is (CREATE|UPDATE)_COMPLETE in us-east-1\.$/m);
    expect(stderr).toMatch(/^Start: {3}npx slipway start --profile local --region us-east-1/m);
    expect(status).toBe(0);
  }, 480_000);
});

describe('what the local cloud has seen', () => {
  test('logs --mail shows each mail with address, subject and text', async () => {
    const lines = await mailLines(provisioned().cloud.directory, false);
    expect(lines.join('\n')).toMatch(
      /to approver@example\.com: \[Slipway\] Deploy platform to production\?\n {2}\| Deploy platform/,
    );
  });

  test('logs --calls shows each call with status, region, service, action and caller', async () => {
    const lines = await callLines(provisioned().cloud.directory, false);
    expect(lines.join('\n')).toMatch(/Z 200 us-west-2 {2}ec2:CreateVpc \(\d+ ms\) lambda:slipway-vpc/);
  });
});
