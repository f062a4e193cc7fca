import { createHash } from 'node:crypto';
import type { RegionConfig } from '../../workflow/config.ts';
import type { Kept } from '../../workflow/documents.ts';
import { InputError } from '../errors.ts';
import { executionKey, expiresAt, getItems, type Table, type Write } from './table.ts';

/**
 * What grows with regions, zones, tags and names is kept in the table, and states hold references to it: Step Functions
 * takes 256 KiB, however many regions there are. A value is kept under its hash, so that whoever repeats a state, or
 * outlives it, reads and writes the same.
 */

/** Values as this function has read them lately: a loop asks for the same ones in each of its rounds. */
const recent = new Map<string, object>();
const mostRecent = 64;

/** The references that values were read by. */
const references = new WeakMap<object, Kept>();

const keyOf = (executionArn: string, { kept }: Kept) => ({ pk: executionKey(executionArn), sk: `KEPT#${kept}` });

const isKept = (value: object): value is Kept =>
  'kept' in value && typeof value.kept === 'string' && /^[0-9a-f]{64}$/.test(value.kept);

function referencesIn(document: unknown): readonly Kept[] {
  if (typeof document !== 'object' || document === null) return [];
  return isKept(document) ? [document] : Object.values(document).flatMap(referencesIn);
}

/**
 * A document with the values in the place of its references. What a run of an earlier version holds itself stays.
 * @throws {InputError} when a value is no longer there
 */
export async function withKept<Document>(table: Table, executionArn: string, document: Document): Promise<Document> {
  const values = new Map<string, object>();
  const missing = new Map<string, Kept>();
  for (const reference of referencesIn(document)) {
    const known = recent.get(`${executionArn} ${reference.kept}`);
    if (known === undefined) missing.set(reference.kept, reference);
    else values.set(reference.kept, known);
  }
  const wanted = [...missing.values()];
  const items = await getItems(
    table,
    wanted.map((each) => keyOf(executionArn, each)),
    `what ${executionArn} kept`,
  );
  for (const [index, item] of items.entries()) {
    const reference = wanted[index] as Kept;
    if (item === undefined)
      throw new InputError(`what ${executionArn} kept as ${reference.kept} is no longer in the table; start again`);
    const value = JSON.parse(String(item.json)) as object;
    references.set(value, reference);
    values.set(reference.kept, value);
    recent.set(`${executionArn} ${reference.kept}`, value);
  }
  for (const oldest of [...recent.keys()].slice(0, -mostRecent)) recent.delete(oldest);
  const filled = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    if (isKept(part)) return values.get(part.kept);
    if (Array.isArray(part)) return part.map(filled);
    return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, filled(each)]));
  };
  return filled(document) as Document;
}

/** Hands on references in the place of values, once `writes` are made. */
export interface Keeper {
  /** @param shown what is seen of it beside the reference */
  readonly keep: <Value extends object>(value: Value, shown?: Omit<Kept, 'kept'>) => Value;
  readonly writes: readonly Write[];
}

export function keeper(table: Table, executionArn: string): Keeper {
  const writes: Write[] = [];
  // Equal values, such as the outputs of two regions in which nothing stands, are one item; a transaction takes it once.
  const written = new Set<string>();
  return {
    writes,
    keep: (value, shown = {}) => {
      // Handlers are typed by what they work with: `withKept` gives it back to them.
      const handedOn = (reference: Kept) => reference as unknown as typeof value;
      const known = references.get(value);
      if (known !== undefined) return handedOn(known);
      const json = JSON.stringify(value);
      const reference = { ...shown, kept: createHash('sha256').update(json).digest('hex') };
      if (!written.has(reference.kept))
        writes.push({
          Put: {
            TableName: table.name,
            Item: { ...keyOf(executionArn, reference), json, expiresAt: expiresAt(new Date()) },
          },
        });
      written.add(reference.kept);
      return handedOn(reference);
    },
  };
}

/** A region's configuration, of which the definitions read the region. */
export const keepConfig = (keep: Keeper['keep'], config: RegionConfig): RegionConfig =>
  keep(config, { region: config.region });
