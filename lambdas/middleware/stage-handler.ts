import type { Pending, Removal, StageDocument, WaitReport } from '../../workflow/documents.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import {
  type DeferredKind,
  deferredKinds,
  type Kind,
  type MakingStage,
  type MakingStageName,
  removalOf,
  stageNamed,
  type WaitingStage,
} from '../../workflow/stages.ts';
import { cloudIn } from '../aws/clients.ts';
import { checkReadiness } from '../engine/await-ready.ts';
import { type Applied, type Provisioned, provisionStage } from '../engine/provision.ts';
import { removeStage } from '../engine/remove.ts';
import type { TagByArn } from '../engine/tags.ts';
import type { AnyResource } from '../resources/resource.ts';
import { openJournal, type StoredJournal } from '../store/journal.ts';
import { checkNotOvertaken } from '../store/lock.ts';
import { environment } from './environment.ts';
import { handlerOf, home, logger } from './handler.ts';
import { holdingLock, progress } from './progress.ts';

/** A kind as its file exports it: `nat-gateway` → `natGateway`. */
type Exported<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Exported<Tail>>}`
  : Name;

/** The resources of some kinds by their exported names: the compiler holds a handler to the kinds of workflow/stages.ts. */
type ResourcesOf<Kinds extends Kind> = Readonly<Record<Exported<Kinds>, AnyResource>>;

type MadeKind<Name extends MakingStageName> = Extract<MakingStage, { name: Name }>['kinds'][number];
type AwaitedKind<Name extends WaitingStage['name']> = Extract<WaitingStage, { name: Name }>['awaits'][number]['kind'];

/** The resources of `kinds`, in that order. */
const inOrder = (kinds: readonly Kind[], resources: Readonly<Record<string, AnyResource>>): readonly AnyResource[] =>
  kinds.flatMap((kind) => Object.values(resources).filter((resource) => resource.kind === kind));

/**
 * The handler of a stage that makes resources.
 * @param tagByArn of a stage that makes something with an `arn`
 */
export function makingStage<Name extends MakingStageName>(
  name: Name,
  resources: ResourcesOf<MadeKind<Name> | DeferredKind<Name>>,
  tagByArn?: TagByArn,
) {
  const stage: MakingStage = stageNamed(name);
  const made = inOrder(stage.kinds, resources);
  const journals = new WeakMap<StageDocument, StoredJournal>();
  const work = async (document: StageDocument): Promise<Provisioned> => {
    const { table } = home();
    const { config } = document;
    logger.appendKeys({ deployment: document.deployment, region: config.region, stage: name });
    const journal = await openJournal(table, document, config.region, Number(environment('SETTLE_SECONDS')));
    journals.set(document, journal);
    return provisionStage({
      cloud: cloudIn(config),
      config,
      stage: name,
      resources: made,
      appliesDeferred: inOrder(deferredKinds(stage), resources),
      outputs: document.outputs,
      deferred: document.deferred,
      unseen: (document.attempt ?? 0) === 0 ? (document.unseen ?? []) : [],
      journal,
      tagByArn,
    });
  };
  const remove = async (document: StageDocument, removal: Removal): Promise<WaitReport> => {
    const { config, outputs, wait } = document;
    logger.appendKeys({ deployment: document.deployment, region: config.region, stage: removalOf(name) });
    const { table } = home();
    return removeStage({
      cloud: cloudIn(config),
      config,
      stage: name,
      resources: made,
      outputs,
      removal,
      fence: () => checkNotOvertaken(table, document),
      waitedSeconds: wait?.waitedSeconds ?? 0,
    });
  };
  return handlerOf(
    async (document: StageDocument): Promise<Provisioned | WaitReport> =>
      document.removal === undefined ? work(document) : remove(document, document.removal),
  ).use(
    progress<Provisioned | WaitReport, StageDocument>(
      home,
      ({ removal }) => (removal === undefined ? name : removalOf(name)),
      (result, { wait }) =>
        'applied' in result ? { detail: appliedText(result.applied) } : waited(result, wait, 'removed'),
      {
        enter: holdingLock,
        handOn: (result, keep) =>
          'outputs' in result
            ? {
                ...result,
                outputs: keep(result.outputs),
                ...(result.deferred && { deferred: keep(result.deferred) }),
              }
            : short(result),
        recordOf: (document) => journals.get(document)?.record,
      },
    ),
  );
}

/** Characters of a reason that are passed to the next round. */
const longestReason = 200;

/** What is passed to the next round. */
const short = (report: WaitReport): WaitReport => ({
  ...report,
  pending: report.pending.map((each) => ({ ...each, reason: each.reason.slice(0, longestReason) })),
});

/** What is published of a round of a loop; nothing where the round before has published the same. */
function waited(report: WaitReport, before: WaitReport | undefined, done: string): Partial<ProgressEvent> | undefined {
  const { ready, pending, waitedSeconds } = report;
  if (ready) return { detail: waitedSeconds === 0 ? `${done} at once` : `${done} after waiting ${waitedSeconds} s` };
  const names = (all: readonly Pending[]): string => all.map(({ kind, key }) => `${kind}/${key}`).join();
  return before !== undefined && names(before.pending) === names(pending) ? undefined : { status: 'waiting', pending };
}

/** The handler of a stage that waits: one round of its loop. */
export function waitingStage<Name extends WaitingStage['name']>(name: Name, resources: ResourcesOf<AwaitedKind<Name>>) {
  const stage: WaitingStage = stageNamed(name);
  const work = async (document: StageDocument): Promise<WaitReport> => {
    logger.appendKeys({ deployment: document.deployment, region: document.config.region, stage: name });
    return checkReadiness({
      cloud: cloudIn(document.config),
      config: document.config,
      stage,
      resources: Object.values(resources),
      outputs: document.outputs,
      waitedSeconds: document.wait?.waitedSeconds ?? 0,
      pending: document.wait?.pending,
    });
  };
  return handlerOf(work).use(
    progress<WaitReport, StageDocument>(home, name, (report, { wait }) => waited(report, wait, 'ready'), {
      // Later rounds only read, and the lock is not lost before their execution has ended: the next stage makes sure of it.
      enter: async (where, document, started) =>
        document.wait === undefined ? holdingLock(where, document, started) : undefined,
      handOn: short,
    }),
  );
}

function appliedText({ created, updated, unchanged, duplicates }: Applied): string {
  const parts = [
    created.length === 0 ? '' : `created ${created.join(', ')}`,
    updated.length === 0 ? '' : `updated ${updated.join(', ')}`,
    unchanged === 0 ? '' : `${unchanged} unchanged`,
    ...duplicates,
  ];
  return parts.filter((part) => part !== '').join('; ') || 'nothing to do';
}
