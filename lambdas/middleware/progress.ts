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

/**
 * Publishes that a stage has started and how it finished. Failures are published by the state machine's "Report failure", which
 * also sees functions that died, and sees a failure only once its retries are used up.
 */
export function progress<Result>(
  home: () => Progress,
  step: EventName | ((document: ProgressDocument) => EventName),
  finish: (
    result: Result,
    document: ProgressDocument,
  ) => Partial<Pick<ProgressEvent, 'status' | 'pending' | 'detail'>> | undefined,
): MiddlewareObj<ProgressDocument, Result> {
  let startedAt = new Date();
  const stepOf = (document: ProgressDocument): EventName => (typeof step === 'function' ? step(document) : step);
  const event = (document: ProgressDocument, at: Date) => ({
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
      if ((document.attempt ?? 0) > 0 || document.wait !== undefined) return;
      await publish(home(), { ...event(document, startedAt), status: 'started' }, document.execution.arn);
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
