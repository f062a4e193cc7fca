import type { Difference } from '../../workflow/documents.ts';
import { asSlipwayError, errorCode, isRefusal } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { Unmanaged } from '../aws/ownership.ts';
import { tagsForPeople } from '../aws/tags.ts';
import { ConflictError, ResourceFailedError, UnsupportedChangeError } from '../errors.ts';
import { type Journal, refused } from '../journal.ts';
import type { AnyResource, Found, Wanted } from '../resources/resource.ts';
import { putTags, type TagByArn, tagDifferences } from './tags.ts';
import { unchangeable, waits } from './wanted.ts';

/** One resource: what is wanted, and what exists. */
export interface Job {
  /** `kind/key` */
  readonly name: string;
  readonly resource: AnyResource;
  /** With every reference resolved. */
  readonly wanted: Wanted<object>;
  readonly found: Found | undefined;
  /** What has its name and is not ours. */
  readonly taken: Unmanaged | undefined;
}

/** What changes are made with. */
export interface Tools {
  readonly cloud: Cloud;
  readonly journal: Journal;
  /** Of a stage that makes something with an `arn`. */
  readonly tagByArn?: TagByArn | undefined;
}

/**
 * What was found, unless it can no longer be used and its kind is made anew then: it failed for good, or differs in
 * something that AWS can't change. That one is removed.
 */
export async function usable(
  { cloud, journal }: Tools,
  { name, resource, wanted, found }: Job,
): Promise<Found | undefined> {
  if (found === undefined) return undefined;
  const failed = resource.remadeWhenFailed === true && resource.readiness(found, wanted.spec).state === 'failed';
  const outdated = resource.replaceable === true && resource.diff(wanted.spec, found).some(({ replace }) => replace);
  if (!failed && !outdated) return found;
  await journal.fence();
  try {
    await resource.delete(cloud, found);
  } catch (error) {
    const what = `the ${failed ? 'failed' : 'outdated'} ${name} (${found.id}) in ${cloud.scope.region}`;
    throw asSlipwayError(error, `could not remove ${what}`);
  }
  return undefined;
}

/** Creates what is missing, and records the result. */
export async function create(
  { cloud, journal }: Tools,
  { name, resource, wanted }: Job,
  token: string,
): Promise<Found> {
  try {
    const made: Found = await resource.create(cloud, wanted, token);
    journal.finish(name, made.id);
    return made;
  } catch (error) {
    // A refusal, by AWS (4xx) or by the kind itself, made nothing: the next attempt need not wait for it to be visible.
    if (isRefusal(error) || error instanceof ResourceFailedError || error instanceof ConflictError)
      journal.finish(name, `${refused}${errorCode(error)}`);
    throw asSlipwayError(error, `could not create ${name} in ${cloud.scope.region}`);
  }
}

/**
 * Corrects what differs, and then the tags: a new revision is created with its own.
 * @param fence asked before each change
 */
export async function adjust(
  tools: Tools,
  job: Job,
  made: Found,
  fence: () => Promise<void>,
): Promise<{ readonly now: Found; readonly changed: boolean }> {
  const updated = await update(tools, job, made, 'own', fence);
  const now = updated ?? made;
  const tagged = await tag(tools, job, now, fence);
  return { now, changed: updated !== undefined || tagged };
}

/**
 * Changes what differs: what the resource's own stage changes, or what it deferred. Returns the resource as it is known
 * then, under another id if its kind is revised; undefined where nothing differed.
 * @throws {UnsupportedChangeError} when AWS can't change it in place
 */
export async function update(
  { cloud }: Tools,
  { name, resource, wanted }: Job,
  found: Found,
  which: 'own' | 'deferred',
  fence: () => Promise<void>,
): Promise<Found | undefined> {
  const differences: readonly Difference[] = resource
    .diff(wanted.spec, found)
    .filter((each) => waits(wanted, each) === (which === 'deferred'));
  if (differences.length === 0) return undefined;
  const what = `${name} (${found.id}) in ${cloud.scope.region}`;
  if (differences.some(({ replace }) => replace)) throw new UnsupportedChangeError(unchangeable(what, differences));
  await fence();
  try {
    const revision: Found | undefined = (await resource.update(cloud, wanted, found, differences)) ?? undefined;
    return revision ?? found;
  } catch (error) {
    throw asSlipwayError(error, `could not update ${what} (${errorCode(error)})`);
  }
}

/** Corrects the tags; true where some were missing or wrong. */
async function tag(
  { cloud, tagByArn }: Tools,
  { name, resource }: Job,
  found: Found,
  fence: () => Promise<void>,
): Promise<boolean> {
  if (tagDifferences(resource, cloud.scope, found).length === 0) return false;
  await fence();
  try {
    await putTags(resource, cloud, found, tagsForPeople(cloud.scope, found.key), tagByArn);
  } catch (error) {
    const what = `${name} (${found.id}) in ${cloud.scope.region}`;
    throw asSlipwayError(error, `could not tag ${what} (${errorCode(error)})`);
  }
  return true;
}
