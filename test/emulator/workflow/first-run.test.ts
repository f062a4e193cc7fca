import {
  type HistoryEvent,
  paginateGetExecutionHistory,
  paginateListExecutions,
  paginateListStateMachines,
} from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordedCall } from '@slipway/local-cloud';
import { countsOf } from '../../bench/time/calls.ts';
import { processesOf } from '../../support/process-group.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';

const provisioned = useProvisionedCloud();

/** All of it: front door, emulator, warm Lambda workers, tasks. */
const limit = 3 * 1024 ** 3;

/** Whether some of the calls were under way at the same time. */
function overlap(calls: readonly RecordedCall[]): boolean {
  const spans = calls.map(({ time, durationMs }) => [Date.parse(time), Date.parse(time) + durationMs] as const);
  return spans.some(([start], at) => spans.some(([from, to], other) => other !== at && from <= start && start < to));
}

/** Bytes of the inputs and outputs that an event of a history shows. */
const payloadsOf = (event: HistoryEvent): readonly (readonly [name: string, bytes: number])[] =>
  Object.values(event)
    .flatMap((details: unknown) => (typeof details === 'object' && details !== null ? Object.entries(details) : []))
    .flatMap(([name, value]) =>
      ['input', 'output', 'parameters', 'cause'].includes(name) && typeof value === 'string'
        ? [[name, Buffer.byteLength(value)] as const]
        : [],
    );

describe('the calls of a first run (npm run bench shows them all)', () => {
  let calls: readonly RecordedCall[];
  beforeAll(async () => {
    const { provisioner, first } = provisioned();
    const all = await provisioner.calls();
    calls = all.slice(0, first.recorded).filter(({ principal }) => principal.startsWith('lambda:'));
  });

  test('are no more than they have to be', () => {
    // How often something is waited for depends on how fast this machine is.
    const { platform, mutating, table, throttled } = countsOf(
      calls.filter(({ principal }) => !principal.startsWith('lambda:slipway-await-')),
    );
    expect(mutating).toBeGreaterThan(150);
    expect(platform).toBeLessThanOrEqual(420);
    expect(table).toBeLessThanOrEqual(200);
    expect(throttled).toBe(0);
  });

  test.each(['us-east-1', 'us-west-2'])(
    "are too few in %s to empty a request bucket of EC2's, however fast they come",
    (region) => {
      const own = calls.filter((call) => call.service === 'ec2' && call.region === region);
      const mutating = own.filter((call) => call.mutating).length;
      expect(mutating).toBeGreaterThan(20);
      // At once (EC2 API, "Request throttling"); what it refills is not counted.
      expect(mutating).toBeLessThanOrEqual(50);
      expect(own.length - mutating).toBeLessThanOrEqual(100);
    },
  );

  test.each(['CreateSubnet', 'CreateRouteTable', 'AllocateAddress', 'CreateTargetGroup', 'PutMetricAlarm'])(
    '%s: what does not depend on each other is made side by side',
    (action) => {
      const own = calls.filter((call) => call.action === action && call.region === 'us-east-1');
      expect(own.length).toBeGreaterThan(1);
      expect(overlap(own)).toBe(true);
    },
  );
});

test('no state of any execution is above 32 KB', async () => {
  const client = provisioned().provisioner.stepFunctions;
  const seen: { readonly machine: string | undefined; readonly of: string; readonly bytes: number }[] = [];
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, {}))
    for (const { stateMachineArn, name } of stateMachines)
      for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn }))
        for (const { executionArn } of executions)
          for await (const { events = [] } of paginateGetExecutionHistory({ client }, { executionArn }))
            for (const event of events)
              for (const [of, bytes] of payloadsOf(event))
                seen.push({ machine: name, of: `${event.type}: ${of}`, bytes });
  const [largest] = seen.toSorted((one, other) => other.bytes - one.bytes);
  expect(seen.map(({ machine }) => machine)).toEqual(
    expect.arrayContaining(['slipway-provision', 'slipway-provision-region', 'slipway-promote-region']),
  );
  // A reference is longer than nothing: what is measured are the states.
  expect(largest?.bytes).toBeGreaterThan(500);
  expect([largest, (largest?.bytes ?? 0) <= 32_768]).toEqual([largest, true]);
});

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
