import type { RegionConfig } from '../../workflow/config.ts';
import type { Outputs, Pending, WaitReport } from '../../workflow/documents.ts';
import type { Kind, WaitingStage } from '../../workflow/stages.ts';
import type { Cloud } from '../aws/cloud.ts';
import { together } from '../aws/together.ts';
import { ResourceFailedError, WaitTimeoutError } from '../errors.ts';
import type { AnyResource, Readiness } from '../resources/resource.ts';
import { listed } from './found.ts';
import { resolve } from './resolve.ts';
import { wantedIn } from './wanted.ts';

/** The fewest seconds between two checks. */
const shortStepSeconds = 5;

export interface AwaitWork {
  readonly cloud: Cloud;
  readonly config: RegionConfig;
  readonly stage: WaitingStage;
  readonly resources: readonly AnyResource[];
  readonly outputs: Outputs;
  /** What this stage's loop has waited so far. */
  readonly waitedSeconds: number;
  /** What was not ready the last time; absent the first time. */
  readonly pending?: readonly Pending[] | undefined;
}

/**
 * Checks once what a stage waits for and has not been ready yet. Changes nothing.
 * @throws {ResourceFailedError} when something will never become ready
 * @throws {WaitTimeoutError} when the stage's limit is used up
 */
export async function checkReadiness(work: AwaitWork): Promise<WaitReport> {
  const isOpen = (kind: Kind, key: string): boolean =>
    work.pending === undefined || work.pending.some((each) => each.kind === kind && each.key === key);
  const looks = work.stage.awaits.map(async ({ kind, stage }): Promise<readonly State[]> => {
    const resource = work.resources.find((each) => each.kind === kind);
    if (resource === undefined) throw new TypeError(`${work.stage.name} was given no ${kind}`);
    const wanted = wantedIn(resource, work.config, stage).filter(({ key }) => isOpen(kind, key));
    if (wanted.length === 0) return [];
    const keys = wanted.map(({ key }) => key);
    const found = await listed(resource, work.cloud, work.outputs, keys);
    return wanted.map(({ key, spec }) => {
      const now = found.find((each) => each.key === key);
      const readiness: Readiness =
        now === undefined
          ? { state: 'pending', reason: 'not visible yet', nextCheckSeconds: shortStepSeconds }
          : resource.readiness(now, resolve(spec, work.outputs));
      return { pending: { kind, key, reason: reasonOf(readiness) }, readiness };
    });
  });
  return report(work, (await together(looks)).flat());
}

interface State {
  readonly pending: Pending;
  readonly readiness: Readiness;
}

const reasonOf = (readiness: Readiness): string => (readiness.state === 'ready' ? 'ready' : readiness.reason);

/** Pure: the verdict over what was seen. */
function report({ stage, waitedSeconds, cloud }: AwaitWork, states: readonly State[]): WaitReport {
  const failed = states.filter(({ readiness }) => readiness.state === 'failed');
  const where = `in ${cloud.scope.region}`;
  if (failed.length > 0) {
    throw new ResourceFailedError(`${describe(failed.map(({ pending }) => pending))} ${where}`);
  }
  const open = states.filter(({ readiness }) => readiness.state === 'pending');
  const pending = open.map((each) => each.pending);
  if (open.length === 0) return { stage: stage.name, ready: true, pending, nextCheckSeconds: 0, waitedSeconds };
  if (waitedSeconds >= stage.limitSeconds) {
    throw new WaitTimeoutError(
      `waited ${waitedSeconds} s ${where} and the limit is ${stage.limitSeconds} s: ${describe(pending)}; check it in the console, then start again to continue waiting`,
    );
  }
  const steps = open.map(({ readiness }) =>
    readiness.state === 'pending' ? Math.ceil(readiness.nextCheckSeconds) : 0,
  );
  const nextCheckSeconds = Math.min(
    Math.max(shortStepSeconds, ...steps),
    // Never past the limit: the wait that uses it up is followed by one last check.
    Math.max(1, stage.limitSeconds - waitedSeconds),
  );
  return {
    stage: stage.name,
    ready: false,
    pending,
    nextCheckSeconds,
    waitedSeconds: waitedSeconds + nextCheckSeconds,
  };
}

const describe = (pending: readonly Pending[]): string =>
  pending.map(({ kind, key, reason }) => `${kind}/${key}: ${reason}`).join('; ');
