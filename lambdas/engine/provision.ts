import type { RegionConfig } from '../../workflow/config.ts';
import type { Outputs } from '../../workflow/documents.ts';
import type { Kind, MakingStageName } from '../../workflow/stages.ts';
import { unmanagedName } from '../aws/ownership.ts';
import { together } from '../aws/together.ts';
import type { AnyResource, Found } from '../resources/resource.ts';
import { adjust, create, type Job, type Tools, update, usable } from './converge.ts';
import { duplicateText, theOne } from './duplicates.ts';
import { isOurs, listedWithUnmanaged, namesake, withOutput } from './found.ts';
import { referencesIn, resolve } from './resolve.ts';
import { waits, wantedIn } from './wanted.ts';
import { type Task, wavesOf } from './waves.ts';

/** What a stage did, as `kind/key`. */
export interface Applied {
  readonly created: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: number;
  /** What exists more than once, in words: which one is used, and how to get rid of the others. */
  readonly duplicates: readonly string[];
}

export interface Provisioned {
  readonly outputs: Outputs;
  /** `StageWork.deferred`, with what this stage leaves. */
  readonly deferred?: readonly string[];
  readonly applied: Applied;
}

export interface StageWork extends Tools {
  readonly config: RegionConfig;
  readonly stage: MakingStageName;
  /** The stage's kinds in the order of workflow/stages.ts. */
  readonly resources: readonly AnyResource[];
  /** The kinds of earlier stages whose deferred changes it applies. */
  readonly appliesDeferred: readonly AnyResource[];
  readonly outputs: Outputs;
  /** What earlier stages of this run left to later ones, as `kind/key`. Absent where that is not known. */
  readonly deferred?: readonly string[] | undefined;
  /** Kinds of which there was nothing a moment ago: what the journal knows nothing of either is not looked for. */
  readonly unseen?: readonly Kind[];
}

/**
 * Converges every resource of a stage: lists, creates what is missing, changes what differs. Before that it applies the
 * changes that earlier stages deferred to it. What does not depend on each other is done side by side, so that a crash may
 * leave several intents open, each of one resource. Repeating it changes nothing. The journal still holds the last
 * results: its caller writes them with what else the stage has to write.
 * @throws {SlipwayError} naming kind, key and region
 */
export async function provisionStage(work: StageWork): Promise<Provisioned> {
  try {
    return await converge(work);
  } catch (error) {
    // What is not recorded is found by the next attempt.
    await work.journal.flush().catch(() => undefined);
    throw error;
  }
}

async function converge(work: StageWork): Promise<Provisioned> {
  const { cloud, config, stage, journal, resources, appliesDeferred, unseen = [] } = work;
  const tasks = tasksOf(resources, (resource) => wantedIn(resource, config, stage));
  // What came to differ since its own stage is for the next run.
  const deferred = tasksOf(appliesDeferred, (resource) =>
    resource.specs(config).filter(({ deferredTo }) => deferredTo === stage),
  ).filter(({ name }) => work.deferred?.includes(name) !== false);
  let { outputs } = work;
  const lists = new Map<AnyResource, ReturnType<typeof listedWithUnmanaged>>();
  const listOnce = (resource: AnyResource): ReturnType<typeof listedWithUnmanaged> => {
    const asked = [...deferred, ...tasks].filter((task) => task.resource === resource);
    const isNew =
      unseen.includes(resource.kind) &&
      resource.comesWithParent !== true &&
      !asked.some(({ name }) => journal.results.has(name));
    const look = () =>
      listedWithUnmanaged(
        resource,
        cloud,
        outputs,
        asked.map(({ wanted }) => wanted.key),
      );
    const known = lists.get(resource) ?? (isNew ? Promise.resolve([]) : look());
    lists.set(resource, known);
    return known;
  };
  const duplicates: string[] = [];
  const jobOf = async (task: Task): Promise<Job> => {
    const { name, resource, wanted } = task;
    const seen = await listOnce(resource);
    const same = seen.filter(isOurs).filter(({ key }) => key === wanted.key);
    const found = theOne(same, journal.results.get(name), name, cloud.scope.region);
    if (same.length > 1 && !deferred.includes(task))
      duplicates.push(duplicateText(same, found?.id, name, cloud.scope.region));
    const spec = resolve(wanted.spec, outputs);
    return { name, resource, wanted: { ...wanted, spec }, found, taken: namesake(seen, spec) };
  };
  // A part is looked for when the one that it is part of is there.
  const isPart = ({ resource: { parent } }: Task): boolean => resources.some(({ kind }) => kind === parent);
  await Promise.all([...deferred, ...tasks.filter((task) => !isPart(task))].map(({ resource }) => listOnce(resource)));

  const changed = await together(deferred.map(async (task) => applyDeferred(work, await jobOf(task))));
  const how = new Map<string, 'created' | 'updated' | 'unchanged'>();
  const leaves: string[] = [];
  for (const wave of wavesOf(tasks)) {
    const jobs = await Promise.all(wave.map(jobOf));
    for (const [at, { now, changed, created }] of (await convergeWave(work, jobs)).entries()) {
      const { name, resource, wanted } = jobs[at] as Job;
      how.set(name, created ? 'created' : changed ? 'updated' : 'unchanged');
      outputs = withOutput(outputs, resource.kind, wanted.key, resource.output(now));
      if (resource.diff(wanted.spec, now).some((each) => waits(wanted, each))) leaves.push(name);
    }
  }
  const names = (which: string): readonly string[] =>
    tasks.map(({ name }) => name).filter((name) => how.get(name) === which);
  return {
    outputs,
    ...(work.deferred && { deferred: leaves.length === 0 ? work.deferred : [...work.deferred, ...leaves] }),
    applied: {
      created: names('created'),
      updated: [...changed.flat(), ...names('updated')],
      unchanged: names('unchanged').length,
      duplicates,
    },
  };
}

const tasksOf = (
  resources: readonly AnyResource[],
  wantedOf: (resource: AnyResource) => readonly Task['wanted'][],
): readonly Task[] =>
  resources.flatMap((resource) =>
    wantedOf(resource).map((wanted) => ({ name: `${resource.kind}/${wanted.key}`, resource, wanted })),
  );

/** Its name where something was changed. */
const applyDeferred = async (work: StageWork, job: Job): Promise<readonly string[]> =>
  job.found !== undefined && (await update(work, job, job.found, 'deferred', work.journal.fence)) !== undefined
    ? [job.name]
    : [];

/** How long the lock's answer to an intent counts for what follows its create: creates that take longer are rare. */
const fencedMilliseconds = 5_000;

/** Makes the resources of a wave what is wanted of them, whatever there was before. */
async function convergeWave(
  work: StageWork,
  jobs: readonly Job[],
): Promise<readonly { readonly now: Found; readonly changed: boolean; readonly created: boolean }[]> {
  const { journal } = work;
  const before = await together(jobs.map((job) => usable(work, job)));
  const missing = jobs.filter((_, at) => before[at] === undefined);
  for (const { name, resource, wanted, taken } of missing) {
    // A create may answer with what has the name, or overwrite it, whoever owns it.
    if (taken !== undefined) throw unmanagedName(work.cloud.scope, resource.kind, wanted.key, taken.id);
    const unknown = referencesIn(wanted.spec);
    if (unknown.length > 0) throw new Error(`${name} refers to ${unknown.join(', ')}, which no earlier stage made`);
  }
  for (const [at, { name }] of jobs.entries()) {
    const found = before[at];
    // An earlier attempt began to create it and died before it recorded the result.
    if (found !== undefined && journal.results.has(name) && journal.results.get(name) === undefined)
      journal.finish(name, found.id);
  }
  const asked = Date.now();
  const tokens = await journal.begin(missing.map(({ name }) => name));
  const made = await together(
    jobs.map(async (job, at) => before[at] ?? create(work, job, tokens[missing.indexOf(job)] ?? '')),
  );
  // What completes a create may go by the question that its intent asked.
  const fenceOfNew = async () => (Date.now() - asked < fencedMilliseconds ? undefined : journal.fence());
  return together(
    jobs.map(async (job, at) => {
      const created = before[at] === undefined;
      return { ...(await adjust(work, job, made[at] as Found, created ? fenceOfNew : journal.fence)), created };
    }),
  );
}
