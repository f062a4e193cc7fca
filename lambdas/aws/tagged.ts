import { paginateGetResources, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { ownershipTag } from '../resources/ownership.ts';
import type { Cloud } from './cloud.ts';

/** IAM actions of this file. */
export const taggedPermissions = ['tag:GetResources'] as const;

/**
 * What the tagging API keeps listing after it is gone: gateways for an hour, task definitions and clusters as INACTIVE
 * records for good. The inventory by type knows better about these.
 */
const lingering =
  /:(natgateway|task-definition|cluster|service|elastic-ip|vpc-flow-log|subnet|security-group|route-table|internet-gateway|vpc|loadbalancer|targetgroup|listener)\//;

/** ARNs in the region that carry the deployment's tag, but for kinds whose records linger. */
export async function taggedIn(cloud: Cloud, deployment: string): Promise<readonly string[]> {
  const arns: string[] = [];
  const pages = paginateGetResources(
    { client: cloud.client(ResourceGroupsTaggingAPIClient) },
    { TagFilters: [{ Key: ownershipTag.deployment, Values: [deployment] }] },
  );
  for await (const { ResourceTagMappingList = [] } of pages) {
    for (const { ResourceARN } of ResourceTagMappingList) if (ResourceARN !== undefined) arns.push(ResourceARN);
  }
  return arns.filter((arn) => !lingering.test(arn));
}
