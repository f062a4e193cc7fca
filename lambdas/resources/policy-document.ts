import type { Difference } from '../../workflow/documents.ts';
import { compare, sorted } from './differences.ts';

type OneOrMore = string | readonly string[];

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, OneOrMore>>;
  readonly Action: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;
}

/** An IAM policy document, as we write it; a document from AWS may hold more (`NotAction`, …), which counts as well. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** What a document means: every single value a list, every list sorted, statements by name. */
export type Meaning = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A document as AWS returns it: JSON, percent-encoded by IAM and plain in other services. */
export function parsePolicy(text: string | undefined): Meaning {
  if (text === undefined || text === '') return {};
  return meaningOf(JSON.parse(text.startsWith('%') ? decodeURIComponent(text) : text));
}

/**
 * Statements by `Sid`; one without gets its position, among those without, in an order that does not depend on the
 * document's.
 */
export function meaningOf(document: unknown): Meaning {
  const statements = isRecord(document) ? asList(document.Statement) : [];
  const named: Record<string, Readonly<Record<string, unknown>>> = {};
  const nameless: Readonly<Record<string, unknown>>[] = [];
  for (const statement of statements) {
    if (!isRecord(statement)) continue;
    const { Sid, ...rest } = statement;
    const meaning = normalised(rest) as Readonly<Record<string, unknown>>;
    if (typeof Sid === 'string' && Sid !== '' && named[Sid] === undefined) named[Sid] = meaning;
    else nameless.push(meaning);
  }
  nameless.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return { ...named, ...Object.fromEntries(nameless.map((statement, index) => [`${index}`, statement])) };
}

/** Where two documents mean different things, down to the element of the statement. */
export function comparePolicies(path: string, was: Meaning, want: Meaning): readonly Difference[] {
  return sorted([...new Set([...Object.keys(was), ...Object.keys(want)])]).flatMap((sid) => {
    const [before, after] = [was[sid], want[sid]];
    if (before === undefined || after === undefined) return compare(`${path}.Statement[${sid}]`, before, after);
    return sorted([...new Set([...Object.keys(before), ...Object.keys(after)])]).flatMap((element) =>
      compare(`${path}.Statement[${sid}].${element}`, before[element], after[element]),
    );
  });
}

const asList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `Effect` and the principal `*` stay strings; any other leaf is a list to AWS, with one element or more. */
function normalised(value: unknown, element?: string): unknown {
  if (isRecord(value))
    return Object.fromEntries(sorted(Object.keys(value)).map((name) => [name, normalised(value[name], name)]));
  if (element === 'Effect' || (element === 'Principal' && value === '*')) return value;
  return sorted([...new Set(asList(value).map(String))]);
}
