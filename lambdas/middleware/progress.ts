import type { MiddlewareObj } from '@middy/core';
import type { WaitReport } from '../../workflow/documents.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import type { EventName } from '../../workflow/steps.ts';
import { type Progress, publish } from '../store/events.ts';

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
) => Promise<void>;

/**
 * Publishes that a stage has started and how it finished. Failures are published by the state machine's "Report failure", which
 * also sees functions that died, and sees a failure only once its retries are used up.
 */
export function progress<Result, Document extends ProgressDocument = ProgressDocument>(
  home: () => Progress,
  step: EventName | ((document: Document) => EventName),
  finish: (
    result: Result,
    document: Document,
  ) => Partial<Pick<ProgressEvent, 'status' | 'pending' | 'detail'>> | undefined,
  enter: Enter<Document> = async (where, { execution }, started) => {
    if (started !== undefined) await publish(where, started, execution.arn);
  },
): MiddlewareObj<Document, Result> {
  let startedAt = new Date();
  const stepOf = (document: Document): EventName => (typeof step === 'function' ? step(document) : step);
  const event = (document: Document, at: Date) => ({
    deployment: document.deployment,
    execution: document.execution.name,
    stage: stepOf(document),
    ...(document.config === undefined ? {} : { region: document.config.region }),
    at: at.toISOString(),
  });
  return {
    before: async ({ event: document }) => {
      startedAt = new Date();
      // Another attempt, or another round of a loop.
      const isRepeated = (document.attempt ?? 0) > 0 || document.wait !== undefined;
      await enter(home(), document, isRepeated ? undefined : { ...event(document, startedAt), status: 'started' });
    },
    after: async ({ event: document, response }) => {
      const end = response === null || response === undefined ? undefined : finish(response, document);
      if (end === undefined) return;
      const now = new Date();
      const durationSeconds = (now.getTime() - startedAt.getTime()) / 1000;
      const finished: ProgressEvent = { ...event(document, now), status: 'finished', durationSeconds, ...end };
      await publish(home(), finished, document.execution.arn);
    },
  };
}
