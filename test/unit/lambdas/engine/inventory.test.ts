import { describe, expect, test } from '@jest/globals';
import type { Unmanaged } from '../../../../lambdas/aws/ownership.ts';
import { listed } from '../../../../lambdas/engine/found.ts';
import { inventoryOf } from '../../../../lambdas/engine/inventory.ts';
import type { AnyResource, Found, Resource } from '../../../../lambdas/resources/resource.ts';
import { type Kind, kinds } from '../../../../workflow/stages.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';

const never = () => Promise.reject(new Error('an inventory only reads'));

const resource = (kind: Kind, there: readonly (Found | Unmanaged)[]): AnyResource =>
  ({
    kind,
    permissions: { read: [], write: [] },
    specs: () => [],
    list: async () => there,
    readiness: () => ({ state: 'ready' }),
    diff: () => [],
    create: never,
    update: never,
    delete: never,
    output: ({ id }) => ({ id }),
  }) satisfies Resource<object, Found>;

const ours: Found = { key: 'main', id: 'ours' };
const unmanaged: Unmanaged = { key: 'theirs', id: 'theirs', unmanaged: true };
const { cloud } = answeringCloud({});

describe('what is not ours', () => {
  test('is told apart in the inventory, and has no output that others could refer to', async () => {
    const there: Partial<Record<Kind, readonly (Found | Unmanaged)[]>> = {
      cluster: [unmanaged, ours],
      topic: [unmanaged],
    };
    const all = Object.fromEntries(kinds.map((kind) => [kind, resource(kind, there[kind] ?? [])])) as Record<
      Kind,
      AnyResource
    >;
    expect(await inventoryOf(cloud, all)).toEqual({
      standing: [{ region: 'us-east-1', kind: 'cluster', key: 'main', id: 'ours' }],
      unmanaged: ['us-east-1 cluster theirs', 'us-east-1 topic theirs'],
      obstacles: [],
      outputs: { cluster: { main: { id: 'ours' } } },
    });
  });

  test('is there for no driver', async () => {
    expect(await listed(resource('cluster', [unmanaged, ours]), cloud, {})).toEqual([ours]);
  });
});
