import { type Asks, asksOf, contentOf } from './asks.ts';
import type { Execution } from './execution.ts';

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

interface Asked {
  readonly execution: string;
  readonly startedAt: string;
  /** Whether a destroy asked. */
  readonly gone: boolean;
}

/** What people asked for and decided, in their order. */
export class Decisions {
  readonly questions = new Map<string, Question>();
  /** What each execution asks for. */
  readonly contents = new Map<string, string>();
  /** What is approved of each deployment. */
  readonly approved = new Map<string, string>();
  /** Executions that people said no to. */
  readonly refused = new Set<string>();
  readonly yeses: Yes[] = [];
  readonly #asked = new Map<string, Asked[]>();

  asks(deployment: string, { execution, startedAt, input }: Readonly<Record<string, unknown>>): void {
    const log = this.#asked.get(deployment) ?? [];
    if (log.at(-1)?.execution !== execution)
      log.push({ execution: String(execution), startedAt: String(startedAt), gone: input === undefined });
    this.#asked.set(deployment, log);
    if (input !== undefined) this.contents.set(String(execution), contentOf(asksOf(input)));
  }

  /** What was asked for last. */
  newest(deployment: string): Asked | undefined {
    return this.#asked.get(deployment)?.at(-1);
  }

  /** What was asked for after an execution had started. */
  since(deployment: string, { arn, startedAt }: Pick<Execution, 'arn' | 'startedAt'>): Asked | undefined {
    return this.#asked.get(deployment)?.find((each) => each.execution !== arn && each.startedAt > startedAt);
  }

  /** @returns the question, if it is a new one */
  opens(id: string, values: Readonly<Record<string, unknown>>): Question | undefined {
    if (this.questions.has(id)) return undefined;
    const question = {
      id,
      execution: String(values[':executionArn']),
      deployment: String(values[':deployment']),
      digest: String(values[':digest']),
    };
    this.questions.set(id, question);
    return question;
  }

  approves({ deployment, execution, digest }: Question, closesAt: number): void {
    const content = this.contents.get(execution) ?? '';
    this.yeses.push({ deployment, execution, digest, content, closesAt, over: false });
    const newest = this.newest(deployment);
    if (newest?.execution === execution && !newest.gone) this.approved.set(deployment, content);
  }

  refuses(deployment: string, execution: string): void {
    this.refused.add(execution);
    this.ends(deployment, execution);
  }

  /** Every yes to what an execution asks for is carried out, or void. */
  ends(deployment: string, execution: string): void {
    const content = this.contents.get(execution);
    for (const yes of this.yeses) if (yes.deployment === deployment && yes.content === content) yes.over = true;
  }

  /** What is approved goes on without the regions that were destroyed. */
  withdraws(deployment: string, gone: readonly string[]): void {
    const approved = this.approved.get(deployment);
    if (approved === undefined) return;
    const asks = JSON.parse(approved) as Asks;
    const left = asks.regions.filter(({ region }) => !gone.includes(region));
    if (left.length === 0) this.approved.delete(deployment);
    else this.approved.set(deployment, contentOf({ ...asks, regions: left }));
  }

  isLiving = (yes: Yes, deployment: string): boolean =>
    yes.deployment === deployment && !yes.over && yes.closesAt > Date.now();

  living = (): readonly Yes[] => this.yeses.filter((each) => this.isLiving(each, each.deployment));

  /** Whether people have approved what the execution asks for, and that is neither carried out nor over. */
  has(deployment: string, execution: string): boolean {
    const content = this.contents.get(execution);
    return this.yeses.some(
      (each) => this.isLiving(each, deployment) && (each.execution === execution || each.content === content),
    );
  }
}
