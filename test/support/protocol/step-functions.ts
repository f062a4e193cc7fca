import { definitions } from '../../../workflow/definitions.ts';
import { executionArn, type Machine, parseExecutionArn } from '../../../workflow/machines.ts';
import { functionOf, machineArn, machineOf } from './arns.ts';
import { type Execution, type Failure, StateError, Stopped } from './execution.ts';
import { Interpreter, type TaskStates } from './interpreter.ts';
import { type Definition, evaluated, plain, type State } from './state-language.ts';

/**
 * Step Functions in memory, as far as our definitions use it: it runs the very definitions that infra deploys. Time is
 * the test's: a retry pauses for nothing, while a Wait and a task token's time-out end by `timersUntil`.
 */

type Json = Readonly<Record<string, unknown>>;

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
  readonly #interpreter = new Interpreter({
    task: (...task) => this.#task(...task),
    pause: (seconds) => this.#pause(seconds),
    measure: (of, value) => this.#measure(of, value),
  });
  readonly #tokens = new Map<
    string,
    { readonly answer: (output: unknown) => void; readonly execution: Execution; asked: boolean }
  >();
  #timers: Timer[] = [];

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
      const output = await this.#interpreter.run(execution, definitions[execution.machine] as Definition, {
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

  async #task(execution: Execution, state: State, states: TaskStates, root: Execution): Promise<unknown> {
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
