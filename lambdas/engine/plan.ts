import type { RegionConfig } from '../../workflow/config.ts';
import type { PlanCounts, PlanSummary, Upstream } from '../../workflow/documents.ts';
import { type Kind, type MakingStageName, makingStages, type Stage } from '../../workflow/stages.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { AnyResource, Difference, Found } from '../resources/resource.ts';
import { digestOf } from './digest.ts';
import { listed, wantedIn, withOutput } from './provision.ts';
import { resolve } from './resolve.ts';

/** What a run would do to one resource. */
export interface PlannedChange {
  readonly region: string;
  readonly stage: MakingStageName;
  readonly kind: Kind;
  readonly key: string;
  readonly action: 'create' | 'update' | 'replace' | 'unchanged';
  readonly differences: readonly Difference[];
  /** Why the resource, unchanged, is not ready. */
  readonly waiting?: string;
}

export interface RegionPlan {
  readonly changes: readonly PlannedChange[];
  /** Of everything that stands. */
  readonly upstream: Upstream;
  /** What the digest covers: logical specs by `kind/key`, never ids. */
  readonly wanted: Readonly<Record<string, object>>;
}

/** The walk of provision over every stage of one region, with the writes left out. */
export async function planRegion(
  cloud: Cloud,
  config: RegionConfig,
  resources: Readonly<Record<Kind, AnyResource>>,
): Promise<RegionPlan> {
  let upstream: Upstream = {};
  const changes: PlannedChange[] = [];
  const wantedSpecs: Record<string, object> = {};
  const known = new Map<Kind, readonly Found[]>();
  for (const stage of makingStages) {
    for (const kind of stage.kinds) {
      const resource = resources[kind];
      const wantedOnes = wantedIn(resource, config, stage.name);
      if (wantedOnes.length === 0) continue;
      const found = known.get(kind) ?? (await listed(resource, cloud, upstream));
      known.set(kind, found);
      for (const { key, spec: logical } of wantedOnes) {
        wantedSpecs[`${kind}/${key}`] = logical;
        const spec = resolve(logical, upstream);
        const now = found.find((each) => each.key === key);
        changes.push({ region: config.region, stage: stage.name, kind, key, ...change(resource, spec, now) });
        if (now !== undefined) upstream = withOutput(upstream, kind, key, resource.output(now));
      }
    }
  }
  return { changes, upstream, wanted: wantedSpecs };
}

function change(
  resource: AnyResource,
  spec: object,
  found: Found | undefined,
): Pick<PlannedChange, 'action' | 'differences' | 'waiting'> {
  if (found === undefined) return { action: 'create', differences: [] };
  const differences = resource.diff(spec, found);
  if (differences.some(({ replace }) => replace)) return { action: 'replace', differences };
  if (differences.length > 0) return { action: 'update', differences };
  const readiness = resource.readiness(found, spec);
  return { action: 'unchanged', differences, ...(readiness.state === 'ready' ? {} : { waiting: readiness.reason }) };
}

const machineOf = new Map<MakingStageName, Stage['machine']>(makingStages.map(({ name, machine }) => [name, machine]));

/** Pure: what the execution's state keeps of the regions' plans. */
export function summarisePlan(plans: readonly RegionPlan[]): PlanSummary {
  const changes = plans.flatMap((plan) => plan.changes);
  const count = (action: PlannedChange['action']): number => changes.filter((each) => each.action === action).length;
  const counts: PlanCounts = {
    create: count('create'),
    update: count('update'),
    replace: count('replace'),
    delete: 0,
    unchanged: count('unchanged'),
  };
  const open = changes.filter((each) => each.action !== 'unchanged' || each.waiting !== undefined);
  return {
    digest: digestOf(plans.map(({ wanted }) => wanted)),
    counts,
    changes: open.length > 0,
    production: open.some(({ stage }) => machineOf.get(stage) === 'promote-region'),
  };
}
