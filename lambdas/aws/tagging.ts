import { ResourceGroupsTaggingAPIClient, TagResourcesCommand } from '@aws-sdk/client-resource-groups-tagging-api';
import { errorInBody } from './aws-errors.ts';
import type { Cloud } from './cloud.ts';

/** Tags what the tagging API knows by its ARN; the permission is `tag:TagResources` beside the service's own. */
export async function tagByArn(cloud: Cloud, arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
  const { FailedResourcesMap = {} } = await cloud
    .client(ResourceGroupsTaggingAPIClient)
    .send(new TagResourcesCommand({ ResourceARNList: [arn], Tags: { ...tags } }));
  // The call answers 200 with the service's refusals in the body.
  for (const { ErrorCode, ErrorMessage, StatusCode } of Object.values(FailedResourcesMap))
    throw errorInBody(ErrorCode, ErrorMessage ?? 'the tagging API gives no reason', StatusCode);
}
