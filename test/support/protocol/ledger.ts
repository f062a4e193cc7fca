import type { DestroyRun, Planned, Validated } from '../../../workflow/documents.ts';
import { parseInput } from '../../../workflow/input.ts';
import type { Report } from '../../../workflow/report.ts';
import type { Impact, Kind } from '../../../workflow/stages.ts';
import type { Request } from '../handler-cloud.ts';
import { cidrOf, type Thing, type Write } from './platform.ts';
import type { Execution } from './step-functions.ts';

type Item = Readonly<Record<string, unknown>>;

/** Somebody who makes calls: a function that runs, for an execution or by itself. */
export interface Caller {
  readonly name: string;
  readonly payload: unknown;
  /** The execution that people started, or the schedule. */
  readonly root?: Execution | undefined;
}

/** A yes of people, and what became of it. */
interface Yes {
  readonly deployment: string;
  readonly execution: string;
  readonly digest: string;
  readonly content: string;
  readonly closesAt: number;
  /** Carried out, or void. */
  over: boolean;
}

interface Question {
  readonly id: string;
  readonly execution: string;
  readonly deployment: string;
  readonly digest: string;
}

/** What an input asks for, as far as the platform of the tests shows it. */
interface Asks {
  readonly regions: readonly { readonly region: string; readonly cidr: string }[];
  readonly zones: number;
  readonly cpu: number;
  readonly alarm: number;
  readonly branch: string;
}
const contentOf = (asks: Asks): string => JSON.stringify(asks);

const impacts: Partial<Readonly<Record<Kind, Impact>>> = {
  vpc: 'network',
  'nat-gateway': 'network',
  alarm: 'monitoring',
};

/**
 * The simple model: what people asked for and decided, in their order, and what follows from that. It reads what functions
 * write of questions and answers, and what they change in the cloud; how they decide it does not know.
 */
export class Ledger {
  /** What was promised and not kept. */
  readonly violations: string[] = [];
  readonly questions = new Map<string, Question>();
  /** Questions whose answer has reached Step Functions: by id from the page, by execution and digest from who asks again. */
  readonly told = new Set<string>();
  readonly #contents = new Map<string, string>();
  readonly #documents = new Map<string, Validated>();
  readonly #asked = new Map<
    string,
    { readonly execution: string; readonly startedAt: string; readonly gone: boolean }[]
  >();
  readonly #approved = new Map<string, string>();
  readonly #yeses: Yes[] = [];
  readonly #refused = new Set<string>();
  readonly #carried = new Set<string>();
  /** Questions whose answer was said to count before anybody had told it. */
  readonly #promised = new Set<string>();
  /** How executions said that they ended, by ARN. */
  readonly reports = new Map<string, Report>();
  readonly #item: (pk: string, sk: string) => Item | undefined;
  readonly #things: () => Iterable<Thing>;
  readonly #execution: (arn: string) => Execution | undefined;
  /** Who has each deployment's lock. */
  readonly #holders = new Map<string, string>();

  constructor(
    item: (pk: string, sk: string) => Item | undefined,
    things: () => Iterable<Thing>,
    execution: (arn: string) => Execution | undefined,
  ) {
    this.#item = item;
    this.#things = things;
    this.#execution = execution;
  }

  #say(text: string): void {
    this.violations.push(text);
  }

  /** What a function wrote into the table. */
  wrote({ operation, input }: Request, caller: Caller): void {
    const writes = operation === 'TransactWrite' ? (input.TransactItems as Item[]).flatMap(Object.values) : [input];
    if (!['TransactWrite', 'Put', 'Update'].includes(operation)) return;
    for (const write of writes as Item[]) {
      const { pk = '', sk = '' } = (write.Key ?? write.Item ?? {}) as Partial<Record<string, string>>;
      const [, name = ''] = pk.split('#');
      const values = (write.ExpressionAttributeValues ?? {}) as Item;
      if (sk === 'LOCK' && write.UpdateExpression !== undefined) this.#holds(name, values[':holder'], write);
      if (sk === 'ASKED' && write.Item !== undefined) this.#asks(name, write.Item as Item);
      if (sk === 'REQUEST' && ':token' in values) this.#opened(name, values);
      if (sk === 'REQUEST' && ':decision' in values) this.#decided(name, values[':decision'] as Item);
      if (sk === 'CONFIG' && write.Item !== undefined && caller.name === 'plan' && caller.root !== undefined)
        this.#planned(name, caller.root);
    }
  }

  #asks(deployment: string, { execution, startedAt, input }: Item): void {
    const log = this.#asked.get(deployment) ?? [];
    if (log.at(-1)?.execution !== execution)
      log.push({ execution: String(execution), startedAt: String(startedAt), gone: input === undefined });
    this.#asked.set(deployment, log);
    if (input !== undefined) this.#contents.set(String(execution), contentOf(asksOf(input)));
  }

  #opened(id: string, values: Item): void {
    if (this.questions.has(id)) return;
    const question = {
      id,
      execution: String(values[':executionArn']),
      deployment: String(values[':deployment']),
      digest: String(values[':digest']),
    };
    this.questions.set(id, question);
    const given = this.#yeses.find(
      (each) => each.digest === question.digest && this.#living(each, question.deployment),
    );
    // A destroy asks each time.
    if (given !== undefined && !(this.#contents.get(question.execution) ?? '').startsWith('destroy'))
      this.#say(`${question.execution} asks what ${given.execution} has the answer to, which is not carried out yet`);
  }

  #decided(id: string, { decision }: Item): void {
    const question = this.questions.get(id);
    if (question === undefined) return;
    const { execution, deployment, digest } = question;
    const content = this.#contents.get(execution) ?? '';
    if (decision === 'rejected') {
      this.#refuses(deployment, execution);
      return;
    }
    const closesAt = Date.parse(String(this.#item(`APPROVAL#${id}`, 'REQUEST')?.closesAt));
    this.#yeses.push({ deployment, execution, digest, content, closesAt, over: false });
    const newest = this.#asked.get(deployment)?.at(-1);
    if (newest?.execution === execution && !newest.gone) this.#approved.set(deployment, content);
  }

  #refuses(deployment: string, execution: string): void {
    this.#refused.add(execution);
    this.#voids(deployment, execution);
  }

  /** Plan takes it that what was asked for needs no answer, or has one. */
  #planned(deployment: string, { arn }: Execution): void {
    const content = this.#contents.get(arn) ?? '';
    if (this.#has(deployment, arn) || !this.#touches(deployment, content)) this.#approved.set(deployment, content);
    else this.#say(`${arn} takes as approved what people have to be asked: ${content}`);
  }

  /** Whether production has to be changed for it, or something removed. */
  #touches(deployment: string, content: string): boolean {
    const { regions, zones, cpu, alarm } = JSON.parse(content) as Asks;
    return regions.some(({ region }) => {
      const of = (kind: Kind): readonly Thing[] =>
        [...this.#things()].filter(
          (each) => each.deployment === deployment && each.region === region && each.kind === kind,
        );
      const [production] = of('service').filter(({ key }) => key === 'production');
      const specOf = (thing: Thing | undefined): Item => (thing?.spec ?? {}) as Item;
      return (
        of('nat-gateway').length !== zones ||
        specOf(production).cpu !== cpu ||
        of('alarm').length === 0 ||
        specOf(of('alarm')[0]).cpuPercent !== alarm
      );
    });
  }

  #living = (yes: Yes, deployment: string): boolean =>
    yes.deployment === deployment && !yes.over && yes.closesAt > Date.now();

  /** Whether people have approved what the execution asks for, and that is neither carried out nor over. */
  #has(deployment: string, execution: string): boolean {
    const content = this.#contents.get(execution);
    return this.#yeses.some(
      (each) => this.#living(each, deployment) && (each.execution === execution || each.content === content),
    );
  }

  /** What a function returned. */
  returned({ name, root, payload }: Caller, result: unknown): void {
    if (root === undefined) return;
    if (name === 'validate' && (result as { verdict: string }).verdict === 'go')
      this.#validated(root, result as Validated);
    if (name === 'validate-destroy') {
      const { regions, deployment } = result as DestroyRun;
      this.#tookLock(deployment, root);
      this.#contents.set(root.arn, `destroy ${regions.map(({ region }) => region).join(' ')}`);
    }
    if (name === 'plan' && (result as Planned).decision !== undefined) {
      const { deployment, mode } = payload as Validated;
      if (mode === 'plan') return;
      if (this.#has(deployment, root.arn)) this.#carried.add(root.arn);
      else this.#say(`${root.arn} is planned as approved, and nobody has approved it`);
    }
    if (name === 'summarise' || name === 'summarise-destroy') this.#summarised(root, result as Report);
    if (name === 'rerun-due') this.#again(payload as { deployment: string; execution: Execution }, result);
  }

  #validated(root: Execution, document: Validated): void {
    const { deployment, mode, regions } = document;
    this.#documents.set(root.arn, document);
    if (mode !== 'plan') this.#tookLock(deployment, root);
    if (mode !== 'reconcile') return;
    const [first] = regions;
    const content = contentOf({
      regions: regions.map(({ region, network: { cidr } }) => ({ region, cidr })),
      zones: first?.network.zones.length ?? 0,
      cpu: first?.app.cpu ?? 0,
      alarm: first?.alarms.cpuPercent ?? 0,
      branch: first?.pipeline.branch ?? '',
    });
    this.#contents.set(root.arn, content);
    const approved = this.#approved.get(deployment);
    if (approved !== content)
      this.#say(`${root.arn} works towards ${content}, while ${approved ?? 'nothing'} is approved`);
  }

  /** A run takes the lock or gives it back. What was approved of one that was stopped is void once another has taken it. */
  #holds(deployment: string, holder: unknown, { UpdateExpression }: Item): void {
    const before = this.#holders.get(deployment);
    if (String(UpdateExpression).startsWith('REMOVE')) this.#holders.delete(deployment);
    else this.#holders.set(deployment, String(holder));
    if (before !== undefined && before !== holder && this.#execution(before)?.status === 'ABORTED')
      this.#voids(deployment, before);
  }

  #voids(deployment: string, execution: string): void {
    const content = this.#contents.get(execution);
    for (const yes of this.#yeses) if (yes.deployment === deployment && yes.content === content) yes.over = true;
  }

  /** Whoever held the lock before has ended: nobody can answer it any more, whether its end was reported or not. */
  #tookLock(deployment: string, { arn }: Execution): void {
    for (const { id, execution, deployment: of } of this.questions.values()) {
      const { decision, endedAt } = this.#item(`APPROVAL#${id}`, 'REQUEST') ?? {};
      if (of === deployment && execution !== arn && decision === undefined && endedAt === undefined)
        this.#say(`${arn} has the lock, and the question of ${execution} is open`);
    }
  }

  #summarised({ arn }: Execution, report: Report): void {
    const { outcome, deployment = '', decision } = report;
    this.reports.set(arn, report);
    if (decision?.decision === 'rejected') this.#refuses(deployment, arn);
    const content = this.#contents.get(arn);
    if (outcome === 'succeeded' || outcome === 'unchanged') this.#stands(deployment, arn);
    if (outcome === 'succeeded' || outcome === 'destroyed')
      for (const yes of this.#yeses) if (yes.deployment === deployment && yes.content === content) yes.over = true;
    if (outcome !== 'destroyed') return;
    const gone = (content ?? '').split(' ').slice(1);
    const approved = this.#approved.get(deployment);
    if (approved === undefined) return;
    const asks = JSON.parse(approved) as Asks;
    const left = asks.regions.filter(({ region }) => !gone.includes(region));
    if (left.length === 0) this.#approved.delete(deployment);
    else this.#approved.set(deployment, contentOf({ ...asks, regions: left }));
  }

  /** A run that succeeds leaves what it was asked for, staging as well as production. */
  #stands(deployment: string, arn: string): void {
    const content = this.#contents.get(arn);
    if (content === undefined) return;
    const { cpu, alarm, regions } = JSON.parse(content) as Asks;
    for (const thing of this.#things()) {
      if (thing.deployment !== deployment || !regions.some(({ region }) => region === thing.region)) continue;
      const { cpu: has = cpu, cpuPercent = alarm } = thing.spec as { cpu?: number; cpuPercent?: number };
      if (has !== cpu || cpuPercent !== alarm)
        this.#say(
          `${arn} has succeeded, and ${thing.region} ${thing.kind}/${thing.key} is ${JSON.stringify(thing.spec)}`,
        );
    }
  }

  #again({ deployment, execution }: { deployment: string; execution: Execution }, result: unknown): void {
    if (!(result as { again: boolean }).again) return;
    if (this.#refused.has(execution.arn)) this.#say(`${execution.arn} is started again, and people said no to it`);
    const later = this.#asked
      .get(deployment)
      ?.find((each) => each.execution !== execution.arn && each.startedAt > execution.startedAt);
    if (later !== undefined) this.#say(`${execution.arn} is started again, and ${later.execution} was asked for since`);
  }

  /** What a first state refused. */
  refused({ name, root, payload }: Caller): void {
    const { input } = payload as { input: { deployment: string; regions?: readonly string[]; mode?: string } };
    const own = [...this.#things()].filter(({ deployment }) => deployment === input.deployment);
    const standing = own.filter(({ kind }) => kind === 'vpc');
    const primary = own.find(({ kind }) => kind === 'pipeline')?.region;
    if (name === 'validate-destroy') {
      const wanted = input.regions ?? standing.map(({ region }) => region);
      if (input.regions?.some((region) => region === primary)) return;
      const known = input.regions === undefined && this.#asked.get(input.deployment)?.at(-1)?.gone === false;
      if (known) this.#say(`${root?.arn} may not remove what was asked for`);
      if (wanted.length > 0 && wanted.every((region) => standing.some((each) => each.region === region)))
        this.#say(`${root?.arn} may not remove what stands`);
      return;
    }
    if (input.mode === 'reconcile') return;
    const { regions } = asksOf(input);
    const meant = (thing: Thing): boolean =>
      regions.some(({ region, cidr }) => region === thing.region && cidr === cidrOf(thing));
    const moved = primary !== undefined && primary !== regions[0]?.region;
    if (standing.every(meant) && !moved) this.#say(`${root?.arn} is refused, and nothing stands in its way`);
  }

  /** What the page said of an answer. */
  answered(id: string, statusCode: number): void {
    if (statusCode === 200 && !this.told.has(id)) this.#promised.add(id);
  }

  /** In the end, what the page has said was so. One that was redriven is told by the function that asks again. */
  kept(executions: ReadonlyMap<string, Execution>): void {
    for (const id of this.#promised) {
      const { execution = '', digest } = this.questions.get(id) ?? {};
      const { status, redriveCount = 0 } = executions.get(execution) ?? {};
      const askedAgain = redriveCount > 0 && (status === 'ABORTED' || this.told.has(`${execution} ${digest}`));
      if (!askedAgain) this.#say(`the page says that ${execution} goes on or ends, and nobody told it`);
    }
  }

  /** Its end has been dealt with: what it asked is closed, and a yes that it got is void where it was stopped. */
  ended({ arn, status, input }: Execution): void {
    for (const { id, execution } of this.questions.values()) {
      if (execution !== arn) continue;
      const { decision, endedAt } = this.#item(`APPROVAL#${id}`, 'REQUEST') ?? {};
      if (decision === undefined && endedAt === undefined) this.#say(`${arn} has ended, and its question is open`);
    }
    if (status === 'ABORTED') this.#voids((input as { deployment: string }).deployment, arn);
  }

  /** A function is about to change the cloud. @param fenced whether a later run had the lock at its call before */
  changes({ action, thing }: Write, { root, name }: Caller, fenced: boolean): void {
    const { deployment, region, kind, key } = thing;
    const what = `${action} of ${deployment} ${region} ${kind}/${key} by ${root?.arn} (${name})`;
    if (root === undefined) {
      this.#say(what);
      return;
    }
    if (fenced) this.#say(`${what}: a later run has the lock`);
    if (this.#refused.has(root.arn)) this.#say(`${what}: people said no to it`);
    const stands = [...this.#things()].some(
      (each) =>
        each.deployment === deployment &&
        each.region === region &&
        each.kind === 'service' &&
        each.key === 'production',
    );
    const production = key === 'production' || (stands && impacts[kind] !== undefined);
    if (!production && action !== 'delete') return;
    const own = this.#yeses.some((each) => each.execution === root.arn);
    if (own || this.#carried.has(root.arn)) return;
    const document = this.#documents.get(root.arn);
    const safe = document?.mode === 'reconcile' && document.approval.safeRepairs && impacts[kind] !== undefined;
    if (safe && action !== 'delete') return;
    this.#say(`${what}: nobody approved it`);
  }

  /** What holds while an execution waits for people: it can be answered, and nobody else may start. */
  waits({ arn }: Execution): void {
    const questions = [...this.questions.values()].filter(({ execution }) => execution === arn);
    const open = questions.find(({ id }) => {
      const { endedAt, closesAt } = this.#item(`APPROVAL#${id}`, 'REQUEST') ?? {};
      // An answer that was not told is told by the next; the task waits a minute longer for one that is on its way.
      return endedAt === undefined && Date.parse(String(closesAt)) + 60_000 > Date.now();
    });
    if (open === undefined) this.#say(`${arn} waits for people, and nobody can answer`);
    const holder = this.#item(`DEPLOYMENT#${questions[0]?.deployment}`, 'LOCK')?.holder;
    if (holder !== arn) this.#say(`${arn} waits for people, and ${holder ?? 'nobody'} has the lock`);
  }

  /** What holds between any two steps. @param waits whether an execution waits for people, and for nothing else */
  holds(executions: ReadonlyMap<string, Execution>, waits: (execution: Execution) => boolean): void {
    const open = new Map<string, string>();
    for (const { id, execution, deployment } of this.questions.values()) {
      const { decision, endedAt, closesAt } = this.#item(`APPROVAL#${id}`, 'REQUEST') ?? {};
      if (decision !== undefined || endedAt !== undefined || Date.parse(String(closesAt)) <= Date.now()) continue;
      const asking = executions.get(execution);
      // One that is redriven has not asked again yet, and is told that another run has the lock.
      if (asking === undefined || !waits(asking)) continue;
      const other = open.get(deployment);
      if (other !== undefined) this.#say(`${execution} and ${other} ask at the same time`);
      open.set(deployment, execution);
    }
    for (const yes of this.#yeses)
      if (
        this.#living(yes, yes.deployment) &&
        executions.get(yes.execution)?.status === 'RUNNING' &&
        this.#item(`DEPLOYMENT#${yes.deployment}`, `APPROVED#${yes.digest}`) === undefined
      )
        this.#say(`the approval of ${yes.execution} is recorded, and its plan is not approved`);
  }
}

function asksOf(raw: unknown): Asks {
  const parsed = parseInput(raw);
  if ('problems' in parsed) throw new TypeError('the tests ask for what can be asked for');
  const { regions, zoneCount, app, alarms, pipeline } = parsed.input;
  return {
    regions: regions.map(({ region, cidr }) => ({ region, cidr })),
    ...{ zones: zoneCount, cpu: app.cpu, alarm: alarms.cpuPercent, branch: pipeline.branch },
  };
}
