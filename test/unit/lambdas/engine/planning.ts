import { planRegion, type RegionPlan } from '../../../../lambdas/engine/plan.ts';
import type { AnyResource, Readiness, Resource } from '../../../../lambdas/resources/resource.ts';
import type { Difference } from '../../../../workflow/documents.ts';
import { environmentNamed } from '../../../../workflow/environments.ts';
import { type Kind, kinds } from '../../../../workflow/stages.ts';
import { noCloud } from '../../../support/no-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';

export interface Parts {
  readonly specs?: Resource['specs'];
  readonly alive?: Readonly<Record<string, string>>;
  readonly diff?: (spec: object, id: string) => readonly Difference[];
  readonly readiness?: Readiness;
  readonly onList?: () => void;
}

/** A kind that can only be read. */
export const reading = (kind: Kind, { specs, alive = {}, diff, readiness, onList }: Parts): AnyResource => {
  const never = () => Promise.reject(new Error('a plan only reads'));
  return {
    kind,
    permissions: { read: [], write: [] },
    environmentOf: environmentNamed,
    specs: specs ?? (() => []),
    list: async () => {
      onList?.();
      return Object.entries(alive).map(([key, id]) => ({ key, id }));
    },
    readiness: () => readiness ?? { state: 'ready' },
    diff: (spec, found) => diff?.(spec, found.id) ?? [],
    create: never,
    update: never,
    delete: never,
    output: ({ id }) => ({ id }),
  } satisfies Resource;
};

export const plan = (parts: Partial<Record<Kind, Parts>>): Promise<RegionPlan> =>
  planRegion(
    noCloud,
    regionConfig(),
    Object.fromEntries(kinds.map((kind) => [kind, reading(kind, parts[kind] ?? {})])) as Record<Kind, AnyResource>,
  );

export const one =
  (spec: object = {}): Resource['specs'] =>
  () => [{ key: 'main', spec }];
export const size: Difference = { path: 'size', was: 1, want: 2 };
