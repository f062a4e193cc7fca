import type { MiddlewareObj } from '@middy/core';
import type { Run, WaitReport } from '../../workflow/documents.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import type { EventName } from '../../workflow/steps.ts';
import { type Announced, type Progress, publish, publishStart } from '../store/events.ts';
import { type Keeper, keeper, withKept } from '../store/kept.ts';
import { checkFence } from '../store/lock.ts';
import type { Write } from '../store/table.ts';

/** What the middleware needs of a document. */
export interface ProgressDocument {
  readonly deployment: string;
  readonly execution: { readonly arn: string; readonly name: string };
  readonly config?: { readonly region: string };
  readonly removal?: object;
  readonly wait?: WaitReport;
  /** The Task's retry count: a repeated start is not published again. */
  readonly attempt?: number;
}

/** How a step begins: `started` is what there is to publish, if anything. */
export type Enter<Document> = (
  where: Progress,
  document: Document,
  started: ProgressEvent | undefined,
) => Promise<Announced | undefined>;

/** What differs between steps. */
export interface Own<Result, Document> {
  readonly enter?: Enter<Document>;
  /** What is passed to the next state: large values by reference. */
  readonly handOn?: (result: Result, keep: Keeper['keep']) => object;
  /** How the step's end is written, where there is more to write with it. */
  readonly recordOf?: (document: Document) => ((writes: readonly Write[]) => Promise<void>) | undefined;
}

/**
 * Gives a step the values that its document refers to, and publishes that it has started and how it finished. Failures are
 * published by the state machine's "Report failure", which also sees functions that died, and sees a failure only once its
 * retries are used up.
 */
export function progress<Result, Document extends ProgressDocument = ProgressDocument>(
  home: () => Progress,
  step: EventName | ((document: Document) => EventName),
  finish: (
    result: Result,
    document: Document,
  ) => Partial<Pick<ProgressEvent, 'status' | 'pending' | 'detail' | 'quiet'>> | undefined,
  { enter = published, handOn, recordOf }: Own<Result, Document> = {},
): MiddlewareObj<Document, Result> {
  let startedAt = new Date();
  let announced: Promise<void> | undefined;
  const stepOf = (document: Document): EventName => (typeof step === 'function' ? step(document) : step);
  const event = (document: Document, at: Date) => ({
    deployment: document.deployment,
    execution: document.execution.name,
    stage: stepOf(document),
    ...(document.config === undefined ? {} : { region: document.config.region }),
    at: at.toISOString(),
  });
  return {
    before: async (request) => {
      const { event: document } = request;
      startedAt = new Date();
      // Another attempt, or another round of a loop.
      const isRepeated = (document.attempt ?? 0) > 0 || document.wait !== undefined;
      const where = home();
      announced = undefined;
      const [whole, entered] = await Promise.all([
        withKept(where.table, document.execution.arn, document),
        enter(where, document, isRepeated ? undefined : { ...event(document, startedAt), status: 'started' }),
      ]);
      request.event = whole;
      announced = entered?.announced;
    },
    after: async (request) => {
      const { event: document, response } = request;
      await announced;
      if (response === null || response === undefined) return;
      const { arn } = document.execution;
      const where = home();
      const kept = keeper(where.table, arn);
      // What the definitions read of it is the same.
      if (handOn !== undefined) request.response = handOn(response, kept.keep) as Result;
      const end = finish(response, document);
      const now = new Date();
      const durationSeconds = (now.getTime() - startedAt.getTime()) / 1000;
      const finished: ProgressEvent | undefined = end && {
        ...event(document, now),
        status: 'finished',
        durationSeconds,
        ...end,
      };
      await publish(where, finished, arn, kept.writes, recordOf?.(document));
    },
    onError: () => announced,
  };
}

/** A step that may work without the lock. */
export const published: Enter<ProgressDocument> = async (where, { execution }, started) => {
  if (started !== undefined) await publish(where, started, execution.arn);
  return undefined;
};

/** A step does nothing for a run that has lost the lock. */
export const holdingLock: Enter<ProgressDocument & Run> = async (where, document, started) => {
  if (started !== undefined) return publishStart(where, started, document);
  await checkFence(where.table, document);
  return undefined;
};
