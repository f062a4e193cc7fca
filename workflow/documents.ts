/**
 * Shapes of the JSON documents that travel between states, as the Lambdas see them. In the states themselves, what grows
 * with regions, zones, tags and names (a region's `config`, `outputs`, `only`) is a reference (`Kept`): no state is above
 * 32 KB, of the 256 KiB that Step Functions allows.
 */
import type { ErrorOutput } from './causes.ts';
import type { RegionConfig } from './config.ts';
import type { DestroyInput } from './destroy-input.ts';
import type { Input } from './input.ts';
import type { Impact, Kind, MakingStageName, RemovalName, StageName } from './stages.ts';

/** Ids of one resource (names, ARNs, addresses). */
export type Output = { readonly id: string } & Readonly<Record<string, string>>;

/** Outputs of everything made so far, by kind and key. */
export type Outputs = { readonly [K in Kind]?: Readonly<Record<string, Output>> };

/** In a state, stands for a value that the table keeps (lambdas/store/kept.ts). */
export interface Kept {
  /** SHA-256 of the value's JSON, hex. */
  readonly kept: string;
  /** Of a region's configuration: the definitions read it. */
  readonly region?: string;
}

/** The root execution: what people started. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  /** ISO 8601 */
  readonly startedAt: string;
}

/** Who works on what, under which lock. In every document. */
export interface Run {
  readonly deployment: string;
  readonly execution: Execution;
  /** The lock's fencing number: a later run has a higher one. */
  readonly fence: number;
}

/** Input and, with `outputs` grown, output of every stage. */
export interface StageDocument extends Run {
  readonly config: RegionConfig;
  readonly outputs: Outputs;
  /** What earlier stages left to later ones, as `kind/key`. Absent in runs of earlier versions. */
  readonly deferred?: readonly string[];
  /** Present where the stages are walked backwards. */
  readonly removal?: Removal;
  /** Of a loop: what its Task answered the last time. */
  readonly wait?: WaitReport;
  /** Kinds of which this execution's plan saw nothing in the region. Nobody was asked since. */
  readonly unseen?: readonly Kind[];
  /** The Task's retry count. */
  readonly attempt?: number;
}

/** What the states of `provision` after the first start from. */
export interface Validated extends Run {
  readonly verdict: 'go';
  readonly mode: Input['mode'];
  readonly approval: Input['approval'];
  /** Those that answer. */
  readonly regions: readonly RegionConfig[];
  readonly unreachable?: readonly FailedRegion[];
}

/** What Plan adds to it. */
export interface Planned extends Partial<Pick<Validated, 'regions' | 'unreachable'>> {
  readonly plan: PlanSummary;
  /** What an older configuration left behind, to be pruned. */
  readonly orphans: readonly Orphans[];
  /** Kinds of which nothing was seen, by region. */
  readonly unseen?: readonly { readonly region: string; readonly kinds: readonly Kind[] }[];
  /** What exists, where there is nothing to do. */
  readonly provisioned?: readonly RegionResult[];
  /** Where this plan has been approved already. */
  readonly decision?: Decision;
}

/** What an older configuration left behind in a region, as `kind/key`. */
export interface Orphans {
  readonly region: string;
  readonly only: readonly string[];
}

/** What the states of `destroy` after the first start from. */
export interface DestroyRun extends Run {
  readonly approval: DestroyInput['approval'];
  readonly regions: readonly RegionConfig[];
  /** Whether these are all regions of the deployment; absent in runs from before there was a choice. */
  readonly whole?: boolean;
  readonly empty: DestroyInput['empty'];
}

/** What "List resources" adds to it. */
export interface Inventoried {
  readonly removal: Pick<Removal, 'keep'>;
  readonly plan: PlanSummary;
  readonly found: readonly { readonly config: RegionConfig; readonly outputs: Outputs }[];
}

/** What a regional execution gave, or how it failed. */
export type RegionResult =
  | { readonly region: string; readonly config: RegionConfig; readonly outputs: Outputs }
  | FailedRegion;

/** A regional execution that failed, or a region that did not answer and was left out. */
export interface FailedRegion {
  readonly region: string;
  readonly error: ErrorOutput;
}

/** What is removed where the stages are walked backwards. */
export interface Removal {
  /** Kinds that stay, because they hold what people put there. */
  readonly keep: readonly Kind[];
  /** Only these orphans, as `kind/key`. Absent: everything. */
  readonly only?: readonly string[];
}

/** One resource that is waited for. */
export interface Pending {
  readonly kind: Kind;
  readonly key: string;
  readonly reason: string;
}

export interface WaitReport {
  readonly stage: StageName | RemovalName;
  readonly ready: boolean;
  readonly pending: readonly Pending[];
  /** Whole seconds for the Wait state. */
  readonly nextCheckSeconds: number;
  /** Sum of the Waits so far, the coming one included. */
  readonly waitedSeconds: number;
}

/**
 * One property that differs. `replace`: AWS can't change it on a living resource. `deferred`: running tasks may still
 * need the old state, so it is left to the stage that `PlannedChange.deferredTo` names.
 */
export interface Difference {
  readonly path: string;
  /** Absent where nothing exists yet; JSON has no undefined. */
  readonly was?: unknown;
  /** Absent where it is removed. */
  readonly want?: unknown;
  readonly replace?: true;
  readonly deferred?: true;
  /** Decides which commits reach production or who is asked: people are asked, though nothing that runs is changed. */
  readonly release?: true;
}

/** What a run would do to one resource. */
export interface PlannedChange {
  readonly region: string;
  readonly stage: MakingStageName;
  readonly kind: Kind;
  readonly key: string;
  /** `delete`: an older configuration left it behind. */
  readonly action: 'create' | 'update' | 'replace' | 'delete' | 'unchanged';
  readonly differences: readonly Difference[];
  /** The later stage that applies those of the differences that are `deferred`. */
  readonly deferredTo?: MakingStageName;
  /** Why the resource, unchanged, is not ready. */
  readonly waiting?: string;
  /** What the resource is to a production that is running. */
  readonly impact: Impact;
  /** True where a running production depends on it or is monitored by it. */
  readonly touchesProduction?: true;
}

/** One resource that exists. */
export interface Standing {
  readonly region: string;
  readonly kind: Kind;
  readonly key: string;
  readonly id: string;
  /** Of a kind that the tagging API supports. */
  readonly arn?: string;
}

export interface PlanCounts {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly unchanged: number;
}

/** What the execution's state keeps of a plan. */
export interface PlanSummary {
  /** SHA-256 over the wanted specs of all regions and what is replaced or deleted for them, hex. */
  readonly digest: string;
  /** Where the whole plan is kept. Absent for `destroy`, whose list is in the table. */
  readonly document?: PlanLocation;
  readonly counts: PlanCounts;
  /** True when anything is to be done. */
  readonly hasChanges: boolean;
  /** True when anything of production is to be done. */
  readonly production: boolean;
  /**
   * True when people are asked before anything changes, not only before production is deployed: something that a running
   * production depends on is changed, or something is replaced or deleted.
   */
  readonly askFirst: boolean;
}

/** An object in S3. */
export interface PlanLocation {
  readonly bucket: string;
  readonly key: string;
}

export type Decision = {
  readonly decision: 'approved' | 'rejected';
  readonly by: string;
  /** ISO 8601 */
  readonly at: string;
};
