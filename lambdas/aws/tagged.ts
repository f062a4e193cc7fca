import { paginateGetResources, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import type { Cloud, TagIndex } from './cloud.ts';
import { ownershipTag, type Tags, tagsOf } from './ownership.ts';

/** IAM actions of this file. */
export const taggedPermissions = ['tag:GetResources'] as const;

/** The most that GetResources gives at once (service model); the platform's primary region has about 50. */
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
  for await (const { ResourceTagMappingList = [] } of pages)
    for (const { ResourceARN, Tags } of ResourceTagMappingList)
      if (ResourceARN !== undefined) index.set(ResourceARN, tagsOf(Tags));
  return index;
}

/**
 * What the tagging API keeps listing after it is gone: gateways for an hour, task definitions and clusters as INACTIVE
 * records for good. The inventory by type knows better about these.
 */
const lingering =
  /:(natgateway|task-definition|cluster|service|elastic-ip|vpc-flow-log|subnet|security-group|route-table|internet-gateway|vpc|loadbalancer|targetgroup|listener|listener-rule)\//;

/** ARNs in the region that carry the deployment's tag, but for kinds whose records linger. */
export async function taggedIn(cloud: Cloud): Promise<readonly string[]> {
  return [...(await readTagIndex(cloud)).keys()].filter((arn) => !lingering.test(arn));
}
