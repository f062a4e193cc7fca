import {
  type FailureInfo,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
} from '@aws-sdk/client-resource-groups-tagging-api';
import type { Cloud } from './cloud.ts';

/** Tags what the tagging API knows by its ARN; the permission is `tag:TagResources` beside the service's own. */
export async function tagByArn(cloud: Cloud, arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
  const { FailedResourcesMap = {} } = await cloud
    .client(ResourceGroupsTaggingAPIClient)
    .send(new TagResourcesCommand({ ResourceARNList: [arn], Tags: { ...tags } }));
  // The call answers 200 with the service's refusals in the body.
  for (const failure of Object.values(FailedResourcesMap)) throw toError(failure);
}

/** As the SDK of the service would have thrown it: by its name and status the engine knows what may be repeated. */
function toError({ ErrorCode, ErrorMessage, StatusCode }: FailureInfo): Error {
  const error = new Error(ErrorMessage ?? 'the tagging API gives no reason');
  error.name = ErrorCode ?? 'Unknown';
  return Object.assign(error, { $metadata: { httpStatusCode: StatusCode } });
}
