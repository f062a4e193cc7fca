import { isDeepStrictEqual } from 'node:util';
import type { RegionConfig } from '../../workflow/config.ts';
import type { Difference, Orphans, Outputs, PlanCounts, PlannedChange, PlanSummary } from '../../workflow/documents.ts';
import { impactOf, type Kind, kinds, type MakingStageName, makingStages, type Stage } from '../../workflow/stages.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { nameTaken } from '../aws/ownership.ts';
import type { AnyResource, Found, Wanted } from '../resources/resource.ts';
import { digestOf } from './digest.ts';
import { isOurs, listsOf, namesake, withOutput } from './found.ts';
import { resolve } from './resolve.ts';
import { tagDifferences } from './tags.ts';
import { makerOf, unchangeable, waits, wantedIn } from './wanted.ts';

export interface RegionPlan {
  readonly changes: readonly PlannedChange[];
  /** Names that are to be created and that something of others' has already, in words. */
  readonly conflicts: readonly string[];
  /** Of everything that exists. */
  readonly outputs: Outputs;
  /** Kinds that are wanted and of which there is nothing, not even of somebody else's. */
  readonly unseen: readonly Kind[];
  /** What the digest covers: logical specs by `kind/key`, never ids, and the user's tags. */
  readonly wanted: Readonly<Record<string, object>>;
}

/** Walks every stage of one region as provision does, with the writes left out; then adds what nobody wants any more. */
export async function planRegion(
  cloud: Cloud,
  config: RegionConfig,
  resources: Readonly<Record<Kind, AnyResource>>,
): Promise<RegionPlan> {
  let outputs: Outputs = {};
  const changes: PlannedChange[] = [];
  const wantedSpecs: Record<string, object> = { tags: config.tags };
  const conflicts: string[] = [];
  const wantedOf = (kind: Kind): readonly Wanted<object>[] => resources[kind].specs(config);
  const lists = listsOf(
    cloud,
    kinds.filter((kind) => wantedOf(kind).length > 0).map((kind) => resources[kind]),
    (kind, key) => wantedOf(kind).some((wanted) => wanted.key === key),
  );
  const known = new Map(await Promise.all(lists.map(async ([kind, list]) => [kind, await list] as const)));
  for (const stage of makingStages) {
    for (const kind of stage.kinds) {
      const resource = resources[kind];
      const seen = known.get(kind) ?? [];
      const found = seen.filter(isOurs);
      for (const logical of wantedIn(resource, config, stage.name)) {
        const { key } = logical;
        wantedSpecs[`${kind}/${key}`] = logical.spec;
        const wanted = { ...logical, spec: resolve(logical.spec, outputs) };
        const now = found.find((each) => each.key === key);
        const { another, ...planned } = change(resource, wanted, now, cloud.scope);
        const impact = impactOf(stage.name, kind, resource.environmentOf?.(key));
        changes.push({ region: config.region, stage: stage.name, kind, key, impact, ...planned });
        const taken = planned.action === 'create' ? namesake(seen, wanted.spec) : undefined;
        if (taken !== undefined) conflicts.push(nameTaken(cloud.scope, kind, key, taken.id));
        if (now !== undefined && !another) outputs = withOutput(outputs, kind, key, resource.output(now));
      }
    }
  }
  // A kind of which nothing is wanted was not read: none is wanted in some regions only, and regions keep their part.
  for (const [kind, seen] of known) {
    for (const { key } of seen.filter(isOurs)) {
      if (wantedSpecs[`${kind}/${key}`] !== undefined) continue;
      const stage = makerOf(resources[kind], config, key);
      const impact = impactOf(stage, kind, resources[kind].environmentOf?.(key));
      changes.push({ region: config.region, stage, kind, key, impact, action: 'delete', differences: [] });
    }
  }
  const productionStands = outputs.service?.production !== undefined;
  return {
    changes: changes.map((each) =>
      productionStands && (touches(each) || each.differences.some(({ release }) => release))
        ? { ...each, touchesProduction: true as const }
        : each,
    ),
    conflicts,
    outputs,
    unseen: [...known].flatMap(([kind, seen]) => (seen.length === 0 ? [kind] : [])),
    wanted: wantedSpecs,
  };
}

/** `another`: it will get an id that is not known yet, so whatever refers to it will differ. */
function change(
  resource: AnyResource,
  wanted: Wanted<object>,
  found: Found | undefined,
  scope: Scope,
): Pick<PlannedChange, 'action' | 'differences' | 'deferredTo' | 'waiting'> & { readonly another: boolean } {
  if (found === undefined) return { another: true, action: 'create', differences: [] };
  const own = resource.diff(wanted.spec, found);
  const differences = [...own, ...tagDifferences(resource, scope, found)];
  if (own.some(({ replace }) => replace)) return { another: true, action: 'replace', differences };
  // A revision is tagged as it is.
  const another = resource.revised === true && own.length > 0;
  const { deferredTo } = wanted;
  const finished = deferredTo !== undefined && own.some((each) => waits(wanted, each)) ? { deferredTo } : {};
  if (differences.length > 0) return { another, action: 'update', differences, ...finished };
  const readiness = resource.readiness(found, wanted.spec);
  const waiting = readiness.state === 'ready' ? {} : { waiting: readiness.reason };
  return { another, action: 'unchanged', differences, ...waiting };
}

const machineOf = new Map<MakingStageName, Stage['machine']>(makingStages.map(({ name, machine }) => [name, machine]));

/** The stages of `promote-region` wait for their approval anyway. */
const touches = ({ stage, action, impact }: PlannedChange): boolean =>
  action !== 'unchanged' && machineOf.get(stage) === 'provision-region' && impact !== 'delivery';

/** A repair that neither interrupts nor loses anything, additions by others included. */
const isSafe = ({ action, impact, differences }: PlannedChange): boolean =>
  (action === 'create' || action === 'update') &&
  ['network', 'monitoring'].includes(impact) &&
  !differences.some(removes);

/** Whether a difference is corrected by taking something away: a rule, a route, a member of a set. */
const removes = ({ was, want }: Difference): boolean =>
  want === undefined ||
  (Array.isArray(was) &&
    Array.isArray(want) &&
    was.some((each) => !want.some((other) => isDeepStrictEqual(each, other))));

/** Actions that a person has to approve first, whatever they touch. */
const isFinal = ({ action }: PlannedChange): boolean => action === 'replace' || action === 'delete';

/**
 * What would be replaced and can't be, in words; empty where everything can.
 * @see Resource.replaceable
 */
export const impossible = (
  changes: readonly PlannedChange[],
  resources: Readonly<Record<Kind, AnyResource>>,
): readonly string[] =>
  changes
    .filter(({ action, kind }) => action === 'replace' && resources[kind].replaceable !== true)
    .map(({ kind, key, region, differences }) => unchangeable(`${kind}/${key} in ${region}`, differences));

/**
 * Pure: what the execution's state keeps of the regions' plans.
 * @param goAhead whether safe repairs of network and monitoring need no question
 */
export function summarisePlan(plans: readonly Pick<RegionPlan, 'changes' | 'wanted'>[], goAhead = false): PlanSummary {
  const changes = plans.flatMap((plan) => plan.changes);
  const count = (action: PlannedChange['action']): number => changes.filter((each) => each.action === action).length;
  const counts: PlanCounts = {
    create: count('create'),
    update: count('update'),
    replace: count('replace'),
    delete: count('delete'),
    unchanged: count('unchanged'),
  };
  const open = changes.filter((each) => each.action !== 'unchanged' || each.waiting !== undefined);
  return {
    digest: digestOf(
      plans.map((plan) => ({
        wanted: plan.wanted,
        final: plan.changes.filter(isFinal).map(({ action, kind, key }) => `${action} ${kind}/${key}`),
      })),
    ),
    counts,
    hasChanges: open.length > 0,
    production: open.some(
      ({ stage, deferredTo = stage, action }) => action !== 'delete' && machineOf.get(deferredTo) === 'promote-region',
    ),
    askFirst: open.some((each) => isFinal(each) || (each.touchesProduction === true && !(goAhead && isSafe(each)))),
  };
}

/** What an older configuration left behind, by region, as `kind/key`. */
export const orphans = (plans: readonly Pick<RegionPlan, 'changes'>[]): readonly Orphans[] =>
  plans.flatMap(({ changes }) => {
    const going = changes.filter(({ action }) => action === 'delete');
    const [first] = going;
    return first === undefined ? [] : [{ region: first.region, only: going.map(({ kind, key }) => `${kind}/${key}`) }];
  });
