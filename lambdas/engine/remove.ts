import type { RegionConfig } from '../../workflow/config.ts';
import type { Outputs, Pending, Removal, WaitReport } from '../../workflow/documents.ts';
import { type MakingStageName, removalOf } from '../../workflow/stages.ts';
import { asSlipwayError, isInUse } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { WaitTimeoutError } from '../errors.ts';
import type { AnyResource, Found } from '../resources/resource.ts';
import { listed } from './found.ts';
import { makerOf } from './wanted.ts';

export interface RemovalWork {
  readonly cloud: Cloud;
  readonly config: RegionConfig;
  readonly stage: MakingStageName;
  /** The stage's kinds in the order of making. */
  readonly resources: readonly AnyResource[];
  readonly outputs: Outputs;
  readonly removal: Removal;
  /**
   * Asked before each delete: a Lambda of an aborted run may still be alive when the next run has read everything.
   * @throws {FencedError} when a later run works on the deployment
   */
  readonly fence: () => Promise<void>;
  /** What this stage's loop has waited so far. */
  readonly waitedSeconds: number;
}

/** Seconds between two attempts: NAT gateways take 37 to 79 s to go, a load balancer's interfaces up to 153 s. */
const stepSeconds = 15;
/** An internet gateway was seen to take 398 s while addresses are still mapped; three times that. */
const limitSeconds = 1_200;

/**
 * Removes what a stage makes, backwards, as far as it goes: what something else still uses is pending and tried again.
 * Repeating it is harmless.
 * @throws {WaitTimeoutError} when something stays in use
 */
export async function removeStage(work: RemovalWork): Promise<WaitReport> {
  const pending: Pending[] = [];
  const { keep, only } = work.removal;
  for (const resource of work.resources.toReversed()) {
    if (keep.includes(resource.kind)) continue;
    // A kind of which nothing is removed is not read.
    if (only?.some((name) => name.startsWith(`${resource.kind}/`)) === false) continue;
    const found = (await listed(resource, work.cloud, work.outputs)).filter(
      ({ key }) =>
        makerOf(resource, work.config, key) === work.stage && only?.includes(`${resource.kind}/${key}`) !== false,
    );
    for (const each of found.toReversed()) {
      await work.fence();
      const reason = await remove(work.cloud, resource, each);
      if (reason !== undefined) pending.push({ kind: resource.kind, key: each.key, reason });
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
  return { stage, ready: false, pending, nextCheckSeconds: stepSeconds, waitedSeconds: waitedSeconds + stepSeconds };
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
