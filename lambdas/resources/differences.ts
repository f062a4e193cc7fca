import { isDeepStrictEqual } from 'node:util';
import type { Difference } from '../../workflow/documents.ts';

/** The difference between what is and what is wanted, if there is one; `replace` where AWS can't change it in place. */
export const compare = (path: string, was: unknown, want: unknown, replace?: 'replace'): readonly Difference[] =>
  isDeepStrictEqual(was, want)
    ? []
    : [{ path, was, want, ...(replace === undefined ? {} : { replace: true as const }) }];

/** The same, left to the stage that applies the resource's deferred changes. */
export const deferred = (differences: readonly Difference[]): readonly Difference[] =>
  differences.map((difference) => ({ ...difference, deferred: true }));

/** The same, which decide what reaches production. */
export const releasing = (differences: readonly Difference[]): readonly Difference[] =>
  differences.map((difference) => ({ ...difference, release: true }));

/** A copy in a fixed order: AWS lists sets in any order. */
export const sorted = (set: readonly string[]): string[] => [...set].sort();

/** Compares two sets of named things; each name that is missing, superfluous or unequal is a difference of its own. */
export const compareByName = (
  path: (name: string) => string,
  was: Readonly<Record<string, unknown>>,
  want: Readonly<Record<string, unknown>>,
): readonly Difference[] =>
  sorted([...new Set([...Object.keys(was), ...Object.keys(want)])]).flatMap((name) =>
    compare(path(name), was[name], want[name]),
  );

/** Whether the differences name that path or one below it. */
export const names = (differences: readonly Difference[], path: string): boolean =>
  differences.some(
    (difference) =>
      difference.path === path || difference.path.startsWith(`${path}.`) || difference.path.startsWith(`${path}[`),
  );
