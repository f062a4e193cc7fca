import type { Difference } from '../../workflow/documents.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { tagsForPeople } from '../aws/tags.ts';
import type { AnyResource, Found } from '../resources/resource.ts';

/**
 * lambdas/aws/tagging.ts. Handed in by the stages that make what carries tags, so that no other holds the client of a
 * service that it may not call.
 */
export type TagByArn = (cloud: Cloud, arn: string, tags: Readonly<Record<string, string>>) => Promise<void>;

/** Pure: the tags for people that are missing or say something else. All others belong to somebody else. */
export function tagDifferences(resource: AnyResource, scope: Scope, { key, tags }: Found): readonly Difference[] {
  if ((resource.arn ?? resource.tag) === undefined || tags === undefined) return [];
  return Object.entries(tagsForPeople(scope, key))
    .filter(([name, want]) => tags[name] !== want)
    .map(([name, want]) => ({ path: `tags[${name}]`, was: tags[name], want }));
}

/**
 * Puts tags on a resource, beside those that it has.
 * @throws {TypeError} when the stage was not given the way to tag by ARN: a programming error
 */
export async function putTags(
  resource: AnyResource,
  cloud: Cloud,
  found: Found,
  tags: Readonly<Record<string, string>>,
  tagByArn: TagByArn | undefined,
): Promise<void> {
  if (resource.tag !== undefined) return resource.tag(cloud, found, tags);
  if (resource.arn === undefined || tagByArn === undefined)
    throw new TypeError(`nothing is there to tag ${resource.kind}`);
  await tagByArn(cloud, resource.arn(found, cloud.scope), tags);
}
