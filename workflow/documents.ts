/** Shapes of the JSON documents that travel between states. Ids only: Step Functions allows 256 KiB. */
import type { RegionConfig } from './config.ts';
import type { Kind } from './stages.ts';

/** Ids of one resource (names, ARNs, addresses). */
export type Output = { readonly id: string } & Readonly<Record<string, string>>;

/** Outputs of everything made so far, by kind and key. */
export type Outputs = { readonly [K in Kind]?: Readonly<Record<string, Output>> };

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
  /** Present where the stages are walked backwards. */
  readonly removal?: Removal;
  /** What the last await loop answered. */
  readonly wait?: WaitReport;
}

/** What goes where the stages are walked backwards. */
export interface Removal {
  /** Kinds that stay, because they hold what people put there. */
  readonly keep: readonly Kind[];
  /** Nothing but these, as `kind/key`: what an older configuration left behind. Absent: everything. */
  readonly only?: readonly string[];
}

/** One resource that is waited for. */
export interface Pending {
  readonly kind: Kind;
  readonly key: string;
  readonly reason: string;
}

export interface WaitReport {
  readonly stage: string;
  readonly ready: boolean;
  readonly pending: readonly Pending[];
  /** Whole seconds for the Wait state. */
  readonly nextCheckSeconds: number;
  /** Sum of the Waits so far, the coming one included. */
  readonly waitedSeconds: number;
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
  /** Where the plan is kept whole. Absent where what goes is a list in the table (`destroy`). */
  readonly document?: PlanLocation;
  readonly counts: PlanCounts;
  /** True when anything is to be done. */
  readonly hasChanges: boolean;
  /** True when anything of production is to be done. */
  readonly production: boolean;
  /**
   * True when people are asked before anything changes, not only before production is deployed: something that a standing
   * production hangs on is changed, or something is replaced or deleted.
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
