import { createHash } from 'node:crypto';
import { readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { describe, expect, test } from '@jest/globals';
import { pathsOf } from '../../../infra/local/paths.ts';
import { taskProcesses } from '../../../infra/local/tasks.ts';
import { only } from '../../support/platform-reading.ts';
import { platformRegions, useProvisionedCloud } from '../../support/provisioned-cloud.ts';
import { pull } from '../../support/registry-pull.ts';

const provisioned = useProvisionedCloud();

const environments = ['staging', 'production'] as const;
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
const digest = (region = 'us-east-1'): string => regionReport(region).upstream.image?.app?.id ?? '';

/** The tag beside `latest`: the content's own, which the app says as its version. */
async function version(region: string): Promise<string> {
  const { imageDetails } = await provisioned()
    .provisioner.client(ECRClient, region)
    .send(new DescribeImagesCommand({ repositoryName: 'platform-app', imageIds: [{ imageDigest: digest() }] }));
  return only(
    imageDetails?.flatMap(({ imageTags = [] }) => imageTags.filter((tag) => tag !== 'latest')),
    'tags beside latest',
  );
}

async function ask(region: string, environment: (typeof environments)[number]): Promise<Answer> {
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

  test('they are the pushed image’s own Node, in the unpacked image of that digest', async () => {
    const { cloud } = provisioned();
    const rootfs = join(await realpath(pathsOf(cloud.directory).images), digest().replace(':', '-'), 'rootfs');
    const tasks = (await taskProcesses(cloud)).filter(({ taskArn }) => taskArn?.includes('/platform-cluster/'));
    expect(tasks).toHaveLength(8);
    for (const task of tasks) {
      expect(task.image).toBe(`000000000000.dkr.ecr.${task.region}.amazonaws.com/platform-app@${digest()}`);
      expect(task.digest).toBe(digest());
      if (process.platform === 'linux') {
        expect(await readlink(`/proc/${task.pid}/exe`)).toContain(`${rootfs}/`);
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

  test.each(platformRegions)(
    'in %s, every blob that the manifest names can be pulled and has its digest',
    async (region) => {
      const host = `000000000000.dkr.ecr.${region}.amazonaws.com`;
      const pulled = await pull(provisioned().cloud.endpoint, host, 'platform-app', digest());
      expect(pulled.manifest.mediaType).toBe('application/vnd.oci.image.manifest.v1+json');
      expect(pulled.blobs.length).toBeGreaterThanOrEqual(3);
      for (const { descriptor, data } of pulled.blobs) {
        expect(data.length).toBe(descriptor.size);
        expect(`sha256:${createHash('sha256').update(data).digest('hex')}`).toBe(descriptor.digest);
      }
      const config = JSON.parse(pulled.blobs[0]?.data.toString('utf8') ?? '') as Record<string, unknown>;
      expect(config).toMatchObject({ os: 'linux', architecture: 'amd64' });
    },
  );

  test.each(platformRegions)('in %s, `latest` and the content’s tag are that image', async (region) => {
    const host = `000000000000.dkr.ecr.${region}.amazonaws.com`;
    for (const tag of ['latest', await version(region)]) {
      const { manifestDigest } = await pull(provisioned().cloud.endpoint, host, 'platform-app', tag, { blobs: false });
      expect(manifestDigest).toBe(digest());
    }
  });
});
