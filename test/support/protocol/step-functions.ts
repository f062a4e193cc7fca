import { definitions } from '../../../workflow/definitions.ts';
import { executionArn, type Machine, parseExecutionArn, prefix, regionMachines } from '../../../workflow/machines.ts';
import { machineSubstitution } from '../../../workflow/root-states.ts';
import { stages } from '../../../workflow/stages.ts';
import { type FunctionName, functions } from '../../../workflow/steps.ts';
import { functionSubstitution } from '../../../workflow/tasks.ts';
import { type Definition, evaluated, plain, type State } from './state-language.ts';

/**
 * Step Functions in memory, as far as our definitions use it: it runs the very definitions that infra deploys. Time is
 * the test's: a retry pauses for nothing, while a Wait and a task token's time-out end by `timersUntil`.
 */

type Json = Readonly<Record<string, unknown>>;

export interface Failure {
  readonly Error: string;
  readonly Cause: string;
}

/** What a state failed with, inside the interpreter. */
class StateError extends Error {
  readonly output: Failure;
  constructor(output: Failure) {
    super(`${output.Error}: ${output.Cause}`);
    this.output = output;
  }
}

/** Ends the coroutine of an execution that was stopped: nobody waits for it any more. */
class Stopped extends Error {}

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

/** A function's name by the substitution of its ARN. */
const functionOf = new Map<string, string>(
  [...Object.keys(functions), ...stages.map(({ name }) => name)].map((name) => [
    `\${${functionSubstitution(name as FunctionName)}}`,
    name,
  ]),
);
const machineOf = new Map<string, Machine>(
  regionMachines.map((machine) => [`\${${machineSubstitution(machine)}}`, machine]),
);

const place = 'arn:aws:states:us-east-1:123456789012';
const machineArn = (machine: Machine): string => `${place}:stateMachine:${prefix}-${machine}`;

export interface Surroundings {
  /** Runs a function; rejects with a Failure-like error where it failed or died. */
  readonly invoke: (name: string, payload: unknown, root: Execution) => Promise<unknown>;
  /** An execution of `provision` or `destroy` ended badly: the event that starts `rerun`. */
  readonly endedBadly: (execution: Execution) => void;
}

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

export class StepFunctions {
  readonly executions = new Map<string, Execution>();
  /** Bytes of the largest input, argument, result or output of any state, and whose it was. */
  largest = { bytes: 0, of: '' };
  readonly #surroundings: Surroundings;
  readonly #tokens = new Map<
    string,
    { readonly answer: (output: unknown) => void; readonly execution: Execution; asked: boolean }
  >();
  #timers: Timer[] = [];
  #count = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Answers the SDK's operations that Slipway's functions use. */
  readonly operations = {
    StartExecution: ({ stateMachineArn, name, input }: Json) => {
      const { machine } = parseExecutionArn(executionArn(String(stateMachineArn), String(name)));
      return { executionArn: this.start(machine, String(name), JSON.parse(String(input))).arn };
    },
    DescribeExecution: ({ executionArn: arn }: Json) => {
      const execution = this.executions.get(String(arn));
      if (execution === undefined) throw named('ExecutionDoesNotExist', String(arn));
      const { status, redriveCount, input } = execution;
      return { status, redriveCount, input: JSON.stringify(input) };
    },
    ListExecutions: ({ stateMachineArn }: Json) => ({
      executions: [...this.executions.values()]
        .filter(({ machine, status }) => machineArn(machine) === stateMachineArn && status === 'RUNNING')
        .map(({ arn, name }) => ({ executionArn: arn, name })),
    }),
    SendTaskSuccess: ({ taskToken, output }: Json) => {
      const task = this.#tokens.get(String(taskToken));
      if (task === undefined) throw named('TaskTimedOut', 'task token is gone');
      this.#tokens.delete(String(taskToken));
      task.answer(JSON.parse(String(output)));
      return {};
    },
  };

  /** Whether an execution waits for people, who have been asked. */
  waits = (execution: Execution): boolean =>
    [...this.#tokens.values()].some((each) => each.execution === execution && each.asked);

  start(machine: Machine, name: string, input: unknown, parent?: Execution): Execution {
    const arn = executionArn(machineArn(machine), name);
    if (this.executions.has(arn)) throw named('ExecutionAlreadyExists', arn);
    const { StartAt } = definitions[machine] as Definition;
    const startedAt = new Date().toISOString();
    const execution: Execution = {
      ...{ arn, machine, name, input: plain(input), startedAt, status: 'RUNNING', redriveCount: 0, life: 0 },
      ...{ at: { state: StartAt, input: plain(input) }, children: [], end: Promise.withResolvers() },
    };
    this.executions.set(arn, execution);
    parent?.children.push(execution);
    void this.#live(execution, parent);
    return execution;
  }

  /** Stops it and what it started. A function that runs goes on: nobody tells it. */
  stop(execution: Execution): void {
    if (execution.status !== 'RUNNING') return;
    for (const child of execution.children) this.stop(child);
    this.#end(execution, 'ABORTED');
    execution.life += 1;
    for (const [token, task] of this.#tokens) if (task.execution === execution) this.#tokens.delete(token);
  }

  /** Nothing goes on any more, not even what was stopped. */
  close(): void {
    for (const execution of this.executions.values()) execution.life += 1;
  }

  /** Goes on from the state in which it was stopped. */
  redrive(execution: Execution): void {
    if (execution.status !== 'ABORTED') return;
    execution.status = 'RUNNING';
    execution.redriveCount += 1;
    void this.#live(execution);
  }

  /** Lets time pass to `until`, in milliseconds: fires what is due. */
  timersUntil(until: number): boolean {
    const due = this.#timers.filter(({ at }) => at <= until).toSorted((one, other) => one.at - other.at);
    this.#timers = this.#timers.filter(({ at }) => at > until);
    for (const { fire } of due) fire();
    return due.length > 0;
  }

  #measure(of: string, value: unknown): void {
    const bytes = Buffer.byteLength(JSON.stringify(value) ?? '');
    if (bytes > this.largest.bytes) this.largest = { bytes, of };
  }

  #end(
    execution: Execution,
    status: Execution['status'],
    over: Pick<Execution, 'output'> | { error: Failure } = {},
  ): void {
    Object.assign(execution, { status, ...over });
    execution.end.resolve();
    if (status !== 'SUCCEEDED' && ['provision', 'destroy'].includes(execution.machine))
      this.#surroundings.endedBadly(execution);
  }

  async #live(execution: Execution, parent?: Execution): Promise<void> {
    const { life } = execution;
    try {
      const output = await this.#run(execution, definitions[execution.machine] as Definition, {
        root: parent ?? execution,
        context: {},
        from: execution.at,
        note: (at) => {
          execution.at = at;
        },
      });
      if (execution.life === life) this.#end(execution, 'SUCCEEDED', { output });
    } catch (error) {
      if (execution.life !== life || error instanceof Stopped) return;
      this.#end(execution, 'FAILED', {
        error: error instanceof StateError ? error.output : { Error: 'States.Runtime', Cause: String(error) },
      });
    }
  }

  async #run(
    execution: Execution,
    definition: Definition,
    way: {
      readonly root: Execution;
      readonly context: object;
      readonly from: Execution['at'];
      readonly note?: (at: Execution['at']) => void;
    },
  ): Promise<unknown> {
    const { life } = execution;
    let { state: name, input } = way.from as { state: string | undefined; input: unknown };
    for (;;) {
      const state = definition.States[name ?? ''];
      if (name === undefined || state === undefined) return input;
      way.note?.({ state: name, input });
      const { next, output } = await this.#step(execution, state, input, { ...way, life });
      this.#measure(`${execution.machine}: ${name}: input`, input);
      this.#measure(`${execution.machine}: ${name}: output`, output);
      if (execution.life !== life) throw new Stopped();
      [name, input] = [next, output];
    }
  }

  async #step(
    execution: Execution,
    state: State,
    input: unknown,
    way: { readonly root: Execution; readonly context: object; readonly life: number },
  ): Promise<{ next: string | undefined; output: unknown }> {
    const { arn, name, startedAt, redriveCount } = execution;
    this.#count += 1;
    const token = `token-${this.#count}`;
    const attempts = new Map<object, number>();
    for (let retries = 0; ; retries += 1) {
      // What was stopped in the meantime retries nothing.
      if (execution.life !== way.life) throw new Stopped();
      const states = {
        input,
        context: {
          ...way.context,
          Execution: { Id: arn, Name: name, Input: execution.input, StartTime: startedAt, RedriveCount: redriveCount },
          State: { RetryCount: retries },
          Task: { Token: `${token}-${retries}` },
        },
      };
      const outputOf = async (template: unknown, more: object, otherwise: unknown): Promise<unknown> =>
        template === undefined ? otherwise : evaluated(template, { ...states, ...more });
      try {
        switch (state.Type) {
          case 'Choice': {
            for (const choice of state.Choices ?? [])
              if ((await evaluated(choice.Condition, states)) === true)
                return { next: choice.Next, output: await outputOf(choice.Output, {}, input) };
            return { next: state.Default, output: input };
          }
          case 'Fail':
            throw new StateError((await evaluated({ Error: state.Error, Cause: state.Cause }, states)) as Failure);
          case 'Wait': {
            const seconds = Number(await evaluated(state.Seconds, states));
            await this.#pause(seconds);
            return { next: state.Next, output: input };
          }
          case 'Map':
          case 'Parallel':
          case 'Task': {
            const result =
              state.Type === 'Map'
                ? await this.#map(execution, state, states, way.root)
                : state.Type === 'Parallel'
                  ? await this.#parallel(execution, state, input, way)
                  : await this.#task(execution, state, states, way.root);
            this.#measure(`${execution.machine}: ${state.Comment ?? state.Type}: result`, result);
            return { next: state.Next, output: await outputOf(state.Output, { result }, result) };
          }
          default:
            return { next: state.Next, output: await outputOf(state.Output, {}, input) };
        }
      } catch (error) {
        if (!(error instanceof StateError)) throw error;
        const { output: errorOutput } = error;
        this.#measure(`${execution.machine}: ${state.Comment ?? state.Type}: error`, errorOutput);
        const matches = ({ ErrorEquals }: { readonly ErrorEquals: readonly string[] }): boolean =>
          ErrorEquals.includes(errorOutput.Error) || ErrorEquals.includes('States.ALL');
        const retrier = state.Retry?.find(matches);
        const attempt = (retrier && attempts.get(retrier)) ?? 0;
        if (retrier !== undefined && attempt < retrier.MaxAttempts) {
          attempts.set(retrier, attempt + 1);
          continue;
        }
        const catcher = state.Catch?.find(matches);
        if (catcher === undefined) throw error;
        return { next: catcher.Next, output: await outputOf(catcher.Output, { errorOutput }, errorOutput) };
      }
    }
  }

  async #map(execution: Execution, state: State, states: object, root: Execution): Promise<unknown> {
    const processor = state.ItemProcessor as Definition;
    const items = (await evaluated(state.Items, states)) as readonly unknown[];
    return Promise.all(
      items.map(async (Value) => {
        const context = { Map: { Item: { Value } } };
        const inner = { ...states, context: { ...(states as { context: object }).context, ...context } };
        const input = await evaluated(state.ItemSelector, inner);
        return this.#run(execution, processor, { root, context, from: { state: processor.StartAt, input } });
      }),
    );
  }

  #parallel(
    execution: Execution,
    { Branches = [] }: State,
    input: unknown,
    { root, context }: { readonly root: Execution; readonly context: object },
  ): Promise<unknown> {
    return Promise.all(
      Branches.map((branch) => this.#run(execution, branch, { root, context, from: { state: branch.StartAt, input } })),
    );
  }

  async #task(execution: Execution, state: State, states: { context: { Task: { Token: string } } }, root: Execution) {
    const args = (await evaluated(state.Arguments, states)) as Json;
    const [, resource = ''] = /:::(.*)$/.exec(state.Resource ?? '') ?? [];
    switch (resource) {
      case 'lambda:invoke':
        return { Payload: await this.#invoke(args, root) };
      case 'lambda:invoke.waitForTaskToken': {
        const { Token } = states.context.Task;
        const { promise, resolve, reject } = Promise.withResolvers<unknown>();
        const task = { answer: resolve, execution, asked: false };
        this.#tokens.set(Token, task);
        const seconds = Number(await evaluated(state.TimeoutSeconds, states));
        this.#timers.push({
          at: Date.now() + seconds * 1000,
          fire: () => {
            if (this.#tokens.delete(Token)) reject(new StateError({ Error: 'States.Timeout', Cause: '' }));
          },
        });
        // The answer may come while the function that asks still runs; its failure ends the task.
        const asked = this.#invoke(args, root);
        try {
          const waited = asked.then(() => {
            task.asked = true;
            return promise;
          });
          return await Promise.race([promise, waited]);
        } finally {
          this.#tokens.delete(Token);
        }
      }
      case 'states:startExecution':
        return this.#started(() =>
          this.start(
            parseExecutionArn(executionArn(String(args.StateMachineArn), 'x')).machine,
            String(args.Name),
            args.Input,
          ),
        );
      case 'states:startExecution.sync:2': {
        const machine = machineOf.get(String(args.StateMachineArn)) as Machine;
        const child = this.#started(() => this.start(machine, String(args.Name), args.Input, root));
        await child.end.promise;
        if (child.status === 'SUCCEEDED') return { Output: child.output };
        throw new StateError({
          Error: 'States.TaskFailed',
          Cause: JSON.stringify({ ...child.error, Input: JSON.stringify(child.input), Status: child.status }),
        });
      }
      default:
        throw new TypeError(`the interpreter knows no ${resource}`);
    }
  }

  #started(start: () => Execution): Execution {
    try {
      return start();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new StateError({ Error: `StepFunctions.${error.name}Exception`, Cause: error.message });
    }
  }

  async #invoke({ FunctionName: name, Payload }: Json, root: Execution): Promise<unknown> {
    try {
      return plain(await this.#surroundings.invoke(functionOf.get(String(name)) ?? '', plain(Payload), root));
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error;
      throw new StateError({ Error: errorType, Cause: JSON.stringify({ errorType, errorMessage }) });
    }
  }

  #pause(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#timers.push({ at: Date.now() + seconds * 1000, fire: resolve });
    });
  }
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
