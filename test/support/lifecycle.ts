import { isInUse } from '../../lambdas/aws/aws-errors.ts';
import type { Cloud, Scope } from '../../lambdas/aws/cloud.ts';
import { tagByArn } from '../../lambdas/aws/tagging.ts';
import { listed, withOutput } from '../../lambdas/engine/found.ts';
import { type Applied, provisionStage } from '../../lambdas/engine/provision.ts';
import { resolve } from '../../lambdas/engine/resolve.ts';
import { putTags, tagDifferences } from '../../lambdas/engine/tags.ts';
import { wantedIn } from '../../lambdas/engine/wanted.ts';
import type { AnyResource, Found } from '../../lambdas/resources/resource.ts';
import type { RegionConfig } from '../../workflow/config.ts';
import type { Difference, Outputs } from '../../workflow/documents.ts';
import type { Kind, MakingStage, MakingStageName } from '../../workflow/stages.ts';
import { idleJournal } from './idle-journal.ts';
import { waitFor } from './wait-for.ts';

/** Something done by hand to one resource of a kind, and the path that `diff` is to name; absent: it is gone. */
export interface ByHand {
  readonly key: string;
  readonly path?: string;
  alter(found: Found): Promise<unknown>;
}

/** What one kind went through in one stage. */
export interface Rise {
  readonly kind: Kind;
  readonly stage: MakingStageName;
  readonly wanted: readonly string[];
  readonly made: Applied;
  readonly listed: readonly string[];
  readonly again: Applied;
  /** Mutating calls of the second time. */
  readonly changedAgain: readonly string[];
  /** What `diff` says after it. */
  readonly differences: readonly Difference[];
  /** A tag of the user's that somebody gave another value, of a kind that carries tags; `calls` put it right. */
  readonly retagged?: {
    readonly differences: readonly Difference[];
    readonly calls: readonly string[];
    readonly after: readonly Difference[];
  };
  readonly altered?: {
    readonly path?: string;
    readonly found: boolean;
    readonly differences: readonly Difference[];
    readonly after: readonly Difference[];
  };
}

export interface Fall {
  readonly kind: Kind;
  /** What `list` still has, after one delete of each and a second one. */
  readonly left: readonly string[];
  readonly secondDelete: 'harmless' | string;
}

export interface Surroundings {
  readonly cloud: Cloud<Scope>;
  readonly config: RegionConfig;
  /** The mutating calls that the local cloud has recorded so far. */
  mutatingCalls(): Promise<readonly string[]>;
}

const limit = { within: 60_000 };

/** A tag that the configuration has to ask for. */
export const usersTag = 'cost-center';

export const carriesTags = ({ arn, tag }: AnyResource): boolean => (arn ?? tag) !== undefined;

/**
 * create → list → create again changes nothing → diff is empty → tag otherwise → diff names the tag → tag → alter out of
 * band → diff names the path → update.
 */
export async function raise(
  { cloud, config, mutatingCalls }: Surroundings,
  resource: AnyResource,
  stage: MakingStage,
  before: Outputs,
  byHand: ByHand | undefined,
): Promise<{ readonly rise: Rise; readonly outputs: Outputs }> {
  const shared = { cloud, config, outputs: before, journal: idleJournal, tagByArn };
  const work = { ...shared, stage: stage.name, resources: [resource], appliesDeferred: [] };
  const wanted = wantedIn(resource, config, stage.name);
  const look = async (outputs: Outputs): Promise<readonly { key: string; now: Found | undefined; spec: object }[]> => {
    const found = await listed(resource, cloud, outputs);
    return wanted.map(({ key, spec }) => ({
      key,
      now: found.find((each) => each.key === key),
      spec: resolve(spec, outputs),
    }));
  };
  const differing = ({ key, now, spec }: { key: string; now: Found | undefined; spec: object }) =>
    now === undefined
      ? [{ path: key, was: undefined, want: spec }]
      : [...resource.diff(spec, now), ...tagDifferences(resource, cloud.scope, now)];
  const differencesIn = async (outputs: Outputs): Promise<readonly Difference[]> =>
    (await look(outputs)).flatMap(differing);

  const made = await provisionStage(work);
  const outputs = made.outputs;
  await waitFor(
    `${resource.kind} to be ready`,
    async () =>
      // Tasks need what later stages make.
      resource.kind === 'service' ||
      (await look(outputs)).every(
        ({ now, spec }) => now !== undefined && resource.readiness(now, spec).state === 'ready',
      ),
    limit,
  );
  const keys = (await listed(resource, cloud, outputs)).map(({ key }) => key);
  const calls = (await mutatingCalls()).length;
  const again = await provisionStage(work);
  const changedAgain = (await mutatingCalls()).slice(calls);
  const differences = await differencesIn(outputs);

  let retagged: Rise['retagged'];
  const [tagged] = (await look(outputs)).flatMap(({ now }) => now ?? []);
  if (carriesTags(resource) && tagged !== undefined) {
    await putTags(resource, cloud, tagged, { [usersTag]: 'another' }, tagByArn);
    const shown = await differencesIn(outputs);
    const before = (await mutatingCalls()).length;
    await provisionStage(work);
    const calls = (await mutatingCalls()).slice(before);
    retagged = { differences: shown, calls, after: await differencesIn(outputs) };
  }

  let altered: Rise['altered'];
  if (byHand !== undefined) {
    const { key, path, alter } = byHand;
    const seen = (await look(outputs)).find((each) => each.key === key);
    if (seen?.now === undefined) throw new Error(`there is no ${resource.kind}/${key} to alter`);
    await alter(seen.now);
    const then = (await look(outputs)).find((each) => each.key === key);
    const shown = then?.now === undefined ? [] : differing(then);
    await provisionStage(work);
    for (const { deferredTo } of wanted)
      if (deferredTo !== undefined)
        await provisionStage({ ...shared, stage: deferredTo, resources: [], appliesDeferred: [resource] });
    altered = {
      ...(path === undefined ? {} : { path }),
      found: then?.now !== undefined,
      differences: shown,
      after: await differencesIn(outputs),
    };
  }
  return {
    rise: {
      kind: resource.kind,
      stage: stage.name,
      wanted: wanted.map(({ key }) => key),
      made: made.applied,
      listed: keys,
      again: again.applied,
      changedAgain,
      differences,
      ...(retagged === undefined ? {} : { retagged }),
      ...(altered === undefined ? {} : { altered }),
    },
    outputs: altered === undefined ? outputs : await outputsOf(resource, cloud, outputs),
  };
}

async function outputsOf(resource: AnyResource, cloud: Cloud, outputs: Outputs): Promise<Outputs> {
  let grown = outputs;
  for (const found of await listed(resource, cloud, outputs))
    grown = withOutput(grown, resource.kind, found.key, resource.output(found));
  return grown;
}

/** delete → delete again → gone. What something else still uses is tried again, as destroy does. */
export async function fell({ cloud }: Surroundings, resource: AnyResource, outputs: Outputs): Promise<Fall> {
  const first = await listed(resource, cloud, outputs);
  const remove = async (): Promise<boolean> => {
    let done = true;
    for (const found of (await listed(resource, cloud, outputs)).toReversed()) {
      try {
        await resource.delete(cloud, found);
      } catch (error) {
        if (!isInUse(error)) throw error;
        done = false;
      }
    }
    return done;
  };
  await waitFor(`${resource.kind} to be deletable`, remove, limit);
  let secondDelete: Fall['secondDelete'] = 'harmless';
  try {
    for (const found of first) await resource.delete(cloud, found);
  } catch (error) {
    secondDelete = String(error);
  }
  await waitFor(
    `${resource.kind} to be gone`,
    async () => (await listed(resource, cloud, outputs)).length === 0,
    limit,
  ).catch(() => undefined);
  return { kind: resource.kind, left: (await listed(resource, cloud, outputs)).map(({ key }) => key), secondDelete };
}
