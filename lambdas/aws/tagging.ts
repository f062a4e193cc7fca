import {
  type FailureInfo,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
} from '@aws-sdk/client-resource-groups-tagging-api';
import type { Cloud, Scope } from './cloud.ts';

/**
 * The `tag` of a kind that the tagging API knows by its ARN; its permission is `tag:TagResources` beside the service's
 * own. Imported by the kinds, so that only a stage that may make the call holds its client.
 */
export const tagByArn =
  <Live>(arn: (found: Live, scope: Scope) => string) =>
  async (cloud: Cloud, found: Live, tags: Readonly<Record<string, string>>): Promise<void> => {
    const { FailedResourcesMap = {} } = await cloud
      .client(ResourceGroupsTaggingAPIClient)
      .send(new TagResourcesCommand({ ResourceARNList: [arn(found, cloud.scope)], Tags: { ...tags } }));
    // The call answers 200 with the service's refusals in the body.
    for (const failure of Object.values(FailedResourcesMap)) throw toError(failure);
  };

/** As the SDK of the service would have thrown it: by its name and status the engine knows what may be repeated. */
function toError({ ErrorCode, ErrorMessage, StatusCode }: FailureInfo): Error {
  const error = new Error(ErrorMessage ?? 'the tagging API gives no reason');
  error.name = ErrorCode ?? 'Unknown';
  return Object.assign(error, { $metadata: { httpStatusCode: StatusCode } });
}
