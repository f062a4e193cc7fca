import type { Difference } from '../../workflow/documents.ts';
import { compareByName, names } from './differences.ts';

/** Attributes of a load balancer or target group, by ELB's own names and in its own words. */
export type ElbAttributes = Readonly<Record<string, string>>;

interface Shown {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** As ELB shows them; `defaults`: of those that it leaves out. */
export const attributesOf = (shown: readonly Shown[] | undefined, defaults: ElbAttributes): ElbAttributes => ({
  ...defaults,
  ...Object.fromEntries((shown ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
});

/** Only those that a spec names: whoever sets others may do so. */
export const compareAttributes = (found: ElbAttributes, wanted: ElbAttributes): readonly Difference[] =>
  compareByName(
    (name) => `attributes[${name}]`,
    Object.fromEntries(Object.entries(found).filter(([name]) => wanted[name] !== undefined)),
    wanted,
  );

/** The request that puts right what differs. */
export const attributesToSet = (wanted: ElbAttributes, differences: readonly Difference[]) =>
  Object.entries(wanted)
    .filter(([name]) => names(differences, `attributes[${name}]`))
    .map(([Key, Value]) => ({ Key, Value }));
