import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateClusterCommand, ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import { afterEach, describe, expect, test } from '@jest/globals';
import { down, type LocalCloud, running, up } from '@slipway/local-cloud';
import { timings } from '../../../infra/cli/target.ts';
import { membersOf } from '../../../infra/local/state.ts';
import { clientOptions, startTestCloud, stopTestCloud, waitFor } from './test-cloud.ts';

let cloud: LocalCloud | undefined;
afterEach(async () => {
  await stopTestCloud(cloud);
  cloud = undefined;
});

const members = (of: LocalCloud) => membersOf(of.pids.frontDoor, of.directory);

describe('up and down', () => {
  test('a second up returns the cloud that runs, and down leaves no process', async () => {
    cloud = await startTestCloud();
    const again = await up({ directory: cloud.directory, timings, port: 0 });
    expect(again.pids).toEqual(cloud.pids);
    expect((await running(cloud.directory))?.port).toBe(cloud.port);
    expect((await members(cloud)).length).toBeGreaterThanOrEqual(2);
    const { stopped } = await down(cloud.directory);
    expect(stopped).toEqual(expect.arrayContaining([cloud.pids.frontDoor, cloud.pids.ministack]));
    expect(await members(cloud)).toEqual([]);
    expect(await running(cloud.directory)).toBeUndefined();
    expect(await down(cloud.directory)).toEqual({ stopped: [] });
  }, 240_000);

  test('what a killed front door leaves behind is found and ended by the next up', async () => {
    const first = await startTestCloud();
    cloud = first;
    await new ECSClient(clientOptions(first)).send(new CreateClusterCommand({ clusterName: 'before' }));
    process.kill(first.pids.frontDoor, 'SIGKILL');
    await waitFor(
      () => running(first.directory),
      (found) => found === undefined,
    );
    const second = await up({ directory: first.directory, timings, port: 0 });
    expect(await members(first)).toEqual([]);
    const { clusterArns } = await new ECSClient(clientOptions(second)).send(new ListClustersCommand({}));
    expect(clusterArns).toEqual([]);
  }, 240_000);

  test('a port in use is named', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await expect(up({ directory: join(tmpdir(), 'slipway-test-port'), timings, port })).rejects.toThrow(
        `port ${port} is in use`,
      );
    } finally {
      server.close();
    }
  });
});
