import { isDeepStrictEqual } from 'node:util';
import type { Scope } from '../../../lambdas/aws/cloud.ts';
import { allResources } from '../../../lambdas/resources/all.ts';
import type { AnyResource, Found, Wanted } from '../../../lambdas/resources/resource.ts';
import type { RegionConfig } from '../../../workflow/config.ts';
import { type Kind, kinds } from '../../../workflow/stages.ts';

/** What stands, as the protocol's tests know it. */
export interface Thing extends Found {
  readonly deployment: string;
  readonly region: string;
  readonly kind: Kind;
  readonly spec: object;
}

/** A change that a function makes. */
export interface Write {
  readonly action: 'create' | 'update' | 'delete';
  readonly thing: Thing;
  /** What stood before. */
  readonly before?: Thing | undefined;
}

/**
 * Some of the kinds, each with one property that inputs can tell apart: enough for every impact on production, what is
 * kept by a destroy, and what an older configuration leaves behind.
 */
const wants: Partial<Readonly<Record<Kind, (config: RegionConfig) => readonly Wanted<object>[]>>> = {
  vpc: ({ network: { cidr } }) => [{ key: 'main', spec: { cidr } }],
  'nat-gateway': ({ network: { zones } }) => zones.map(({ letter, name }) => ({ key: letter, spec: { name } })),
  repository: () => [{ key: 'main', spec: {} }],
  pipeline: ({ primary, pipeline: { branch } }) => (primary ? [{ key: 'main', spec: { branch } }] : []),
  alarm: ({ alarms: { cpuPercent } }) => [{ key: 'cpu', spec: { cpuPercent } }],
  service: ({ app: { cpu } }) => [
    { key: 'staging', stage: 'deploy-staging', spec: { cpu } },
    { key: 'production', stage: 'deploy-production', spec: { cpu } },
  ],
};

/** The region's network as EC2 shows it. */
export const cidrOf = ({ spec }: Thing): string => (spec as { cidr: string }).cidr;

/**
 * A cloud that is nothing but a list of things: every kind of lambdas/resources looks and writes there until `close`.
 * The engine, the stages and the journal are the real ones.
 * @param write makes a change, or lets it wait, or never lets its answer arrive
 * @param full whether the region has no room for another VPC
 * @param text what every resource tells those that are made after it, besides its id
 */
export function platform(
  write: (change: Write, make: () => void) => Promise<void>,
  full: (region: string) => boolean,
  text: string,
): { readonly things: Map<string, Thing>; readonly close: () => void } {
  const things = new Map<string, Thing>();
  let count = 0;
  const nameOf = ({ deployment, region, kind, key }: Thing): string => `${deployment} ${region} ${kind}/${key}`;
  const change = (action: Write['action'], thing: Thing): Promise<void> => {
    const before = things.get(nameOf(thing));
    return write({ action, thing, before }, () => {
      if (action === 'delete') things.delete(nameOf(thing));
      else things.set(nameOf(thing), thing);
    });
  };
  const own = (kind: Kind): Partial<AnyResource> => ({
    specs: wants[kind] ?? (() => []),
    list: async ({ scope }) =>
      [...things.values()].filter(
        (each) => each.kind === kind && each.region === scope.region && each.deployment === scope.deployment,
      ),
    readiness: () => ({ state: 'ready' }),
    diff: (spec: object, { spec: now }: Thing) =>
      Object.entries(spec).flatMap(([path, want]) => {
        const was = (now as Record<string, unknown>)[path];
        const replace = kind === 'vpc' ? { replace: true as const } : {};
        return isDeepStrictEqual(was, want) ? [] : [{ path, was, want, ...replace }];
      }),
    create: async ({ scope: { deployment, region } }: { scope: Scope }, { key, spec }) => {
      count += 1;
      const thing: Thing = { deployment, region, kind, key, id: `${kind}-${count}`, spec };
      await change('create', thing);
      return thing;
    },
    update: (_, { spec }, found: Thing) => change('update', { ...found, spec }),
    delete: (_, found: Thing) => change('delete', found),
    output: ({ id }) => ({ id, text }),
  });
  const originals = kinds.map((kind) => {
    const resource: Record<string, unknown> = allResources[kind] as never;
    const original = { ...resource };
    for (const name of ['arn', 'tag', 'revised', 'remadeWhenFailed', 'replaceable', 'quota'])
      Reflect.deleteProperty(resource, name);
    Object.assign(resource, own(kind));
    if (kind === 'vpc') {
      const used = async ({ scope: { region } }: { scope: Scope }): Promise<number> => (full(region) ? 1e6 : 0);
      resource.quota = { name: 'VPCs per Region', service: 'vpc', code: 'L-F678F1CE', used };
    }
    return { resource, original };
  });
  return {
    things,
    close: () => {
      for (const { resource, original } of originals) {
        for (const name of Object.keys(resource)) Reflect.deleteProperty(resource, name);
        Object.assign(resource, original);
      }
    },
  };
}
