// First: what follows asks for it.
import './small-app.ts';
import { AsyncLocalStorage } from 'node:async_hooks';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { questionsOf } from '../../../lambdas/store/approvals.ts';
import { withKept } from '../../../lambdas/store/kept.ts';
import { readReport } from '../../../lambdas/store/reports.ts';
import { openTable } from '../../../lambdas/store/table.ts';
import type { RootMachine } from '../../../workflow/machines.ts';
import { shortReport } from '../../../workflow/report.ts';
import { context, handlerCloud } from '../handler-cloud.ts';
import { fetchPublicImage } from '../public-image.ts';
import { accountAnswers } from './account.ts';
import { Actor } from './actor.ts';
import { answerEvent, endedEvent, type Page } from './events.ts';
import type { Execution } from './execution.ts';
import { environment, handlers, questionIn, timeoutOf } from './handlers.ts';
import { Ledger } from './ledger.ts';
import { platform } from './platform.ts';
import { StepFunctions } from './step-functions.ts';

/** The function that makes a call, of whichever world: the calls of one that is closed are never made. */
const running = new AsyncLocalStorage<Actor>();

/**
 * Slipway without AWS: the real definitions, handlers, engine and store in this process, on a table, a Step Functions and a
 * platform in memory. Whatever runs stands still before each of its calls until it is let on.
 */
export class World {
  readonly stepFunctions: StepFunctions;
  readonly ledger: Ledger;
  /** Functions that run, the oldest first. */
  actors: Actor[] = [];
  /** Ends of executions that EventBridge has not told of yet. */
  readonly ends: Execution[] = [];
  /** Executions of which a function was still alive when they had ended: it may take the lock that was given back. */
  readonly outlived = new Set<unknown>();
  readonly full = new Set<string>();
  readonly broken = new Set<string>();
  readonly #cloud: ReturnType<typeof handlerCloud>;
  readonly #platform: ReturnType<typeof platform>;
  readonly #fetch = globalThis.fetch;
  readonly #names: Record<RootMachine, number> = { provision: 0, destroy: 0 };
  #schedules = 0;
  #tells = 0;

  /** @param text of every output, and of every error of a region that is broken */
  constructor(text = '') {
    mock.timers.enable({ apis: ['Date'], now: Date.parse('2026-01-01T00:00:00Z') });
    globalThis.fetch = fetchPublicImage;
    this.stepFunctions = new StepFunctions({
      invoke: (name, payload, execution) => this.#invoke(name, payload, execution),
      endedBadly: (execution) => void this.ends.push(execution),
    });
    this.#platform = platform(
      async (change, make) => {
        const actor = running.getStore();
        if (actor === undefined) return make();
        await actor.call(() => {
          if (this.broken.has(change.thing.region)) throw named('InsufficientCapacity', `try another region ${text}`);
          this.ledger.changes(change, actor, actor.fenced && this.#isFenced(actor));
          make();
        });
      },
      (region) => this.full.has(region),
      text,
    );
    this.#cloud = handlerCloud({
      environment,
      answers: {
        ...this.stepFunctions.operations,
        ...accountAnswers(() => this.#platform.things.values()),
      },
      around: async (call, make) => {
        const actor = running.getStore();
        if (actor === undefined) return make();
        return actor.call(async () => {
          actor.fenced = this.#isFenced(actor);
          const answer = await make();
          this.ledger.wrote(call, actor);
          if (call.operation === 'SendTaskSuccess') this.ledger.told.add(questionIn(actor.payload));
          return answer;
        });
      },
    });
    this.ledger = new Ledger({
      item: this.#cloud.item,
      things: () => this.#platform.things.values(),
      execution: (arn) => this.stepFunctions.executions.get(arn),
    });
  }

  /** Whatever still runs here stands still for ever: the next world has the same globals. */
  close(): void {
    this.stepFunctions.close();
    for (const actor of this.actors) actor.die();
    this.#cloud.close();
    this.#platform.close();
    globalThis.fetch = this.#fetch;
    mock.timers.reset();
  }

  /** Whether a later run than the function's has taken the lock. */
  #isFenced({ payload }: Actor): boolean {
    const { deployment, fence } = payload as { deployment?: string; fence?: number };
    return fence !== undefined && fence !== 0 && this.#cloud.item(`DEPLOYMENT#${deployment}`, 'LOCK')?.fence !== fence;
  }

  async #invoke(name: string, payload: unknown, execution?: Execution): Promise<unknown> {
    const actor = new Actor(name, payload, execution);
    this.actors.push(actor);
    const handler = handlers.get(name);
    if (handler === undefined) throw new TypeError(`there is no function ${name}`);
    try {
      const work = running.run(actor, () => handler(payload, { ...context, functionName: `slipway-${name}` }));
      const result = await Promise.race([work, actor.death.promise]);
      // The ledger's own reads are no call of a function.
      const read = () => withKept(openTable('us-east-1', 't'), execution?.arn ?? '', result);
      this.ledger.returned(actor, await running.exit(read));
      if (name === 'execution-ended') this.#dealtWith(payload as { detail: { executionArn: string } });
      return result;
    } catch (error) {
      if (error instanceof Error && error.name === 'InputError' && /^validate/.test(name)) this.ledger.refused(actor);
      throw error;
    } finally {
      actor.done = true;
      if (execution !== undefined && execution.status !== 'RUNNING') this.outlived.add(execution.arn);
      this.actors = this.actors.filter((each) => each !== actor);
    }
  }

  #dealtWith({ detail: { executionArn } }: { detail: { executionArn: string } }): void {
    const execution = this.stepFunctions.executions.get(executionArn);
    if (execution !== undefined && execution.status !== 'RUNNING') this.ledger.ended(execution);
  }

  /**
   * Everything runs until it waits for people, for time or for nothing: one function after the other.
   * @param held stands still meanwhile
   */
  async settle(held?: Actor): Promise<void> {
    await turn();
    const others = () => this.actors.filter((each) => each !== held);
    for (;;) {
      const [actor] = others();
      if (actor === undefined) {
        await turn();
        if (others().length === 0) return;
        continue;
      }
      actor.free = true;
      for (const go of actor.waiting.splice(0)) go();
      while (!actor.done) await turn();
      await turn();
    }
  }

  /** Somebody starts a machine. Both count their names from one, so that they have the same ones. */
  start(machine: RootMachine, input: object): Execution {
    mock.timers.tick(1000);
    this.#names[machine] += 1;
    return this.stepFunctions.start(machine, `run-${this.#names[machine]}`, input);
  }

  /** The nightly schedule. */
  async schedule(): Promise<void> {
    mock.timers.tick(1000);
    this.#schedules += 1;
    this.#invoke('reconcile-due', { id: `night-${this.#schedules}` }).catch(() => undefined);
    await turn();
  }

  /** EventBridge tells of an end; `twice`: once more, later. */
  async tell(index: number, twice: boolean): Promise<void> {
    const [execution] = twice ? this.ends.slice(index, index + 1) : this.ends.splice(index, 1);
    if (execution === undefined) return;
    this.#tells += 1;
    this.stepFunctions.start('rerun', `event-${this.#tells}`, endedEvent(execution));
    await turn();
  }

  /** Somebody answers by the link of a mail. */
  async answer(id: string, decision: 'approve' | 'reject'): Promise<void> {
    mock.timers.tick(1000);
    const page = this.#invoke('approval-api', answerEvent(id, decision)) as Promise<Page>;
    page.then(
      ({ statusCode }) => this.ledger.answered(id, statusCode),
      () => undefined,
    );
    await turn();
  }

  /** The questions of which people have mails, the newest last. */
  mailed(): readonly string[] {
    return this.#cloud.mails().flatMap(({ Message }) => /approvals\/([\w-]{43})\?/.exec(String(Message))?.[1] ?? []);
  }

  /** The open question of an execution, as the command line finds it. */
  async asked(arn: string): Promise<string | undefined> {
    const questions = await questionsOf(openTable('us-east-1', 't'), arn, new Date());
    const open = questions.find(({ decision }) => decision === undefined);
    if (open !== undefined && open.executionArn !== arn)
      this.ledger.violations.push(`${arn} is asked ${open.executionArn}`);
    return open?.id;
  }

  /** What is kept of how each execution ended is its own, whatever others have the same name. */
  async reported(): Promise<void> {
    for (const [arn, report] of this.ledger.reports) {
      const stored = await readReport(openTable('us-east-1', 't'), arn);
      if (!isDeepStrictEqual(stored && shortReport(stored), report))
        this.ledger.violations.push(`${arn} has another report than its own`);
    }
  }

  /** Minutes go by. A function that has been running for too long dies. */
  async pass(minutes: number): Promise<void> {
    for (const actor of this.actors) if (minutes * 60 > timeoutOf(actor.name)) actor.die();
    mock.timers.tick(minutes * 60_000);
    this.stepFunctions.timersUntil(Date.now());
    await turn();
  }

  /** Somebody alters what stands by hand. */
  alter(deployment: string, kind: string, spec: object): void {
    for (const [name, thing] of this.#platform.things)
      if (thing.deployment === deployment && thing.kind === kind) this.#platform.things.set(name, { ...thing, spec });
  }

  /** Whether an execution waits for people, and for nothing that is on its way. */
  waits = (execution: Execution): boolean =>
    this.stepFunctions.waits(execution) &&
    this.actors.every((each) => each.root !== execution && each.root !== undefined);

  /** Bytes of the largest item of the table, and of the largest message. */
  largest(): { readonly item: number; readonly message: number } {
    const bytes = (all: readonly unknown[]): number =>
      Math.max(...all.map((each) => Buffer.byteLength(JSON.stringify(each))));
    return { item: bytes(this.#cloud.items()), message: bytes(this.#cloud.mails()) };
  }

  lockedBy(deployment: string): unknown {
    return this.#cloud.item(`DEPLOYMENT#${deployment}`, 'LOCK')?.holder;
  }
}

const named = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
