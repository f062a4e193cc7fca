import type { RegionConfig } from '../../workflow/config.ts';
import type { Difference } from '../../workflow/documents.ts';
import { type MakingStageName, makingStages } from '../../workflow/stages.ts';
import type { AnyResource, Wanted } from '../resources/resource.ts';

/** What a stage wants of one kind. */
export const wantedIn = (
  resource: AnyResource,
  config: RegionConfig,
  stage: MakingStageName,
): readonly Wanted<object>[] =>
  resource.specs(config).filter((wanted) => wanted.stage === undefined || wanted.stage === stage);

/**
 * The stage that makes a resource. What no configuration asks for any more belongs to the first stage that makes its kind.
 * @throws {RangeError} when no stage makes the kind: a programming error
 */
export function makerOf(resource: AnyResource, config: RegionConfig, key: string): MakingStageName {
  const wanted = resource.specs(config).find((each) => each.key === key);
  const maker = wanted?.stage ?? makingStages.find(({ kinds }) => kinds.some((kind) => kind === resource.kind))?.name;
  if (maker === undefined) throw new RangeError(`no stage makes ${resource.kind}`);
  return maker;
}

/** Whether a difference is left to the later stage that applies the resource's deferred changes. */
export const waits = (wanted: Wanted<object>, difference: Difference): boolean =>
  difference.deferred === true && wanted.deferredTo !== undefined;

/** The differences that AWS can't change on a living resource, and what to do about them. */
export function unchangeable(what: string, differences: readonly Difference[]): string {
  const fixed = differences.filter(({ replace }) => replace);
  const values = fixed.map(
    ({ path, was, want }) => `${path} is ${JSON.stringify(was)}, wanted ${JSON.stringify(want)}`,
  );
  return `${what} can't be changed in place: ${values.join('; ')}; use another deployment name, or put the old value back`;
}
