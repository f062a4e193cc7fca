import type { AnyResource, Wanted } from '../resources/resource.ts';
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
export function wavesOf(tasks: readonly Task[]): readonly (readonly Task[])[] {
  const waves: (readonly Task[])[] = [];
  for (let left = tasks; left.length > 0; ) {
    const wave = left.filter((task) => !left.some((other) => other !== task && needs(task, other)));
    if (wave.length === 0) throw new TypeError(`${left.map(({ name }) => name).join(', ')} wait for each other`);
    waves.push(wave);
    left = left.filter((task) => !wave.includes(task));
  }
  return waves;
}

const needs = ({ resource: { parent, after = [] }, wanted }: Task, other: Task): boolean =>
  [parent, ...after].includes(other.resource.kind) || referencesIn(wanted.spec).includes(other.name);
