import { type Execution, type Failure, StateError, Stopped } from './execution.ts';
import { type Definition, evaluated, type State } from './state-language.ts';

/** What the expressions of a Task read. */
export interface TaskStates {
  readonly context: { readonly Task: { readonly Token: string } };
}

/** What the states need of the service that runs them. */
interface Service {
  readonly task: (execution: Execution, state: State, states: TaskStates, root: Execution) => Promise<unknown>;
  readonly pause: (seconds: number) => Promise<void>;
  readonly measure: (of: string, value: unknown) => void;
}

/** Runs the states of a definition, one after the other, with their retriers and catchers. */
export class Interpreter {
  readonly #service: Service;
  #count = 0;

  constructor(service: Service) {
    this.#service = service;
  }

  /** @param way where it begins, and for which execution that people started */
  async run(
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
      this.#service.measure(`${execution.machine}: ${name}: input`, input);
      this.#service.measure(`${execution.machine}: ${name}: output`, output);
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
            await this.#service.pause(seconds);
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
                  : await this.#service.task(execution, state, states, way.root);
            this.#service.measure(`${execution.machine}: ${state.Comment ?? state.Type}: result`, result);
            return { next: state.Next, output: await outputOf(state.Output, { result }, result) };
          }
          default:
            return { next: state.Next, output: await outputOf(state.Output, {}, input) };
        }
      } catch (error) {
        if (!(error instanceof StateError)) throw error;
        const { output: errorOutput } = error;
        this.#service.measure(`${execution.machine}: ${state.Comment ?? state.Type}: error`, errorOutput);
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
        return this.run(execution, processor, { root, context, from: { state: processor.StartAt, input } });
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
      Branches.map((branch) => this.run(execution, branch, { root, context, from: { state: branch.StartAt, input } })),
    );
  }
}
