import type { Machine } from '../../../workflow/machines.ts';

export interface Failure {
  readonly Error: string;
  readonly Cause: string;
}

/** What a state failed with, inside the interpreter. */
export class StateError extends Error {
  readonly output: Failure;
  constructor(output: Failure) {
    super(`${output.Error}: ${output.Cause}`);
    this.output = output;
  }
}

/** Ends the coroutine of an execution that was stopped: nobody waits for it any more. */
export class Stopped extends Error {}

export interface Execution {
  readonly arn: string;
  readonly machine: Machine;
  readonly name: string;
  readonly input: unknown;
  readonly startedAt: string;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';
  redriveCount: number;
  output?: unknown;
  error?: Failure;
  /** Where it is, for a redrive. */
  at: { readonly state: string; readonly input: unknown };
  /** Counts its lives: one more after each stop. */
  life: number;
  readonly children: Execution[];
  /** Settled when it has ended. */
  readonly end: PromiseWithResolvers<void>;
}

/** Somebody who makes calls: a function that runs, for an execution or by itself. */
export interface Caller {
  readonly name: string;
  readonly payload: unknown;
  /** The execution that people started, or the schedule. */
  readonly root?: Execution | undefined;
}
