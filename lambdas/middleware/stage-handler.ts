import type { Outputs, Pending, Removal, StageDocument, WaitReport } from '../../workflow/documents.ts';
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
import { type Applied, provisionStage } from '../engine/provision.ts';
import { removeStage } from '../engine/remove.ts';
import type { TagByArn } from '../engine/tags.ts';
import type { AnyResource } from '../resources/resource.ts';
import { journalIn } from '../store/journal.ts';
import { checkFence, checkNotOvertaken } from '../store/lock.ts';
import { environment } from './environment.ts';
import { handlerOf, home, logger } from './handler.ts';
import { progress } from './progress.ts';

type MadeKind<Name extends MakingStageName> = Extract<MakingStage, { name: Name }>['kinds'][number];

/**
 * The handler of a stage that makes resources. The type holds `resources` to the kinds of workflow/stages.ts.
 * @param tagByArn of a stage that makes something with an `arn`
 */
export function makingStage<Name extends MakingStageName>(
  name: Name,
  resources: Readonly<Record<MadeKind<Name> | DeferredKind<Name>, AnyResource>>,
  tagByArn?: TagByArn,
) {
  const stage: MakingStage = stageNamed(name);
  const inOrder = (kinds: readonly Kind[]): readonly AnyResource[] =>
    kinds.map((kind) => (resources as Readonly<Record<Kind, AnyResource>>)[kind]);
  const work = async (document: StageDocument): Promise<{ outputs: Outputs; applied: Applied }> => {
    const { table } = home();
    const { config } = document;
    logger.appendKeys({ deployment: document.deployment, region: config.region, stage: name });
    await checkFence(table, document);
    return provisionStage({
      cloud: cloudIn(config),
      config,
      stage: name,
      resources: inOrder(stage.kinds),
      appliesDeferred: inOrder(deferredKinds(stage)),
      outputs: document.outputs,
      journal: journalIn(table, document, config.region, Number(environment('SETTLE_SECONDS'))),
      fence: () => checkNotOvertaken(table, document),
      tagByArn,
    });
  };
  const remove = async (document: StageDocument, removal: Removal): Promise<WaitReport> => {
    const { config, outputs, wait } = document;
    logger.appendKeys({ deployment: document.deployment, region: config.region, stage: removalOf(name) });
    const { table } = home();
    await checkFence(table, document);
    return removeStage({
      cloud: cloudIn(config),
      config,
      stage: name,
      resources: inOrder(stage.kinds),
      outputs,
      removal,
      fence: () => checkNotOvertaken(table, document),
      waitedSeconds: wait?.stage === removalOf(name) ? wait.waitedSeconds : 0,
    });
  };
  return handlerOf(
    async (document: StageDocument): Promise<{ outputs: Outputs; applied: Applied } | WaitReport> =>
      document.removal === undefined ? work(document) : remove(document, document.removal),
  ).use(
    progress<{ outputs: Outputs; applied: Applied } | WaitReport>(
      home,
      ({ removal }) =>
        removal === undefined
          ? { name, title: stage.title }
          : { name: removalOf(name), title: `Remove ${stage.title}` },
      (result, { wait }) =>
        'applied' in result ? { detail: appliedText(result.applied) } : waited(result, wait, 'removed'),
    ),
  );
}

/** What is told of a look; nothing where the one before has told the same. */
function waited(report: WaitReport, before: WaitReport | undefined, done: string): Partial<ProgressEvent> | undefined {
  const { stage, ready, pending, waitedSeconds } = report;
  if (ready) return { detail: waitedSeconds === 0 ? `${done} at once` : `${done} after waiting ${waitedSeconds} s` };
  const names = (all: readonly Pending[]): string => all.map(({ kind, key }) => `${kind}/${key}`).join();
  return before?.stage === stage && names(before.pending) === names(pending)
    ? undefined
    : { status: 'waiting', pending };
}

/** The handler of a stage that waits: one look. */
export function waitingStage(name: WaitingStage['name'], resources: readonly AnyResource[]) {
  const stage: WaitingStage = stageNamed(name);
  const work = async (document: StageDocument): Promise<WaitReport> => {
    logger.appendKeys({ deployment: document.deployment, region: document.config.region, stage: name });
    await checkFence(home().table, document);
    return checkReadiness({
      cloud: cloudIn(document.config),
      config: document.config,
      stage,
      resources,
      outputs: document.outputs,
      waitedSeconds: document.wait?.stage === name ? document.wait.waitedSeconds : 0,
    });
  };
  return handlerOf(work).use(
    progress<WaitReport>(home, { name, title: stage.title }, (report, { wait }) => waited(report, wait, 'ready')),
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
