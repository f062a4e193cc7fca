import type { RegionConfig } from '../../workflow/config.ts';
import type { Outputs, Pending, Removal, WaitReport } from '../../workflow/documents.ts';
import { type MakingStageName, removalOf } from '../../workflow/stages.ts';
import { asSlipwayError, isInUse } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { together } from '../aws/together.ts';
import { WaitTimeoutError } from '../errors.ts';
import type { AnyResource, Found } from '../resources/resource.ts';
import { listed } from './found.ts';
import { makerOf } from './wanted.ts';
import { type Going, removalWavesOf } from './waves.ts';

export interface RemovalWork {
  readonly cloud: Cloud;
  readonly config: RegionConfig;
  readonly stage: MakingStageName;
  /** The stage's kinds in the order of making. */
  readonly resources: readonly AnyResource[];
  readonly outputs: Outputs;
  readonly removal: Removal;
  /**
   * Asked before each wave of deletes: a Lambda of an aborted run may still be alive when the next run has read everything.
   * @throws {FencedError} when a later run works on the deployment
   */
  readonly fence: () => Promise<void>;
  /** What this stage's loop has waited so far. */
  readonly waitedSeconds: number;
}

/** Seconds between two attempts, once what goes slowly should be gone. */
const stepSeconds = 5;
/** The part of what was waited already that another step may add to it: what takes long is not asked for all the time. */
const stepPart = 0.1;
/** An internet gateway was seen to take 398 s while addresses are still mapped; three times that. */
const limitSeconds = 1_200;

/**
 * Removes what a stage makes, as far as it goes: what refers to something goes before it, and the rest side by side. What
 * something else still uses is pending and tried again; what comes after something that goes slowly is not tried before.
 * Repeating it is harmless.
 * @throws {WaitTimeoutError} when something stays in use
 */
export async function removeStage(work: RemovalWork): Promise<WaitReport> {
  const pending: Pending[] = [];
  const slowly: string[] = [];
  for (const wave of removalWavesOf(await goingOf(work), work.resources, work.config)) {
    if (slowly.length > 0) {
      const reason = `waits until ${slowly.join(', ')} is gone`;
      pending.push(...wave.map(({ resource: { kind }, found: { key } }) => ({ kind, key, reason })));
      continue;
    }
    await work.fence();
    const reasons = await together(wave.map(({ resource, found }) => remove(work.cloud, resource, found)));
    for (const [at, { name, resource, found }] of wave.entries()) {
      const reason = reasons[at];
      if (reason !== undefined) pending.push({ kind: resource.kind, key: found.key, reason });
      else if (resource.goneAfterSeconds !== undefined) slowly.push(name);
    }
  }
  const { waitedSeconds } = work;
  const stage = removalOf(work.stage);
  if (pending.length === 0) return { stage, ready: true, pending, nextCheckSeconds: 0, waitedSeconds };
  if (waitedSeconds >= limitSeconds) {
    const what = pending.map(({ kind, key, reason }) => `${kind}/${key}: ${reason}`).join('; ');
    throw new WaitTimeoutError(
      `waited ${waitedSeconds} s in ${work.cloud.scope.region} for what still uses these: ${what}; remove that by hand, and start again`,
    );
  }
  const slowest = Math.max(...work.resources.map(({ goneAfterSeconds = 0 }) => goneAfterSeconds));
  const nextCheckSeconds = Math.max(
    stepSeconds,
    Math.round(slowest - waitedSeconds),
    Math.round(stepPart * waitedSeconds),
  );
  return { stage, ready: false, pending, nextCheckSeconds, waitedSeconds: waitedSeconds + nextCheckSeconds };
}

/** What stands of what the stage makes and is to go. */
async function goingOf({ cloud, config, outputs, removal, resources, stage }: RemovalWork): Promise<readonly Going[]> {
  const { keep, only } = removal;
  const kinds = resources.filter(
    ({ kind }) =>
      // A kind of which nothing is removed is not read.
      !keep.includes(kind) && only?.some((name) => name.startsWith(`${kind}/`)) !== false,
  );
  const isGoing = (resource: AnyResource, key: string): boolean =>
    makerOf(resource, config, key) === stage && only?.includes(`${resource.kind}/${key}`) !== false;
  const found = await together(
    kinds.map((resource) => {
      const known = new Set([
        ...resource.specs(config).map(({ key }) => key),
        ...Object.keys(outputs[resource.kind] ?? {}),
      ]);
      return listed(
        resource,
        cloud,
        outputs,
        [...known].filter((key) => isGoing(resource, key)),
      );
    }),
  );
  return kinds.flatMap((resource, at) =>
    (found[at] ?? [])
      .filter(({ key }) => isGoing(resource, key))
      .map((each) => ({ name: `${resource.kind}/${each.key}`, resource, found: each })),
  );
}

/** Why it could not be removed yet; undefined when it is gone or going. */
async function remove(cloud: Cloud, resource: AnyResource, found: Found): Promise<string | undefined> {
  try {
    await resource.delete(cloud, found);
    return undefined;
  } catch (error) {
    if (isInUse(error)) return `${error.name}: ${error.message}`;
    throw asSlipwayError(
      error,
      `could not remove ${resource.kind}/${found.key} (${found.id}) in ${cloud.scope.region}`,
    );
  }
}
