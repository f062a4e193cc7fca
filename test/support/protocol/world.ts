// First: what follows asks for it.
import './small-app.ts';
import { AsyncLocalStorage } from 'node:async_hooks';
import { join } from 'node:path';
import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Context } from 'aws-lambda';
import { type ec2TagFilters, ownershipTag } from '../../../lambdas/aws/ownership.ts';
import { questionsOf } from '../../../lambdas/store/approvals.ts';
import { withKept } from '../../../lambdas/store/kept.ts';
import { readReport } from '../../../lambdas/store/reports.ts';
import { openTable } from '../../../lambdas/store/table.ts';
import { nothingAllowed } from '../../../workflow/allowances.ts';
import type { PlanSummary } from '../../../workflow/documents.ts';
import type { RootMachine } from '../../../workflow/machines.ts';
import { shortReport } from '../../../workflow/report.ts';
import { stages } from '../../../workflow/stages.ts';
import { functions, stageTimeoutSeconds } from '../../../workflow/steps.ts';
import { context, handlerCloud } from '../handler-cloud.ts';
import { tags } from '../ownership.ts';
import { fetchPublicImage, publicImage } from '../public-image.ts';
import { Actor } from './actor.ts';
import { type Caller, Ledger } from './ledger.ts';
import { cidrOf, platform } from './platform.ts';
import { type Execution, StepFunctions } from './step-functions.ts';

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const root = join(import.meta.dirname, '../../..');
const files = [
  ...Object.entries(functions).map(([name, { file }]) => [name, file] as const),
  ...stages.map(({ name }) => [name, `lambdas/stages/${name}.ts`] as const),
];
const handlers = new Map<string, Handler>();
for (const [name, file] of files) {
  const { handler } = (await import(join(root, file))) as { handler: Handler };
  handlers.set(name, handler);
}

const machineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:slipway-provision';
const environment = {
  APPROVALS_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:slipway-approvals',
  APPROVAL_URL: 'https://approvals',
  BASE_IMAGE: publicImage,
  SECRET_PREFIXES: nothingAllowed.secretPrefix,
  TASK_ROLES: nothingAllowed.taskRole,
  MAX_RERUNS: '2',
  PERMISSIONS_BOUNDARY_ARN: 'arn:aws:iam::123456789012:policy/slipway/platform-boundary',
  PLANS_BUCKET: 'plans',
  PROVISION_ARN: machineArn,
  REFUSED_QUEUE_URL: 'https://queue',
  // Reads of this platform lag behind nothing.
  SETTLE_SECONDS: '0',
};

/** The function that makes a call, of whichever world: the calls of one that is closed are never made. */
const running = new AsyncLocalStorage<Actor>();

/** What a person sees after an answer; undefined where the page was never shown. */
interface Page {
  readonly statusCode: number;
  readonly body: string;
}

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
  readonly #plans = new Map<string, string>();
  readonly #names: Record<RootMachine, number> = { provision: 0, destroy: 0 };
  #schedules = 0;

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
        DescribeAvailabilityZones: (_, region) => ({
          AvailabilityZones: ['a', 'b', 'c', 'd'].map((letter) => ({
            ...{ ZoneName: `${region}${letter}`, ZoneId: `${region}-${letter}` },
            ...{ ZoneType: 'availability-zone', State: 'available' },
          })),
        }),
        DescribeVpcs: ({ Filters }, region) => ({
          Vpcs: this.#vpcs(Filters as ReturnType<typeof ec2TagFilters>, region),
        }),
        GetServiceQuota: () => ({ Quota: { Value: 5 } }),
        PutObject: ({ Key, Body }) => this.#plans.set(String(Key), String(Body)),
        GetObject: ({ Key }) => ({ Body: { transformToString: async () => this.#plans.get(String(Key)) } }),
      },
      around: async (call, make) => {
        const actor = running.getStore();
        if (actor === undefined) return make();
        return actor.call(async () => {
          actor.fenced = this.#isFenced(actor);
          const answer = await make();
          this.ledger.wrote(call, actor);
          if (call.operation === 'SendTaskSuccess') this.ledger.told.add(questionOf(actor));
          return answer;
        });
      },
    });
    this.ledger = new Ledger(
      this.#cloud.item,
      () => this.#platform.things.values(),
      (arn) => this.stepFunctions.executions.get(arn),
    );
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

  #vpcs(filters: ReturnType<typeof ec2TagFilters>, region: string) {
    const [deployment] = filters.find(({ Name }) => Name === `tag:${ownershipTag.deployment}`)?.Values ?? [];
    return [...this.#platform.things.values()]
      .filter((each) => each.kind === 'vpc' && each.deployment === deployment && each.region === region)
      .map((each) => ({ CidrBlock: cidrOf(each), Tags: tags('vpc', 'main', deployment) }));
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

  /** Lets a function make that many calls. */
  async step(actor: Actor, calls: number): Promise<void> {
    for (let made = 0; made < calls; made += 1) {
      await this.#atCall(actor);
      if (actor.done) return;
      actor.waiting.shift()?.();
      await turn();
    }
  }

  /** Files are read in between: whatever it does is done when it makes its next call, or ends. */
  async #atCall(actor: Actor): Promise<void> {
    await turn();
    while (!actor.done && actor.waiting.length === 0) await turn();
  }

  /** The function dies before its next call; `answered`: with the answer to it. */
  async kill(actor: Actor, answered: boolean): Promise<void> {
    await this.#atCall(actor);
    if (actor.done) return;
    actor.doomed = answered;
    if (answered) actor.waiting.shift()?.();
    else actor.die();
    await turn();
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
    const due = this.#invoke('reconcile-due', { id: `night-${this.#schedules}` });
    due.catch(() => undefined);
    await turn();
  }

  /** EventBridge tells of an end; `twice`: once more, later. */
  async tell(index: number, twice: boolean): Promise<void> {
    const [execution] = twice ? this.ends.slice(index, index + 1) : this.ends.splice(index, 1);
    if (execution === undefined) return;
    const { arn, status, startedAt, error, input } = execution;
    this.#tells += 1;
    const detail = {
      ...{ executionArn: arn, startDate: Date.parse(startedAt), status, input: JSON.stringify(input) },
      ...(error === undefined ? {} : { error: error.Error, cause: error.Cause }),
    };
    this.stepFunctions.start('rerun', `event-${this.#tells}`, { detail });
    await turn();
  }
  #tells = 0;

  /** Somebody answers by the link of a mail. */
  async answer(id: string, decision: 'approve' | 'reject'): Promise<void> {
    mock.timers.tick(1000);
    const event = {
      pathParameters: { id },
      requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' } },
      body: new URLSearchParams({ decision, by: 'ann' }).toString(),
    };
    const page = this.#invoke('approval-api', event) as Promise<Page>;
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
    for (const [arn, report] of this.ledger.reports)
      if (!isDeepStrictEqual(await shortReportOf(arn), report))
        this.ledger.violations.push(`${arn} has another report than its own`);
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

const shortReportOf = async (arn: string): Promise<unknown> => {
  const report = await readReport(openTable('us-east-1', 't'), arn);
  return report && shortReport(report);
};

const timeoutOf = (name: string): number =>
  (functions as Readonly<Record<string, { timeoutSeconds: number }>>)[name]?.timeoutSeconds ?? stageTimeoutSeconds;

/** The question that is being answered: by its id on its page, by execution and digest where it is asked again. */
const questionOf = ({ payload }: Caller): string => {
  const { pathParameters, execution, plan } = payload as {
    readonly pathParameters?: { readonly id: string };
    readonly execution?: Execution;
    readonly plan?: PlanSummary;
  };
  return pathParameters?.id ?? `${execution?.arn} ${plan?.digest}`;
};

const named = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
