import { describe, expect, test } from '@jest/globals';
import { checkReadiness } from '../../../../lambdas/engine/await-ready.ts';
import type { Readiness, Resource } from '../../../../lambdas/resources/resource.ts';
import type { Pending } from '../../../../workflow/documents.ts';
import { stageNamed } from '../../../../workflow/stages.ts';
import { noCloud } from '../../../support/no-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';

describe('checkReadiness', () => {
  const looking = (states: Record<string, Readiness>, waitedSeconds = 0, pending?: readonly Pending[]) =>
    checkReadiness({
      cloud: noCloud,
      config: regionConfig(),
      stage: stageNamed('await-network'),
      outputs: {},
      waitedSeconds,
      pending,
      resources: [
        {
          kind: 'nat-gateway',
          permissions: { read: [], write: [] },
          specs: () => ['a', 'b'].map((key) => ({ key, spec: {} })),
          list: async () => Object.keys(states).map((key) => ({ key, id: key })),
          readiness: (found) => states[found.key] as Readiness,
          diff: () => [],
          create: () => Promise.reject(new Error('reads only')),
          update: () => Promise.reject(new Error('reads only')),
          delete: () => Promise.reject(new Error('reads only')),
          output: ({ id }) => ({ id }),
        } satisfies Resource,
      ],
    });
  const ready = { state: 'ready' } as const;
  const slow = (nextCheckSeconds: number) => ({ state: 'pending', reason: 'is pending', nextCheckSeconds }) as const;

  test.each([
    ['is ready when all are', { a: ready, b: ready }, 0, { ready: true, nextCheckSeconds: 0, waitedSeconds: 0 }],
    [
      'waits for the slowest',
      { a: slow(10), b: slow(106) },
      0,
      { ready: false, nextCheckSeconds: 106, waitedSeconds: 106 },
    ],
    [
      'looks again after 5 s at the earliest',
      { a: slow(1), b: ready },
      106,
      { ready: false, nextCheckSeconds: 5, waitedSeconds: 111 },
    ],
    [
      'rounds up to whole seconds',
      { a: slow(7.2), b: ready },
      0,
      { ready: false, nextCheckSeconds: 8, waitedSeconds: 8 },
    ],
    [
      'never waits past its limit',
      { a: slow(106), b: ready },
      890,
      { ready: false, nextCheckSeconds: 10, waitedSeconds: 900 },
    ],
    ['waits for what is not visible yet', { a: ready }, 0, { ready: false, nextCheckSeconds: 5, waitedSeconds: 5 }],
  ] as const)('%s', async (_, states, waited, expected) => {
    expect(await looking(states, waited)).toMatchObject(expected);
  });

  test('looks only at what has not been ready yet', async () => {
    const open = (...keys: readonly string[]) =>
      keys.map((key) => ({ kind: 'nat-gateway', key, reason: 'is pending' }) as const);
    expect(await looking({ a: slow(5), b: ready }, 106, open('b'))).toMatchObject({ ready: true });
    expect(await looking({ a: slow(5), b: slow(5) }, 106, open('b'))).toMatchObject({ pending: open('b') });
  });

  test('fails with all that failed', async () => {
    const failed = (reason: string): Readiness => ({ state: 'failed', reason });
    await expect(looking({ a: failed('no address'), b: failed('no room') })).rejects.toThrow(
      'nat-gateway/a: no address; nat-gateway/b: no room in us-east-1',
    );
  });

  test('fails with what failed', async () => {
    await expect(looking({ a: { state: 'failed', reason: 'no address' }, b: ready })).rejects.toThrow(
      'nat-gateway/a: no address in us-east-1',
    );
  });

  test('fails with what it waited for, and how long', async () => {
    await expect(looking({ a: slow(10), b: ready }, 900)).rejects.toThrow(
      'waited 900 s in us-east-1 and the limit is 900 s: nat-gateway/a: is pending',
    );
  });
});
