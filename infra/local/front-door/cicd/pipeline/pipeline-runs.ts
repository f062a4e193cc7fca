import { randomUUID } from 'node:crypto';
import { remembered } from '../../memo.ts';
import { type ActionRecord, type Artifact, Execution, type ExecutionStatus, type Trigger } from './execution.ts';
import { type Action, groups, resolveVariables, type Stage, type Structure } from './structure.ts';

/** What an action is handed. */
export interface ActionContext {
  readonly structure: Structure;
  readonly execution: Execution;
  /** To be kept up to date by the action: what people see while it runs. */
  readonly record: ActionRecord;
  /** With its variables filled in. */
  readonly configuration: Readonly<Record<string, string>>;
  /** Aborted when the execution is abandoned. */
  readonly signal: AbortSignal;
}

export interface ActionResult {
  readonly outputs?: readonly Artifact[];
  readonly variables?: Readonly<Record<string, string>>;
}

/** Resolves when the action has succeeded. @throws {ActionFailure} otherwise */
export type RunAction = (context: ActionContext) => Promise<ActionResult>;

export class ActionFailure extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'ActionFailure';
    this.code = code;
  }
}

export interface StageState {
  /** The execution that works in the stage: one at a time, whatever the execution mode. */
  holder: Execution | undefined;
  /** Those that wait in front of it, the oldest first. */
  readonly inbound: Execution[];
  latest: { readonly execution: Execution; status: string } | undefined;
}

/** What CodePipeline publishes to EventBridge as a state change. */
export interface StateChange {
  readonly of: 'Pipeline' | 'Stage' | 'Action';
  readonly state: string;
  readonly execution: Execution;
  readonly stage?: string;
  readonly record?: ActionRecord;
}

export interface PipelineParts {
  readonly run: RunAction;
  /** Executions start with the structure as it then is. */
  readonly structure: () => Structure;
  readonly publish: (change: StateChange) => void;
}

/**
 * The executions of one pipeline on their way through its stages. A stage holds one execution; others wait in front of it in
 * their order (QUEUED), or only the newest does (SUPERSEDED, where it overtakes). A disabled transition holds them all.
 */
export class PipelineRuns {
  readonly #parts: PipelineParts;
  readonly #stages = new Map<string, StageState>();
  /** Newest first. */
  readonly executions: Execution[] = [];
  /** Newest first. */
  readonly actions: ActionRecord[] = [];
  /** Stages whose inbound transition is disabled. */
  readonly disabled = new Map<string, { readonly reason: string; readonly at: number }>();

  constructor(parts: PipelineParts) {
    this.#parts = parts;
  }

  stage(name: string): StageState {
    return remembered(this.#stages, name, () => ({ holder: undefined, inbound: [], latest: undefined }));
  }

  start(trigger: Trigger): Execution {
    const execution = new Execution(this.#parts.structure(), trigger);
    this.executions.unshift(execution);
    this.#parts.publish({ of: 'Pipeline', state: 'STARTED', execution });
    this.#arrive(execution, 0);
    return execution;
  }

  disable(stage: string, reason: string): void {
    this.disabled.set(stage, { reason, at: Date.now() });
  }

  enable(stage: string): void {
    this.disabled.delete(stage);
    this.#admit(stage);
  }

  /** Waits for the actions that run, or abandons them. */
  stop(execution: Execution, abandon: boolean, reason: string | undefined): void {
    execution.statusSummary = reason;
    const holding = [...this.#stages].find(([, { holder }]) => holder === execution);
    if (holding !== undefined && !abandon) {
      execution.status = 'Stopping';
      this.#parts.publish({ of: 'Pipeline', state: 'STOPPING', execution });
      return;
    }
    for (const record of this.actions)
      if (record.executionId === execution.id && record.status === 'InProgress')
        this.#endAction(execution, record, 'Abandoned');
    execution.abandoned.abort();
    this.#end(execution, 'Stopped');
    if (holding !== undefined) this.#leave(execution, holding[0], 'Stopped');
  }

  /** Runs a failed stage again: what failed in it, or all of it. */
  retry(execution: Execution, stage: Stage, all: boolean): void {
    if (all) for (const { name } of stage.actions) execution.done.delete(`${stage.name}/${name}`);
    execution.status = 'InProgress';
    execution.updated = Date.now();
    this.#parts.publish({ of: 'Pipeline', state: 'RESUMED', execution });
    this.stage(stage.name).inbound.unshift(execution);
    this.#admit(stage.name);
  }

  #arrive(execution: Execution, index: number): void {
    const stage = execution.structure.stages[index];
    if (stage === undefined) {
      this.#end(execution, 'Succeeded');
      return;
    }
    const { inbound } = this.stage(stage.name);
    inbound.push(execution);
    if (execution.structure.executionMode === 'SUPERSEDED')
      for (const overtaken of inbound.splice(0, inbound.length - 1)) this.#end(overtaken, 'Superseded');
    this.#admit(stage.name);
  }

  #admit(name: string): void {
    const state = this.stage(name);
    if (state.holder !== undefined || this.disabled.has(name)) return;
    const next = state.inbound.shift();
    if (next === undefined) return;
    state.holder = next;
    state.latest = { execution: next, status: 'InProgress' };
    const index = next.structure.stages.findIndex((stage) => stage.name === name);
    const stage = next.structure.stages[index] as Stage;
    this.#parts.publish({ of: 'Stage', state: 'STARTED', execution: next, stage: name });
    void this.#runStage(next, stage).then((succeeded) => {
      // Abandoned: it left already.
      if (state.holder !== next) return;
      const stopped = next.status === 'Stopping';
      if (!succeeded) this.#end(next, stopped ? 'Stopped' : 'Failed');
      else if (stopped) this.#end(next, 'Stopped');
      else this.#arrive(next, index + 1);
      this.#leave(next, name, succeeded ? 'Succeeded' : 'Failed');
    });
  }

  #leave(execution: Execution, name: string, status: string): void {
    const state = this.stage(name);
    state.holder = undefined;
    state.latest = { execution, status };
    this.#parts.publish({ of: 'Stage', state: status.toUpperCase(), execution, stage: name });
    this.#admit(name);
  }

  #end(execution: Execution, status: ExecutionStatus): void {
    for (const { inbound } of this.#stages.values()) {
      const at = inbound.indexOf(execution);
      if (at >= 0) inbound.splice(at, 1);
    }
    execution.status = status;
    execution.updated = Date.now();
    this.#parts.publish({ of: 'Pipeline', state: status.toUpperCase(), execution });
  }

  async #runStage(execution: Execution, stage: Stage): Promise<boolean> {
    for (const group of groups(stage.actions)) {
      const left = group.filter(({ name }) => !execution.done.has(`${stage.name}/${name}`));
      const ended = await Promise.all(left.map((action) => this.#runAction(execution, stage.name, action)));
      if (ended.includes(false)) return false;
      // The rest of a stage that is being stopped does not start.
      if (execution.status !== 'InProgress')
        return execution.status === 'Stopping' && group === groups(stage.actions).at(-1);
    }
    return true;
  }

  async #runAction(execution: Execution, stage: string, action: Action): Promise<boolean> {
    const { structure } = execution;
    const record: ActionRecord = {
      id: randomUUID(),
      executionId: execution.id,
      stage,
      action,
      started: Date.now(),
      updated: Date.now(),
      status: 'InProgress',
      configuration: action.configuration,
      inputs: action.inputs.flatMap((name) => execution.artifacts.get(name) ?? []),
      outputs: [],
      variables: {},
    };
    this.actions.unshift(record);
    this.#parts.publish({ of: 'Action', state: 'STARTED', execution, stage, record });
    try {
      const configuration = resolveVariables(action.configuration, execution.variables);
      record.configuration = configuration;
      const { signal } = execution.abandoned;
      const result = await this.#parts.run({ structure, execution, record, configuration, signal });
      if (record.status !== 'InProgress') return false;
      record.outputs = result.outputs ?? [];
      record.variables = result.variables ?? {};
      for (const artifact of record.outputs) execution.artifacts.set(artifact.name, artifact);
      if (action.namespace !== undefined) execution.variables.set(action.namespace, record.variables);
      execution.done.add(`${stage}/${action.name}`);
      this.#endAction(execution, record, 'Succeeded');
      return true;
    } catch (error) {
      if (record.status !== 'InProgress') return false;
      record.error =
        error instanceof ActionFailure
          ? { code: error.code, message: error.message }
          : { code: 'InternalError', message: error instanceof Error ? error.message : String(error) };
      this.#endAction(execution, record, 'Failed');
      return false;
    }
  }

  #endAction(execution: Execution, record: ActionRecord, status: ActionRecord['status']): void {
    record.status = status;
    record.updated = Date.now();
    delete record.token;
    this.#parts.publish({ of: 'Action', state: status.toUpperCase(), execution, stage: record.stage, record });
  }
}
