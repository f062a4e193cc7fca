import { createHash } from 'node:crypto';
import jsonata from 'jsonata';

// The Amazon States Language, as far as our definitions use it.

export interface State {
  readonly Type: 'Task' | 'Choice' | 'Pass' | 'Wait' | 'Succeed' | 'Fail' | 'Map' | 'Parallel';
  readonly Comment?: string;
  readonly Next?: string;
  readonly Resource?: string;
  readonly Arguments?: unknown;
  readonly Output?: unknown;
  readonly Items?: string;
  readonly ItemSelector?: unknown;
  readonly ItemProcessor?: Definition;
  readonly Branches?: readonly Definition[];
  readonly Seconds?: unknown;
  readonly TimeoutSeconds?: unknown;
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string; readonly Output?: unknown }[];
  readonly Default?: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly {
    readonly ErrorEquals: readonly string[];
    readonly Next: string;
    readonly Output?: unknown;
  }[];
  readonly Error?: unknown;
  readonly Cause?: unknown;
}

export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

const expression = /^\{%\s*([\s\S]*?)\s*%\}$/;
const compiled = new Map<string, jsonata.Expression>();

/** Of a template, with every expression replaced by its value; what has none is left out. */
export async function evaluated(template: unknown, states: object): Promise<unknown> {
  if (typeof template === 'string') {
    const [, text] = expression.exec(template) ?? [];
    if (text === undefined) return template;
    let program = compiled.get(text);
    if (program === undefined) {
      program = jsonata(text);
      program.registerFunction('hash', (value: string) => createHash('sha256').update(value).digest('hex'));
      program.registerFunction('parse', (text: string): unknown => JSON.parse(text));
      compiled.set(text, program);
    }
    return plain(await program.evaluate(undefined, { states }));
  }
  if (Array.isArray(template)) return Promise.all(template.map((each) => evaluated(each, states)));
  if (typeof template !== 'object' || template === null) return template;
  const entries: [string, unknown][] = [];
  for (const [name, each] of Object.entries(template)) entries.push([name, await evaluated(each, states)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** As it travels between states. JSONata marks its sequences with properties of their own. */
export const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
