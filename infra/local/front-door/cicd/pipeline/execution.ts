import { randomUUID } from 'node:crypto';
import type { Action, Structure } from './structure.ts';

export interface Trigger {
  readonly triggerType: string;
  readonly triggerDetail: string;
}

export type ExecutionStatus = 'InProgress' | 'Stopping' | 'Stopped' | 'Succeeded' | 'Failed' | 'Superseded';

/** Where an artifact lies: the key is the same in every region's bucket. */
export interface Artifact {
  readonly name: string;
  readonly key: string;
  /** Regions whose bucket holds it. */
  readonly regions: Set<string>;
  readonly revision?: Revision;
}

export interface Revision {
  readonly id: string;
  readonly summary: string;
}

export interface ActionRecord {
  readonly id: string;
  readonly executionId: string;
  readonly stage: string;
  readonly action: Action;
  readonly started: number;
  updated: number;
  status: 'InProgress' | 'Succeeded' | 'Failed' | 'Abandoned';
  configuration: Readonly<Record<string, string>>;
  inputs: readonly Artifact[];
  outputs: readonly Artifact[];
  variables: Readonly<Record<string, string>>;
  summary?: string;
  external?: { readonly id: string; readonly url?: string };
  error?: { readonly code: string; readonly message: string };
  /** Of an approval that waits for its answer. */
  token?: string;
  answeredBy?: string;
}

/** One run of a pipeline. */
export class Execution {
  readonly id = randomUUID();
  readonly started = Date.now();
  readonly trigger: Trigger;
  readonly structure: Structure;
  readonly artifacts = new Map<string, Artifact>();
  readonly variables = new Map<string, Readonly<Record<string, string>>>();
  /** `stage/action` of what has succeeded: a retry leaves it alone. */
  readonly done = new Set<string>();
  updated = this.started;
  status: ExecutionStatus = 'InProgress';
  statusSummary: string | undefined;
  readonly abandoned = new AbortController();

  constructor(structure: Structure, trigger: Trigger) {
    this.structure = structure;
    this.trigger = trigger;
    this.variables.set('codepipeline', { PipelineExecutionId: this.id });
  }

  /** Still on its way through the stages. */
  get open(): boolean {
    return this.status === 'InProgress' || this.status === 'Stopping';
  }
}
