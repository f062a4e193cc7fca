import { join } from 'node:path';
import { type Decisions, everywhere } from '../../infra/owned/decisions.ts';
import { decisions } from '../../infra/owned/index.ts';
import { type Kind, kinds } from '../../workflow/stages.ts';

export const ownedPath = join(import.meta.dirname, '../../workflow/OWNED.md');

/** Set by `npm run owned`: the page is written instead of compared. */
export const writesOwned = process.env.SLIPWAY_WRITE_OWNED !== undefined;

/** A shape of the SDK's schemas: its sort (3: structure, 9: operation), and at 4 and 5 what it consists of. */
type Shape = readonly [sort: number, namespace: string, name: string, traits: unknown, four: unknown, five: unknown];

const structure = 3;
const operation = 9;

const isShape = (value: unknown, sort: number): value is Shape => Array.isArray(value) && value[0] === sort;

const resolved = (value: unknown): unknown => (typeof value === 'function' ? (value as () => unknown)() : value);

/** Members of a structure; those that are structures themselves with their own. */
function membersOf(shape: Shape): readonly { readonly name: string; readonly parts: readonly string[] }[] {
  const types = shape[5] as readonly unknown[];
  return (shape[4] as readonly string[]).map((name, index) => {
    const type = types[index];
    // A type may come with traits of the member: `[type, traits]`.
    const plain = resolved(Array.isArray(type) && typeof type[0] === 'function' ? type[0] : type);
    return { name, parts: isShape(plain, structure) ? (plain[4] as readonly string[]) : [] };
  });
}

export interface Member {
  readonly operation: string;
  /** `member`, or `member.part` where the kind decides about parts. */
  readonly name: string;
  /** The key of the decision; undefined where there is none. */
  readonly key: string | undefined;
}

/** Keys of the decisions on a kind, with those that hold everywhere. */
export function keysOf(kind: Kind): readonly string[] {
  const listed = ({ owned, others = {}, notApplicable = {} }: Partial<Decisions>): readonly string[] => [
    ...Object.keys(owned ?? {}),
    ...[...Object.values(others), ...Object.values(notApplicable)].flat(),
  ];
  return listed(decisions[kind]);
}

const everywhereKeys = [...Object.keys(everywhere.owned), ...Object.values(everywhere.notApplicable ?? {}).flat()];

/** Every member that the kind's operations can set, by the models of the installed SDK. */
export async function settable(kind: Kind): Promise<readonly Member[]> {
  const { client, operations } = decisions[kind];
  const models = (await import(`@aws-sdk/client-${client}`)) as Readonly<Record<string, unknown>>;
  const own = keysOf(kind);
  return operations.flatMap((name) => {
    const called = models[`${name}$`];
    if (!isShape(called, operation)) throw new TypeError(`client-${client} knows no ${name}`);
    const input = resolved(called[4]);
    if (!isShape(input, structure)) throw new TypeError(`${name} takes nothing`);
    return membersOf(input).flatMap(({ name: member, parts }) => {
      const names = own.some((key) => key.startsWith(`${member}.`))
        ? parts.map((part) => `${member}.${part}`)
        : [member];
      return names.map((each) => {
        const candidates = [`${name}.${each}`, each, `${name}.*`, member];
        const key = candidates.find((one) => own.includes(one)) ?? everywhereKeys.find((one) => one === member);
        return { operation: name, name: each, key };
      });
    });
  });
}

const reasonOf = (groups: Readonly<Record<string, readonly string[]>> = {}, key: string): string | undefined =>
  Object.entries(groups).find(([, keys]) => keys.includes(key))?.[0];

/** What is decided under a key, in words. */
function decided(kind: Kind, key: string | undefined): readonly [whose: string, what: string] {
  if (key === undefined) return ['**undecided**', ''];
  for (const table of [decisions[kind], everywhere] satisfies readonly Partial<Decisions>[]) {
    const path = table.owned[key];
    if (path !== undefined) return ['owned', `\`${path}\``];
    const whose = reasonOf(table.others, key);
    if (whose !== undefined) return ['somebody else’s', whose];
    const why = reasonOf(table.notApplicable, key);
    if (why !== undefined) return ['not applicable', why];
  }
  return ['**undecided**', ''];
}

/** workflow/OWNED.md. */
export async function ownedPage(): Promise<string> {
  const sections = await Promise.all(
    kinds.map(async (kind) => {
      const rows = new Map<string, readonly string[]>();
      for (const { operation: name, name: member, key } of await settable(kind)) {
        const cells = [`\`${member}\``, ...decided(kind, key)];
        const line = cells.join(' | ');
        rows.set(line, [...(rows.get(line) ?? []), name]);
      }
      const lines = [...rows].map(([line, operations]) => `| ${line} | ${operations.join(', ')} |`);
      return `## ${kind}\n\n| member | decision | difference, whose, or why | set by |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
    }),
  );
  return `# Owned

Written by \`npm run owned\` from \`infra/owned/\` and the models of the installed SDK; a test compares it. Every member that AWS lets
anybody set on a kind is one of three: *owned*, the spec sets it, reading back compares it and a reconcile repairs it;
*somebody else’s*, it is never looked at and never changed; or *not applicable*. Tags are owned as far as they are
Slipway's own and the input's; those that others add stay.

${sections.join('\n')}`;
}
