import { paginateGetResources, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import type { Cloud, TagIndex } from './cloud.ts';
import { ownershipTag, type Tags, tagsOf } from './ownership.ts';
import { allPages } from './pages.ts';

/** IAM actions of this file. */
export const taggedPermissions = ['tag:GetResources'] as const;

/** The largest page of GetResources (service model); the platform's primary region has about 50 resources. */
const atOnce = 100;

/** By ARN: the tags of everything in the region that carries the deployment's tag. */
export async function readTagIndex(cloud: Cloud): Promise<TagIndex> {
  const index = new Map<string, Tags>();
  const pages = paginateGetResources(
    { client: cloud.client(ResourceGroupsTaggingAPIClient) },
    {
      TagFilters: [{ Key: ownershipTag.deployment, Values: [cloud.scope.deployment] }],
      ResourcesPerPage: atOnce,
    },
  );
  for (const { ResourceARN, Tags } of await allPages(pages, (page) => page.ResourceTagMappingList))
    if (ResourceARN !== undefined) index.set(ResourceARN, tagsOf(Tags));
  return index;
}

/**
 * ARNs in the region that carry the deployment's tag.
 * @param lingers whether the index goes on showing things of a kind that are gone: gateways for an hour, task definitions
 *   and clusters as INACTIVE records for good. They are left out
 */
export async function taggedIn(
  cloud: Cloud,
  lingers: (kind: string | undefined) => boolean,
): Promise<readonly string[]> {
  const index = await readTagIndex(cloud);
  return [...index].filter(([, tags]) => !lingers(tags[ownershipTag.kind])).map(([arn]) => arn);
}
