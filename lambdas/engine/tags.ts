import type { Scope } from '../aws/cloud.ts';
import { tagsForPeople } from '../aws/tags.ts';
import type { AnyResource, Difference, Found } from '../resources/resource.ts';

/** Pure: the tags for people that are missing or say something else. All others are somebody's who is not asked. */
export function tagDifferences(resource: AnyResource, scope: Scope, { key, tags }: Found): readonly Difference[] {
  if (resource.tag === undefined || tags === undefined) return [];
  return Object.entries(tagsForPeople(scope, key))
    .filter(([name, want]) => tags[name] !== want)
    .map(([name, want]) => ({ path: `tags[${name}]`, was: tags[name], want }));
}
