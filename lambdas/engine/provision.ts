import type { RegionConfig } from '../../workflow/config.ts';
import type { Difference, Output, Outputs } from '../../workflow/documents.ts';
import { type Kind, type MakingStageName, makingStages } from '../../workflow/stages.ts';
import { asSlipwayError, errorCode, isRefusal } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { tagsForPeople } from '../aws/tags.ts';
import { ConflictError, ResourceFailedError, TransientError, UnsupportedChangeError } from '../errors.ts';
import { type Journal, refused } from '../journal.ts';
import type { AnyResource, Found, Unmanaged, Wanted } from '../resources/resource.ts';
import { referencesIn, resolve } from './resolve.ts';
import { putTags, type TagByArn, tagDifferences } from './tags.ts';

/**
 * Asked before each update, tagging and delete, as a create's intent is before the create: a Lambda of an aborted run may
 * still be alive when the next run has looked at everything.
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
  /** The kinds that it appliesDeferred. */
  readonly appliesDeferred: readonly AnyResource[];
  readonly outputs: Outputs;
  readonly journal: Journal;
  readonly fence: Fence;
  /** Of a stage that makes something with an `arn`. */
  readonly tagByArn?: TagByArn | undefined;
}

/** What a stage wants of one kind. */
export const wantedIn = (
  resource: AnyResource,
  config: RegionConfig,
  stage: MakingStageName,
): readonly Wanted<object>[] =>
  resource.specs(config).filter((wanted) => wanted.stage === undefined || wanted.stage === stage);

/**
 * The stage that makes a resource; what no configuration asks for any more belongs to the first that makes its kind.
 * @throws {RangeError} when no stage makes the kind: a programming error
 */
export function makerOf(resource: AnyResource, config: RegionConfig, key: string): MakingStageName {
  const wanted = resource.specs(config).find((each) => each.key === key);
  const maker = wanted?.stage ?? makingStages.find(({ kinds }) => kinds.some((kind) => kind === resource.kind))?.name;
  if (maker === undefined) throw new RangeError(`no stage makes ${resource.kind}`);
  return maker;
}

/** Whether a difference is left to the stage that finishes the resource. */
export const waits = (wanted: Wanted<object>, difference: Difference): boolean =>
  difference.deferred === true && wanted.deferredTo !== undefined;

/**
 * Makes every resource of a stage what it shall be: look, create what is missing, change what differs. Before it, what
 * earlier stages left to this one. Sequential, so that a crash leaves one open intent at the most. Repeating it changes
 * nothing.
 * @throws {SlipwayError} naming kind, key and region
 */
export async function provisionStage(work: StageWork): Promise<{ outputs: Outputs; applied: Applied }> {
  let outputs = work.outputs;
  const created: string[] = [];
  const updated: string[] = [];
  const duplicates: string[] = [];
  let unchanged = 0;
  const results = await work.journal.results();
  const lookFor = (kind: Kind, logical: Wanted<object>, found: readonly Found[]) => {
    const name = `${kind}/${logical.key}`;
    const same = found.filter(({ key }) => key === logical.key);
    const one = theOne(same, results.get(name), name, work.cloud.scope.region);
    return { name, same, one, wanted: { ...logical, spec: resolve(logical.spec, outputs) } };
  };
  for (const resource of work.appliesDeferred) {
    const wantedOnes = resource.specs(work.config).filter(({ deferredTo }) => deferredTo === work.stage);
    if (wantedOnes.length === 0) continue;
    const found = await listed(resource, work.cloud, outputs);
    for (const logical of wantedOnes) {
      const { name, one, wanted } = lookFor(resource.kind, logical, found);
      // Whatever else became of it since its own stage is for the next run.
      if (one === undefined) continue;
      const differences = resource.diff(wanted.spec, one).filter((each) => waits(wanted, each));
      if (differences.length === 0) continue;
      await update(work, resource, wanted, one, differences);
      updated.push(name);
    }
  }
  for (const resource of work.resources) {
    const wantedOnes = wantedIn(resource, work.config, work.stage);
    if (wantedOnes.length === 0) continue;
    const found = await listed(resource, work.cloud, outputs);
    for (const logical of wantedOnes) {
      const { name, same, one, wanted } = lookFor(resource.kind, logical, found);
      if (same.length > 1) duplicates.push(duplicateText(same, one?.id, name, work.cloud.scope.region));
      const before = await usable(work, resource, one, wanted.spec);
      const now = before ?? (await create(work, resource, wanted));
      if (before === undefined) created.push(name);
      else if (results.has(name) && results.get(name) === undefined) await work.journal.finish(name, before.id);
      const differences = resource.diff(wanted.spec, now).filter((each) => !waits(wanted, each));
      let after = now;
      if (differences.length > 0) {
        await update(work, resource, wanted, now, differences);
        after = afterUpdate(resource, now, await listed(resource, work.cloud, outputs), work.cloud.scope.region);
      }
      // Last: a new revision was made with its tags.
      const tagged = await tag(work, resource, after);
      if (before !== undefined && (tagged || differences.length > 0)) updated.push(name);
      else if (before !== undefined) unchanged += 1;
      outputs = withOutput(outputs, resource.kind, logical.key, resource.output(after));
    }
  }
  return { outputs, applied: { created, updated, unchanged, duplicates } };
}

/**
 * The resource as it is after its update: under its own id, or of a kind that is revised under another one.
 * @throws {TransientError} when the new revision is not visible yet: what comes next would go on with the old one
 */
function afterUpdate(resource: AnyResource, before: Found, found: readonly Found[], region: string): Found {
  if (resource.revised !== true) return found.find(({ id }) => id === before.id) ?? before;
  const now = found.find(({ key }) => key === before.key);
  if (now === undefined || now.id === before.id)
    throw new TransientError(`the new revision of ${resource.kind}/${before.key} in ${region} is not visible yet`);
  return now;
}

/** `outputs` with one output more. */
export const withOutput = (outputs: Outputs, kind: Kind, key: string, output: Output): Outputs => ({
  ...outputs,
  [kind]: { ...outputs[kind], [key]: output },
});

/** What AWS has of a kind and is ours. */
export const listed = async (resource: AnyResource, cloud: Cloud, outputs: Outputs): Promise<readonly Found[]> =>
  (await listedWithUnmanaged(resource, cloud, outputs)).filter(isOurs);

export const isOurs = (found: Found | Unmanaged): found is Found => !('unmanaged' in found);

/** The same, with what has a name that we give and is not ours; an error names kind and region. */
export async function listedWithUnmanaged(
  resource: AnyResource,
  cloud: Cloud,
  outputs: Outputs,
): Promise<readonly (Found | Unmanaged)[]> {
  try {
    return await resource.list(cloud, outputs);
  } catch (error) {
    throw asSlipwayError(error, `could not read ${resource.kind} in ${cloud.scope.region}`);
  }
}

/**
 * The resource to go on with, where several carry the same key: the one whose create was recorded. Nothing is ever
 * deleted silently.
 * @throws {UnsupportedChangeError} when the record names none of them
 */
function theOne(same: readonly Found[], recorded: string | undefined, name: string, region: string): Found | undefined {
  if (same.length <= 1) return same[0];
  const known = same.find(({ id }) => id === recorded);
  if (known === undefined) throw new UnsupportedChangeError(duplicateText(same, undefined, name, region));
  return known;
}

/** Which ones there are, which is used, and the command that takes another out of the deployment. */
function duplicateText(same: readonly Found[], kept: string | undefined, name: string, region: string): string {
  const others = same.map(({ id }) => id).filter((id) => id !== kept);
  const ids = kept === undefined ? '<all but the one to keep>' : others.join(' ');
  // EC2's ids look like vpc-0a1b; everything else is known by a name or an ARN, and its console shows its tags.
  const how = others.every((id) => /^[a-z]+-[0-9a-f]+$/.test(id))
    ? `look at them, then take them out of the deployment by: aws ec2 delete-tags --region ${region} --resources ${ids} --tags Key=slipway:key`
    : `look at them, and remove the tag slipway:key from ${ids}`;
  const exists = `${name} exists ${same.length} times in ${region}: ${same.map(({ id }) => id).join(', ')}`;
  return kept === undefined ? `${exists}; ${how}; then start again` : `${exists}; ${kept} is used; ${how}`;
}

/**
 * What was found, unless it can't be used any more and is of a kind that is made anew then: it failed for good, or differs
 * in what AWS can't change. That is removed.
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

/** What differs of a resource that AWS can't change in that, and what to do about it. */
export function unchangeable(what: string, differences: readonly Difference[]): string {
  const fixed = differences.filter(({ replace }) => replace);
  const values = fixed.map(
    ({ path, was, want }) => `${path} is ${JSON.stringify(was)}, wanted ${JSON.stringify(want)}`,
  );
  return `${what} can't be changed in place: ${values.join('; ')}; use another deployment name, or put the old value back`;
}

async function update(
  work: StageWork,
  resource: AnyResource,
  wanted: Wanted<object>,
  found: Found,
  differences: readonly Difference[],
): Promise<void> {
  const what = `${resource.kind}/${wanted.key} (${found.id}) in ${work.cloud.scope.region}`;
  if (differences.some(({ replace }) => replace)) throw new UnsupportedChangeError(unchangeable(what, differences));
  await work.fence();
  try {
    await resource.update(work.cloud, wanted, found, differences);
  } catch (error) {
    throw asSlipwayError(error, `could not update ${what} (${errorCode(error)})`);
  }
}

/** Puts the tags right; true where some were not. */
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
