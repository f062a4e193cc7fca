import { describe, expect, test } from '@jest/globals';
import { processesOf } from '../../support/process-group.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';

const provisioned = useProvisionedCloud();

/** All of it: front door, emulator, warm Lambda workers, tasks. */
const limit = 3 * 1024 ** 3;

describe('the local cloud', () => {
  if (process.platform === 'linux') {
    test('took less than 3 GB at the height of the first run, warm Lambda workers included', () => {
      const { peakMemory } = provisioned().first;
      expect(peakMemory).toBeGreaterThan(200 * 1024 ** 2);
      expect(peakMemory).toBeLessThan(limit);
    });

    test('is one process group, with the emulator in it', async () => {
      const { pids } = provisioned().cloud;
      expect(await processesOf(pids.frontDoor)).toEqual(expect.arrayContaining([pids.frontDoor, pids.ministack]));
    });
  } else test.todo('is measured through /proc, which only Linux has');
});
