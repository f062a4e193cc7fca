import type { RegionConfig } from '../../workflow/config.ts';
import type { AnyResource, Found, Wanted } from '../resources/resource.ts';
import { referencesIn } from './resolve.ts';

/** Something that a stage is to make. */
export interface Task {
  /** `kind/key` */
  readonly name: string;
  readonly resource: AnyResource;
  /** Its references are not resolved yet. */
  readonly wanted: Wanted<object>;
}

/**
 * Pure: the tasks of a stage in the waves in which they can be made: each after everything that it refers to and the kinds
 * that it names (`parent`, `after`), and what is in one wave side by side.
 * @throws {TypeError} when tasks wait for each other: a programming error
 */
export const wavesOf = (tasks: readonly Task[]): readonly (readonly Task[])[] => inWaves(tasks, needs);

const needs = (task: Task, other: Task): boolean =>
  isBuiltOn(task.resource, other.resource) || referencesIn(task.wanted.spec).includes(other.name);

const isBuiltOn = ({ parent, after = [] }: AnyResource, { kind }: AnyResource): boolean =>
  [parent, ...after].includes(kind);

/** Something that a stage is to remove. */
export interface Going {
  /** `kind/key` */
  readonly name: string;
  readonly resource: AnyResource;
  readonly found: Found;
}

/**
 * Pure: what a stage is to remove in the waves in which it can go: each after everything that refers to it. Of what is no
 * longer wanted no references are known: it goes in the order of `kinds`, backwards.
 * @param kinds the stage's, in the order of making
 * @throws {TypeError} when they wait for each other: a programming error
 */
export function removalWavesOf(
  going: readonly Going[],
  kinds: readonly AnyResource[],
  config: RegionConfig,
): readonly (readonly Going[])[] {
  const references = new Map(
    kinds.map((resource) => [
      resource,
      new Map(resource.specs(config).map(({ key, spec }) => [key, referencesIn(spec)] as const)),
    ]),
  );
  const refers = (one: Going, other: Going): boolean => {
    const known = references.get(one.resource);
    if (one.resource === other.resource) return known?.get(one.found.key)?.includes(other.name) === true;
    if (known === undefined || known.size === 0) return kinds.indexOf(one.resource) > kinds.indexOf(other.resource);
    const named = [...known.values()].flat().some((name) => name.startsWith(`${other.resource.kind}/`));
    return named || isBuiltOn(one.resource, other.resource);
  };
  return inWaves(going, (one, other) => refers(other, one));
}

/** Each after everything that it waits for, as early as it can. */
function inWaves<Item extends { readonly name: string }>(
  items: readonly Item[],
  waitsFor: (item: Item, other: Item) => boolean,
): readonly (readonly Item[])[] {
  const waves: (readonly Item[])[] = [];
  for (let left = items; left.length > 0; ) {
    const wave = left.filter((item) => !left.some((other) => other !== item && waitsFor(item, other)));
    if (wave.length === 0) throw new TypeError(`${left.map(({ name }) => name).join(', ')} wait for each other`);
    waves.push(wave);
    left = left.filter((item) => !wave.includes(item));
  }
  return waves;
}
