import { setImmediate as turn } from 'node:timers/promises';
import type { Caller, Execution } from './execution.ts';

/** Why a function that is killed answers nothing, as Step Functions says it. */
const died = (): Error => Object.assign(new Error('the sandbox is gone'), { name: 'Lambda.Unknown' });

/** A function that runs: each of its calls waits until it may be made. */
export class Actor implements Caller {
  readonly name: string;
  readonly payload: unknown;
  readonly root: Execution | undefined;
  readonly death = Promise.withResolvers<never>();
  readonly waiting: (() => void)[] = [];
  free = false;
  done = false;
  /** Dies with the answer of its next call. */
  doomed = false;
  /** Whether a later run had the lock when its last call was made. */
  fenced = false;

  constructor(name: string, payload: unknown, execution?: Execution) {
    this.name = name;
    this.payload = payload;
    this.root = execution;
    // Nobody waits for it where it ends well.
    this.death.promise.catch(() => undefined);
  }

  async call<Answer>(make: () => Promise<Answer> | Answer): Promise<Answer> {
    if (!this.free || this.done) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const answer = await make();
    if (this.doomed) {
      this.die();
      await new Promise(() => undefined);
    }
    return answer;
  }

  /** Makes that many calls, and stands still before the next. */
  async step(calls: number): Promise<void> {
    for (let made = 0; made < calls; made += 1) {
      await this.#atCall();
      if (this.done) return;
      this.waiting.shift()?.();
      await turn();
    }
  }

  /** Files are read in between: whatever it does is done when it makes its next call, or ends. */
  async #atCall(): Promise<void> {
    await turn();
    while (!this.done && this.waiting.length === 0) await turn();
  }

  /** Dies before its next call; `answered`: with the answer to it. */
  async kill(answered: boolean): Promise<void> {
    await this.#atCall();
    if (this.done) return;
    this.doomed = answered;
    if (answered) this.waiting.shift()?.();
    else this.die();
    await turn();
  }

  die(): void {
    this.done = true;
    this.death.reject(died());
  }
}
