import type { RegionConfig } from '../../workflow/config.ts';
import type { Difference, Output, Outputs } from '../../workflow/documents.ts';
import type { Environment } from '../../workflow/environments.ts';
import type { Kind, MakingStageName } from '../../workflow/stages.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import type { Unmanaged } from '../aws/ownership.ts';

/** An IAM action, or actions bound to resources and conditions. `{account}` and `{partition}` are filled in by infra. */
export type Permission =
  | `${string}:${string}`
  | {
      readonly actions: readonly `${string}:${string}`[];
      readonly resources: readonly string[];
      readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
    };

/** One wanted resource. */
export interface Wanted<Spec> {
  /** Unique within kind, deployment and region; deterministic: never a clock or a random number. */
  readonly key: string;
  /** The stage that makes it, where its kind stands in several stages. */
  readonly stage?: MakingStageName;
  /** The later stage that makes the changes which are `deferred`. */
  readonly deferredTo?: MakingStageName;
  /** Logical: other resources are named by `ref`, so that a digest over specs holds no id that AWS picks. */
  readonly spec: Spec;
}

/** One resource that exists and that we own. */
export interface Found {
  readonly key: string;
  /** What AWS calls it: an id, an ARN or a name. */
  readonly id: string;
  /** All that it carries; absent where it carries none, or where a creating call has just put them on. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** `nextCheckSeconds` is when it is worth looking again (age.ts). */
export type Readiness =
  | { readonly state: 'ready' }
  | { readonly state: 'pending'; readonly reason: string; readonly nextCheckSeconds: number }
  | { readonly state: 'failed'; readonly reason: string };

/** A limit of AWS's that a plan is checked against before anything is made. */
export interface Quota {
  /** As the Service Quotas console shows it. */
  readonly name: string;
  readonly service: string;
  readonly code: string;
  /** What AWS counts in: each zone by itself, a region, or all regions of the account together. */
  readonly scope: 'zone' | 'region' | 'account';
  /** How much is in use, whoever uses it; `zone` names the one to count in. The calls stand in the kind's `permissions.read`. */
  used(cloud: Cloud, zone: string): Promise<number>;
  /** How much is allowed, where Service Quotas is not the one to ask. */
  limit?(cloud: Cloud): Promise<number>;
  /**
   * What every account is allowed: the smallest default of any region, by the service's guide. Service Quotas is asked only if
   * that may not be enough. Absent where a new account may get as little as a platform or two need.
   */
  readonly atLeast?: number;
  /** How much one resource takes; 1 where it does not say. */
  each?(config: RegionConfig): number;
}

/**
 * The contract of a resource kind. Provision, plan, drift and destroy are short drivers over it (lambdas/engine).
 *
 * Only `create`, `update`, `tag` and `delete` change the cloud. None of them waits for readiness: they ask and return.
 * Errors of the SDK are left to the engine, which knows which of them may be retried (lambdas/aws/aws-errors.ts).
 */
export interface Resource<Spec extends object = object, Live extends Found = Found> {
  readonly kind: Kind;
  /**
   * What the members call: `read` by `list`, `write` by the others, `deferred` by `update` for deferred differences.
   * Infra derives each Lambda's IAM policy from it.
   */
  readonly permissions: {
    readonly read: readonly Permission[];
    readonly write: readonly Permission[];
    readonly deferred?: readonly Permission[];
  };
  /** The kind that it is part of: `list` needs what that one's `output` gave, so it is listed and made after it. */
  readonly parent?: Kind;
  /** Its parent's `create` makes it too: it is looked for whenever that one was made. */
  readonly comesWithParent?: true;
  /** Kinds of its stage that are made before it although no reference says so. */
  readonly after?: readonly Kind[];
  /** `update` makes a new one under a new id, so that whatever refers to this one changes too. */
  readonly revised?: true;
  /** It holds what people put there: `destroy` keeps it unless its input's `empty` says so (workflow/destroy-input.ts). */
  readonly holds?: 'images' | 'artifacts' | 'source';
  /** The account's and not the deployment's: never removed. */
  readonly shared?: true;
  /** The tag index goes on showing one that is gone; `list` knows better. */
  readonly lingers?: true;
  /** Seconds after its `delete` in which it typically goes, and what it uses stays in use (workflow/timings.json). */
  readonly goneAfterSeconds?: number;
  /** How many of it an account may have in a region. */
  readonly quota?: Quota;
  /** AWS never repairs one that failed: the next run removes it and makes another. */
  readonly remadeWhenFailed?: true;
  /**
   * Nothing that serves traffic depends on it: where AWS can't change it in place, it is removed and made anew, once people
   * have approved. A difference of any other kind that needs a replacement is refused by the plan.
   */
  readonly replaceable?: true;
  /** Pure: whose it is, of a kind of which every environment has its own. */
  environmentOf?(key: string): Environment | undefined;
  /** Pure: what we want of this kind in the region; empty where the region is to have none. */
  specs(config: RegionConfig): readonly Wanted<Spec>[];
  /**
   * Everything of this kind that we own and that is alive, paginated to the end; a resource that is deleted or failed
   * for good *and gone* is left out, one that failed and still stands is not. `outputs` names owned parents; a kind
   * whose parent is not there yet returns nothing. A kind that is listed by name also returns what is unmanaged: the
   * engine makes nothing of such a name.
   * @param only the keys that somebody asks for, so that a kind that reads one by one may leave out the others
   */
  list(cloud: Cloud, outputs: Outputs, only?: readonly string[]): Promise<readonly (Live | Unmanaged)[]>;
  /** Pure. */
  readiness(found: Live, spec: Spec): Readiness;
  /** Pure. Every reference in `spec` is resolved, but for those to resources that do not exist yet (plan). */
  diff(spec: Spec, found: Live): readonly Difference[];
  /**
   * One creating call, tags in it and the token where the API takes one; returns what the call made, as `list` would
   * see it. What the call can't set shows in `diff`, and the engine calls `update` right after: never two bodies.
   * @param token for ClientToken: the journal's, equal on every attempt, at most 36 ASCII characters (ECS's limit)
   */
  create(cloud: Cloud, wanted: Wanted<Spec>, token: string): Promise<Live>;
  /**
   * Acts on `differences`, none of them `replace`, and on nothing else. Idempotent: a repeat after a crash converges. A kind
   * that is `revised` returns its new revision.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: all other kinds return nothing
  update(cloud: Cloud, wanted: Wanted<Spec>, found: Live, differences: readonly Difference[]): Promise<Live | void>;
  /**
   * Pure: the ARN by which the tagging API puts tags on it. A kind that has neither this nor `tag` carries no tags. The
   * engine compares tags: `diff` and `update` know nothing of them.
   */
  arn?(found: Live, scope: Scope): string;
  /** In place of `arn`, where the tagging API does not serve the kind: adds and overwrites, and removes none. */
  tag?(cloud: Cloud, found: Live, tags: Readonly<Record<string, string>>): Promise<void>;
  /** What would keep AWS from removing it and is no matter of time, in words; read before anything is removed. */
  obstacles?(cloud: Cloud, found: Live): Promise<readonly string[]>;
  /** Not found is done. */
  delete(cloud: Cloud, found: Live): Promise<void>;
  /** Ids only: no update changes them. */
  output(found: Live): Output;
  /** Pure: what people look for first in a report, by label, from what `output` gave. */
  headlines?(output: Output): Readonly<Record<string, string | undefined>>;
}

/**
 * A resource kind with its own types forgotten, for tables of kinds. Sound because the engine hands a kind only what
 * the same kind's `specs` and `list` returned.
 */
// biome-ignore lint/suspicious/noExplicitAny: the only place where the kinds' own types are forgotten
export type AnyResource = Resource<any, any>;

/** A resource that is ready as soon as its create call has returned. */
export const readyAtOnce = (): Readiness => ({ state: 'ready' });

/**
 * A reference to another resource's output inside a spec, as a string: `${vpc/main.id}`. The engine replaces it by the
 * value once the resource exists; it may stand inside a longer string.
 */
export const ref = (kind: Kind, key: string, attribute = 'id'): string => `\${${kind}/${key}.${attribute}}`;
