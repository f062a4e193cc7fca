import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { pathsOf, taskProcesses } from '@slipway/local-cloud';
import { type Environment, environments } from '../../../workflow/environments.ts';
import { platformRegions } from '../../support/platform-input.ts';
import { only } from '../../support/platform-reading/only.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';
import { RegistryReader, registryIn, sha256 } from '../../support/registry-pull.ts';

const provisioned = useProvisionedCloud();
const run = promisify(execFile);

const places = platformRegions.flatMap((region) => environments.map((environment) => [region, environment] as const));

interface Answer {
  readonly region: string;
  readonly environment: string;
  readonly version: string;
}

function regionReport(region: string) {
  const report = provisioned().first.report.regions.find((each) => each.region === region);
  if (report === undefined) throw new Error(`the report says nothing of ${region}`);
  return report;
}

/** Of the image that the run reports. */
const digest = (region = 'us-east-1'): string => regionReport(region).outputs.image?.app?.id ?? '';

async function reader(region: string): Promise<RegistryReader> {
  return new RegistryReader(await registryIn(provisioned().provisioner, region), 'platform-app');
}

/** What the pushed image's own configuration says it is. */
async function version(region: string): Promise<string> {
  const registry = await reader(region);
  const { manifest } = await registry.manifest(digest());
  const { config } = JSON.parse((await registry.blob(manifest.config)).toString('utf8')) as {
    config: { Env: string[] };
  };
  const line = only(
    config.Env.filter((each) => each.startsWith('VERSION=')),
    'variables VERSION',
  );
  return line.slice('VERSION='.length);
}

async function ask(region: string, environment: Environment): Promise<Answer> {
  const reply = await fetch(regionReport(region).urls[environment] ?? '');
  expect(reply.status).toBe(200);
  return (await reply.json()) as Answer;
}

describe('the application URLs', () => {
  test.each(places)(
    'in %s, %s answers with its region, its environment and the image’s version',
    async (region, environment) => {
      expect(await ask(region, environment)).toMatchObject({ region, environment, version: await version(region) });
    },
  );

  test.each(places)('in %s, %s: an unknown path is the app’s own 404', async (region, environment) => {
    const url = regionReport(region).urls[environment] ?? '';
    const reply = await fetch(`${url.replace(/\/$/, '')}/nowhere`);
    expect([reply.status, await reply.json()]).toEqual([404, { error: 'not found', path: '/nowhere' }]);
  });
});

describe('the processes that answer', () => {
  test('there are two for each of the four services', async () => {
    const tasks = await taskProcesses(provisioned().cloud);
    const own = tasks.filter(({ taskArn }) => taskArn?.includes('/platform-cluster/'));
    expect(own.map(({ region }) => region).sort()).toEqual([
      ...Array(4).fill('us-east-1'),
      ...Array(4).fill('us-west-2'),
    ]);
  });

  test('they are the pushed image’s own program, in the unpacked image of that digest', async () => {
    const { cloud } = provisioned();
    const rootfs = join(await realpath(pathsOf(cloud.directory).images), digest().replace(':', '-'), 'rootfs');
    const tasks = (await taskProcesses(cloud)).filter(({ taskArn }) => taskArn?.includes('/platform-cluster/'));
    expect(tasks).toHaveLength(8);
    for (const task of tasks) {
      expect(task.image).toBe(`000000000000.dkr.ecr.${task.region}.amazonaws.com/platform-app@${digest()}`);
      expect(task.digest).toBe(digest());
      if (process.platform === 'linux') {
        expect((await readFile(`/proc/${task.pid}/cmdline`, 'utf8')).startsWith(`${rootfs}/`)).toBe(true);
        expect(await readlink(`/proc/${task.pid}/cwd`)).toContain(`${rootfs}/`);
      }
    }
  });

  test('each of them answers by itself, at its own address', async () => {
    const hosts = await Promise.all(
      (await taskProcesses(provisioned().cloud))
        .filter(({ taskArn }) => taskArn?.includes('/platform-cluster/'))
        .map(async ({ address, port, region }) => ({
          region,
          seen: (await (await fetch(`http://${address}:${port}/`)).json()) as Answer,
        })),
    );
    for (const { region, seen } of hosts) expect(seen).toMatchObject({ region, version: await version('us-east-1') });
  });
});

describe('the pushed image, to a client that knows nothing of Slipway', () => {
  test('both regions have the same digest', () => {
    expect(digest()).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(digest('us-west-2')).toBe(digest());
  });

  test.each(platformRegions)('in %s, nobody reads it without credentials', async (region) => {
    const { endpoint } = await registryIn(provisioned().provisioner, region);
    const reply = await fetch(`${endpoint}/v2/platform-app/manifests/latest`);
    expect(reply.status).toBe(401);
  });

  test.each(platformRegions)(
    'in %s, every blob that the manifest names is there and has its digest',
    async (region) => {
      const registry = await reader(region);
      const { manifest, digest: seen } = await registry.manifest(digest());
      expect(seen).toBe(digest());
      expect(manifest.mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
      expect(manifest.layers.length).toBeGreaterThanOrEqual(2);
      for (const descriptor of [manifest.config, ...manifest.layers]) {
        const data = await registry.blob(descriptor);
        expect([sha256(data), data.length]).toEqual([descriptor.digest, descriptor.size]);
      }
      const config = JSON.parse((await registry.blob(manifest.config)).toString('utf8')) as Record<string, unknown>;
      expect(config).toMatchObject({ os: 'linux', architecture: 'amd64' });
    },
  );

  test.each(platformRegions)('in %s, `latest` and the content’s own tag are that image', async (region) => {
    const registry = await reader(region);
    for (const tag of ['latest', digest().slice('sha256:'.length, 'sha256:'.length + 16)])
      expect((await registry.manifest(tag)).digest).toBe(digest());
  });

  // Not part of every machine; what it asks is asked by the tests above too.
  const skopeo = spawnSync('skopeo', ['--version']).status === 0;
  for (const region of platformRegions) {
    const title = `in ${region}, skopeo inspects and pulls it`;
    if (skopeo)
      test(title, async () => {
        const { endpoint, user, password } = await registryIn(provisioned().provisioner, region);
        const source = `docker://${new URL(endpoint).host}/platform-app:latest`;
        const inspected = await run('skopeo', [
          'inspect',
          '--tls-verify=false',
          '--creds',
          `${user}:${password}`,
          source,
        ]);
        expect(JSON.parse(inspected.stdout)).toMatchObject({ Digest: digest(), Os: 'linux', Architecture: 'amd64' });
        const target = await mkdtemp(join(provisioned().cloud.directory, 'skopeo-'));
        await run('skopeo', [
          '--insecure-policy',
          'copy',
          '--src-tls-verify=false',
          '--src-creds',
          `${user}:${password}`,
          source,
          `dir:${target}`,
        ]);
        expect(sha256(await readFile(join(target, 'manifest.json')))).toBe(digest());
        await rm(target, { recursive: true });
      }, 120_000);
    else test.todo(`${title}: skopeo is not installed here (apt-get install skopeo)`);
  }
});
