import type { DestroyRun, Planned, Validated } from '../../../workflow/documents.ts';
import type { Report } from '../../../workflow/report.ts';
import type { Request } from '../handler-cloud.ts';
import { askedBy, contentOf, touchesProduction, unlike } from './asks.ts';
import { Decisions } from './decisions.ts';
import type { Caller, Execution } from './execution.ts';
import type { Thing, Write } from './platform.ts';
import { wronglyRefused } from './refusals.ts';
import { isSafeRepair, needsApproval } from './rights.ts';

type Item = Readonly<Record<string, unknown>>;

/** What it looks up. */
interface Reads {
  readonly item: (pk: string, sk: string) => Item | undefined;
  readonly things: () => Iterable<Thing>;
  readonly execution: (arn: string) => Execution | undefined;
}

/**
 * The simple model: what people asked for and decided, in their order, and what follows from that. It reads what functions
 * write of questions and answers, and what they change in the cloud; how they decide it does not know.
 */
export class Ledger {
  /** What was promised and not kept. */
  readonly violations: string[] = [];
  /** Questions whose answer has reached Step Functions: by id from the page, by execution and digest from who asks again. */
  readonly told = new Set<string>();
  readonly #decisions = new Decisions();
  readonly #documents = new Map<string, Validated>();
  readonly #carried = new Set<string>();
  /** Questions whose answer was said to count before anybody had told it. */
  readonly #promised = new Set<string>();
  /** How executions said that they ended, by ARN. */
  readonly reports = new Map<string, Report>();
  readonly #reads: Reads;
  /** Who has each deployment's lock. */
  readonly #holders = new Map<string, string>();

  constructor(reads: Reads) {
    this.#reads = reads;
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
      if (sk === 'ASKED' && write.Item !== undefined) this.#decisions.asks(name, write.Item as Item);
      if (sk === 'REQUEST' && ':token' in values) this.#opened(name, values);
      if (sk === 'REQUEST' && ':decision' in values) this.#decided(name, values[':decision'] as Item);
      if (sk === 'CONFIG' && write.Item !== undefined && caller.name === 'plan' && caller.root !== undefined)
        this.#planned(name, caller.root);
    }
  }

  #opened(id: string, values: Item): void {
    const { yeses, contents, isLiving } = this.#decisions;
    const question = this.#decisions.opens(id, values);
    if (question === undefined) return;
    const given = yeses.find((each) => each.digest === question.digest && isLiving(each, question.deployment));
    // A destroy asks each time.
    if (given !== undefined && !(contents.get(question.execution) ?? '').startsWith('destroy'))
      this.#say(`${question.execution} asks what ${given.execution} has the answer to, which is not carried out yet`);
  }

  #decided(id: string, { decision }: Item): void {
    const question = this.#decisions.questions.get(id);
    if (question === undefined) return;
    if (decision === 'rejected') this.#decisions.refuses(question.deployment, question.execution);
    else
      this.#decisions.approves(question, Date.parse(String(this.#reads.item(`APPROVAL#${id}`, 'REQUEST')?.closesAt)));
  }

  /** Plan takes it that what was asked for needs no answer, or has one. */
  #planned(deployment: string, { arn }: Execution): void {
    const content = this.#decisions.contents.get(arn) ?? '';
    if (this.#decisions.has(deployment, arn) || !touchesProduction(this.#thingsOf(deployment), content))
      this.#decisions.approved.set(deployment, content);
    else this.#say(`${arn} takes as approved what people have to be asked: ${content}`);
  }

  #thingsOf(deployment: string): readonly Thing[] {
    return [...this.#reads.things()].filter((each) => each.deployment === deployment);
  }

  /** What a function returned. */
  returned({ name, root, payload }: Caller, result: unknown): void {
    if (root === undefined) return;
    if (name === 'validate' && (result as { verdict: string }).verdict === 'go')
      this.#validated(root, result as Validated);
    if (name === 'validate-destroy') {
      const { regions, deployment } = result as DestroyRun;
      this.#tookLock(deployment, root);
      this.#decisions.contents.set(root.arn, `destroy ${regions.map(({ region }) => region).join(' ')}`);
    }
    if (name === 'plan' && (result as Planned).decision !== undefined) {
      const { deployment, mode } = payload as Validated;
      if (mode === 'plan') return;
      if (this.#decisions.has(deployment, root.arn)) this.#carried.add(root.arn);
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
    const content = contentOf(askedBy(regions));
    this.#decisions.contents.set(root.arn, content);
    const approved = this.#decisions.approved.get(deployment);
    if (approved !== content)
      this.#say(`${root.arn} works towards ${content}, while ${approved ?? 'nothing'} is approved`);
  }

  /** A run takes the lock or gives it back. What was approved of one that was stopped is void once another has taken it. */
  #holds(deployment: string, holder: unknown, { UpdateExpression }: Item): void {
    const before = this.#holders.get(deployment);
    if (String(UpdateExpression).startsWith('REMOVE')) this.#holders.delete(deployment);
    else this.#holders.set(deployment, String(holder));
    if (before !== undefined && before !== holder && this.#reads.execution(before)?.status === 'ABORTED')
      this.#decisions.ends(deployment, before);
  }

  /** Whoever held the lock before has ended: nobody can answer it any more, whether its end was reported or not. */
  #tookLock(deployment: string, { arn }: Execution): void {
    for (const { id, execution, deployment: of } of this.#decisions.questions.values()) {
      const { decision, endedAt } = this.#reads.item(`APPROVAL#${id}`, 'REQUEST') ?? {};
      if (of === deployment && execution !== arn && decision === undefined && endedAt === undefined)
        this.#say(`${arn} has the lock, and the question of ${execution} is open`);
    }
  }

  #summarised({ arn }: Execution, report: Report): void {
    const { outcome, deployment = '', decision } = report;
    this.reports.set(arn, report);
    if (decision?.decision === 'rejected') this.#decisions.refuses(deployment, arn);
    const content = this.#decisions.contents.get(arn) ?? '';
    // A run that succeeds leaves what it was asked for.
    if ((outcome === 'succeeded' || outcome === 'unchanged') && content !== '')
      for (const { region, kind, key, spec } of unlike(this.#thingsOf(deployment), content))
        this.#say(`${arn} has succeeded, and ${region} ${kind}/${key} is ${JSON.stringify(spec)}`);
    if (outcome === 'succeeded' || outcome === 'destroyed') this.#decisions.ends(deployment, arn);
    if (outcome === 'destroyed') this.#decisions.withdraws(deployment, content.split(' ').slice(1));
  }

  #again({ deployment, execution }: { deployment: string; execution: Execution }, result: unknown): void {
    if (!(result as { again: boolean }).again) return;
    if (this.#decisions.refused.has(execution.arn))
      this.#say(`${execution.arn} is started again, and people said no to it`);
    const later = this.#decisions.since(deployment, execution);
    if (later !== undefined) this.#say(`${execution.arn} is started again, and ${later.execution} was asked for since`);
  }

  /** What a first state refused. */
  refused({ name, root, payload }: Caller): void {
    const { input } = payload as { input: { deployment: string; regions?: readonly string[]; mode?: string } };
    const known = this.#decisions.newest(input.deployment)?.gone === false;
    for (const why of wronglyRefused(name, input, this.#thingsOf(input.deployment), known))
      this.#say(`${root?.arn} ${why}`);
  }

  /** What the page said of an answer. */
  answered(id: string, statusCode: number): void {
    if (statusCode === 200 && !this.told.has(id)) this.#promised.add(id);
  }

  /** In the end, what the page has said was so. One that was redriven is told by the function that asks again. */
  kept(executions: ReadonlyMap<string, Execution>): void {
    for (const id of this.#promised) {
      const { execution = '', digest } = this.#decisions.questions.get(id) ?? {};
      const { status, redriveCount = 0 } = executions.get(execution) ?? {};
      const askedAgain = redriveCount > 0 && (status === 'ABORTED' || this.told.has(`${execution} ${digest}`));
      if (!askedAgain) this.#say(`the page says that ${execution} goes on or ends, and nobody told it`);
    }
  }

  /** Its end has been dealt with: what it asked is closed, and a yes that it got is void where it was stopped. */
  ended({ arn, status, input }: Execution): void {
    for (const { id, execution } of this.#decisions.questions.values()) {
      if (execution !== arn) continue;
      const { decision, endedAt } = this.#reads.item(`APPROVAL#${id}`, 'REQUEST') ?? {};
      if (decision === undefined && endedAt === undefined) this.#say(`${arn} has ended, and its question is open`);
    }
    if (status === 'ABORTED') this.#decisions.ends((input as { deployment: string }).deployment, arn);
  }

  /** A function is about to change the cloud. @param fenced whether a later run had the lock at its call before */
  changes(write: Write, { root, name }: Caller, fenced: boolean): void {
    const { deployment, region, kind, key } = write.thing;
    const what = `${write.action} of ${deployment} ${region} ${kind}/${key} by ${root?.arn} (${name})`;
    if (root === undefined) {
      this.#say(what);
      return;
    }
    const { refused, yeses } = this.#decisions;
    if (fenced) this.#say(`${what}: a later run has the lock`);
    if (refused.has(root.arn)) this.#say(`${what}: people said no to it`);
    if (!needsApproval(write, this.#thingsOf(deployment))) return;
    if (yeses.some((each) => each.execution === root.arn) || this.#carried.has(root.arn)) return;
    const document = this.#documents.get(root.arn);
    if (document?.mode === 'reconcile' && document.approval.safeRepairs && isSafeRepair(write)) return;
    this.#say(`${what}: nobody approved it`);
  }

  /** What holds while an execution waits for people: it can be answered, and nobody else may start. */
  waits({ arn }: Execution): void {
    const questions = [...this.#decisions.questions.values()].filter(({ execution }) => execution === arn);
    const open = questions.find(({ id }) => {
      const { endedAt, closesAt } = this.#reads.item(`APPROVAL#${id}`, 'REQUEST') ?? {};
      // An answer that was not told is told by the next; the task waits a minute longer for one that is on its way.
      return endedAt === undefined && Date.parse(String(closesAt)) + 60_000 > Date.now();
    });
    if (open === undefined) this.#say(`${arn} waits for people, and nobody can answer`);
    const holder = this.#reads.item(`DEPLOYMENT#${questions[0]?.deployment}`, 'LOCK')?.holder;
    if (holder !== arn) this.#say(`${arn} waits for people, and ${holder ?? 'nobody'} has the lock`);
  }

  /** What holds between any two steps. @param waits whether an execution waits for people, and for nothing else */
  holds(executions: ReadonlyMap<string, Execution>, waits: (execution: Execution) => boolean): void {
    const open = new Map<string, string>();
    for (const { id, execution, deployment } of this.#decisions.questions.values()) {
      const { decision, endedAt, closesAt } = this.#reads.item(`APPROVAL#${id}`, 'REQUEST') ?? {};
      if (decision !== undefined || endedAt !== undefined || Date.parse(String(closesAt)) <= Date.now()) continue;
      const asking = executions.get(execution);
      // One that is redriven has not asked again yet, and is told that another run has the lock.
      if (asking === undefined || !waits(asking)) continue;
      const other = open.get(deployment);
      if (other !== undefined) this.#say(`${execution} and ${other} ask at the same time`);
      open.set(deployment, execution);
    }
    for (const yes of this.#decisions.living())
      if (
        executions.get(yes.execution)?.status === 'RUNNING' &&
        this.#reads.item(`DEPLOYMENT#${yes.deployment}`, `APPROVED#${yes.digest}`) === undefined
      )
        this.#say(`the approval of ${yes.execution} is recorded, and its plan is not approved`);
  }
}
