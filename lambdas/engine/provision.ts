import type { RegionConfig } from '../../workflow/config.ts';
import type { Difference, Outputs } from '../../workflow/documents.ts';
import type { MakingStageName } from '../../workflow/stages.ts';
import { asSlipwayError, errorCode, isRefusal } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { tagsForPeople } from '../aws/tags.ts';
import { ConflictError, ResourceFailedError, TransientError, UnsupportedChangeError } from '../errors.ts';
import { type Journal, refused } from '../journal.ts';
import type { AnyResource, Found, Wanted } from '../resources/resource.ts';
import { duplicateText, theOne } from './duplicates.ts';
import { listed, withOutput } from './found.ts';
import { referencesIn, resolve } from './resolve.ts';
import { putTags, type TagByArn, tagDifferences } from './tags.ts';
import { unchangeable, waits, wantedIn } from './wanted.ts';

/**
 * Asked before each update, tagging and delete, as a create's intent is before the create: a Lambda of an aborted run may
 * still be alive when the next run has read everything.
 * @throws {FencedError} when a later run works on the deployment
 */
export type Fence = () => Promise<void>;

/** What a stage did, as `kind/key`. */
export interface Applied {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: number;
  /** What exists more than once, in words: which one is used, and how to get rid of the others. */
  readonly duplicates: readonly string[];
}

export interface StageWork {
  readonly cloud: Cloud;
  readonly config: RegionConfig;
  readonly stage: MakingStageName;
  /** The stage's kinds in the order of workflow/stages.ts. */
  readonly resources: readonly AnyResource[];
  /** The kinds of earlier stages whose deferred changes it applies. */
  readonly appliesDeferred: readonly AnyResource[];
  readonly outputs: Outputs;
  readonly journal: Journal;
  readonly fence: Fence;
  /** Of a stage that makes something with an `arn`. */
  readonly tagByArn?: TagByArn | undefined;
}

/**
 * Converges every resource of a stage: lists, creates what is missing, changes what differs. Before that it applies the
 * changes that earlier stages deferred to it. Sequential, so that a crash leaves at most one open intent. Repeating it
 * changes nothing.
 * @throws {SlipwayError} naming kind, key and region
 */
export async function provisionStage(work: StageWork): Promise<{ outputs: Outputs; applied: Applied }> {
  const { config, stage, journal } = work;
  const { region } = work.cloud.scope;
  let outputs = work.outputs;
  const done: Record<Converged['how'], string[]> = { created: [], updated: [], unchanged: [] };
  const duplicates: string[] = [];
  const results = await journal.results();
  const passes = [
    ...work.appliesDeferred.map((resource) => ({
      resource,
      deferred: true,
      wanted: resource.specs(config).filter(({ deferredTo }) => deferredTo === stage),
    })),
    ...work.resources.map((resource) => ({ resource, deferred: false, wanted: wantedIn(resource, config, stage) })),
  ];
  for (const { resource, deferred, wanted: wantedOnes } of passes) {
    if (wantedOnes.length === 0) continue;
    const found = await listed(resource, work.cloud, outputs);
    for (const logical of wantedOnes) {
      const name = `${resource.kind}/${logical.key}`;
      const same = found.filter(({ key }) => key === logical.key);
      const one = theOne(same, results.get(name), name, region);
      const wanted = { ...logical, spec: resolve(logical.spec, outputs) };
      if (deferred) {
        // Whatever else became of it since its own stage is for the next run.
        if (one !== undefined && (await update(work, resource, wanted, one, 'deferred'))) done.updated.push(name);
        continue;
      }
      if (same.length > 1) duplicates.push(duplicateText(same, one?.id, name, region));
      const unrecorded = results.has(name) && results.get(name) === undefined;
      const { now, how } = await converge({ ...work, outputs }, resource, wanted, one, unrecorded);
      done[how].push(name);
      outputs = withOutput(outputs, resource.kind, logical.key, resource.output(now));
    }
  }
  const { created, updated, unchanged } = done;
  return { outputs, applied: { created, updated, unchanged: unchanged.length, duplicates } };
}

interface Converged {
  readonly now: Found;
  readonly how: 'created' | 'updated' | 'unchanged';
}

/**
 * Makes one resource what is wanted of it, whatever there was before.
 * @param unrecorded whether an earlier attempt began to create it and died before it recorded the result
 */
async function converge(
  work: StageWork,
  resource: AnyResource,
  wanted: Wanted<object>,
  found: Found | undefined,
  unrecorded: boolean,
): Promise<Converged> {
  const before = await usable(work, resource, found, wanted.spec);
  if (before !== undefined && unrecorded) await work.journal.finish(`${resource.kind}/${wanted.key}`, before.id);
  const made = before ?? (await create(work, resource, wanted));
  const changed = await update(work, resource, wanted, made, 'own');
  const now = changed ? afterUpdate(resource, made, await listed(resource, work.cloud, work.outputs), work) : made;
  // Last: a new revision was made with its tags.
  const tagged = await tag(work, resource, now);
  return { now, how: before === undefined ? 'created' : changed || tagged ? 'updated' : 'unchanged' };
}

/**
 * The resource after its update: under its own id or, if its kind is revised, under another one.
 * @throws {TransientError} when the new revision is not visible yet: what comes next would go on with the old one
 */
function afterUpdate(resource: AnyResource, before: Found, found: readonly Found[], { cloud }: StageWork): Found {
  if (resource.revised !== true) return found.find(({ id }) => id === before.id) ?? before;
  const now = found.find(({ key }) => key === before.key);
  if (now === undefined || now.id === before.id)
    throw new TransientError(
      `the new revision of ${resource.kind}/${before.key} in ${cloud.scope.region} is not visible yet`,
    );
  return now;
}

/**
 * What was found, unless it can no longer be used and its kind is made anew then: it failed for good, or differs in
 * something that AWS can't change. That one is removed.
 */
async function usable(
  work: StageWork,
  resource: AnyResource,
  found: Found | undefined,
  spec: object,
): Promise<Found | undefined> {
  if (found === undefined) return undefined;
  const failed = resource.remadeWhenFailed === true && resource.readiness(found, spec).state === 'failed';
  const outdated = resource.replaceable === true && resource.diff(spec, found).some(({ replace }) => replace);
  if (!failed && !outdated) return found;
  try {
    await resource.delete(work.cloud, found);
  } catch (error) {
    throw asSlipwayError(
      error,
      `could not remove the ${failed ? 'failed' : 'outdated'} ${resource.kind}/${found.key} (${found.id}) in ${work.cloud.scope.region}`,
    );
  }
  return undefined;
}

async function create(work: StageWork, resource: AnyResource, wanted: Wanted<object>): Promise<Found> {
  const name = `${resource.kind}/${wanted.key}`;
  const missing = referencesIn(wanted.spec);
  if (missing.length > 0) throw new Error(`${name} refers to ${missing.join(', ')}, which no earlier stage made`);
  const token = await work.journal.begin(name);
  try {
    const made: Found = await resource.create(work.cloud, wanted, token);
    await work.journal.finish(name, made.id);
    return made;
  } catch (error) {
    // A refusal, by AWS (4xx) or by the kind itself, made nothing: the next attempt need not wait for it to be visible.
    if (isRefusal(error) || error instanceof ResourceFailedError || error instanceof ConflictError)
      await work.journal.finish(name, `${refused}${errorCode(error)}`);
    throw asSlipwayError(error, `could not create ${name} in ${work.cloud.scope.region}`);
  }
}

/**
 * Changes what differs: what the resource's own stage changes, or what it deferred. True where something did.
 * @throws {UnsupportedChangeError} when AWS can't change it in place
 */
async function update(
  work: StageWork,
  resource: AnyResource,
  wanted: Wanted<object>,
  found: Found,
  which: 'own' | 'deferred',
): Promise<boolean> {
  const differences: readonly Difference[] = resource
    .diff(wanted.spec, found)
    .filter((each) => waits(wanted, each) === (which === 'deferred'));
  if (differences.length === 0) return false;
  const what = `${resource.kind}/${wanted.key} (${found.id}) in ${work.cloud.scope.region}`;
  if (differences.some(({ replace }) => replace)) throw new UnsupportedChangeError(unchangeable(what, differences));
  await work.fence();
  try {
    await resource.update(work.cloud, wanted, found, differences);
  } catch (error) {
    throw asSlipwayError(error, `could not update ${what} (${errorCode(error)})`);
  }
  return true;
}

/** Corrects the tags; true where some were missing or wrong. */
async function tag({ cloud, fence, tagByArn }: StageWork, resource: AnyResource, found: Found): Promise<boolean> {
  if (tagDifferences(resource, cloud.scope, found).length === 0) return false;
  await fence();
  try {
    await putTags(resource, cloud, found, tagsForPeople(cloud.scope, found.key), tagByArn);
  } catch (error) {
    const what = `${resource.kind}/${found.key} (${found.id}) in ${cloud.scope.region}`;
    throw asSlipwayError(error, `could not tag ${what} (${errorCode(error)})`);
  }
  return true;
}
