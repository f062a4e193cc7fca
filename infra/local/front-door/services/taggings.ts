import { CloudWatchClient, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  TagResourceCommand as TagLogGroupCommand,
  UntagResourceCommand as UntagLogGroupCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetProjectsCommand, CodeBuildClient, UpdateProjectCommand } from '@aws-sdk/client-codebuild';
import { CreateTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-ec2';
import { AddTagsCommand, RemoveTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  type FailureInfo,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
  UntagResourcesCommand,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { type Handlers, ServiceError } from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { asked, ofCodeBuild, ofCodeService, ofEc2, ofMinistack, type Tagged, type Tags } from './found-tags.ts';
import { tagsOf } from './tags.ts';

/** One service's tags, by its own calls. */
export interface Tagging {
  /**
   * What carries tags in the region, where ministack's own tagging API does not know it; of some services everything does,
   * be it none.
   */
  found?(region: string): Promise<Tagged>;
  tag(region: string, arn: string, tags: Tags): Promise<unknown>;
  untag(region: string, arn: string, keys: string[]): Promise<unknown>;
}

const upper = (tags: Tags): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** UpdateProject takes all tags or none. */
async function retagProject(
  emulator: Emulator,
  region: string,
  arn: string,
  retagged: (tags: Tags) => Tags,
): Promise<void> {
  const client = emulator.client(CodeBuildClient, region);
  const name = arn.slice(arn.indexOf('/') + 1);
  const { projects = [] } = await client.send(new BatchGetProjectsCommand({ names: [name] }));
  const tags = Object.entries(retagged(tagsOf(projects[0]?.tags))).map(([key, value]) => ({ key, value }));
  await client.send(new UpdateProjectCommand({ name, tags }));
}

const without = (tags: Tags, keys: readonly string[]): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));

/** By the service in the ARN. */
export function taggings(emulator: Emulator, handlers: Handlers): Readonly<Record<string, Tagging>> {
  const codeService = (
    service: 'codecommit' | 'codepipeline',
    ...listing: readonly [string, string, string]
  ): Tagging => ({
    found: (region) => ofCodeService(handlers, region, service, listing),
    tag: (region, resourceArn, tags) => asked(handlers, service, 'TagResource', region, { resourceArn, tags }),
    untag: (region, resourceArn, tagKeys) =>
      asked(handlers, service, 'UntagResource', region, { resourceArn, tagKeys }),
  });
  const idIn = (arn: string): string => arn.slice(arn.indexOf('/') + 1);
  return {
    ec2: {
      found: (region) => ofEc2(emulator, region),
      tag: (region, arn, tags) =>
        emulator.ec2(region).send(new CreateTagsCommand({ Resources: [idIn(arn)], Tags: upper(tags) })),
      untag: (region, arn, keys) =>
        emulator
          .ec2(region)
          .send(new DeleteTagsCommand({ Resources: [idIn(arn)], Tags: keys.map((Key) => ({ Key })) })),
    },
    elasticloadbalancing: {
      tag: (region, arn, tags) =>
        emulator.elb(region).send(new AddTagsCommand({ ResourceArns: [arn], Tags: upper(tags) })),
      untag: (region, arn, TagKeys) =>
        emulator.elb(region).send(new RemoveTagsCommand({ ResourceArns: [arn], TagKeys })),
    },
    logs: {
      tag: (region, resourceArn, tags) =>
        emulator.client(CloudWatchLogsClient, region).send(new TagLogGroupCommand({ resourceArn, tags: { ...tags } })),
      untag: (region, resourceArn, tagKeys) =>
        emulator.client(CloudWatchLogsClient, region).send(new UntagLogGroupCommand({ resourceArn, tagKeys })),
    },
    cloudwatch: {
      tag: (region, ResourceARN, tags) =>
        emulator.client(CloudWatchClient, region).send(new TagResourceCommand({ ResourceARN, Tags: upper(tags) })),
      untag: (region, ResourceARN, TagKeys) =>
        emulator.client(CloudWatchClient, region).send(new UntagResourceCommand({ ResourceARN, TagKeys })),
    },
    codebuild: {
      found: (region) => ofCodeBuild(emulator, region),
      tag: (region, arn, tags) => retagProject(emulator, region, arn, (now) => ({ ...now, ...tags })),
      untag: (region, arn, keys) => retagProject(emulator, region, arn, (now) => without(now, keys)),
    },
    codecommit: codeService('codecommit', 'ListRepositories', 'repositories', 'repositoryName'),
    codepipeline: codeService('codepipeline', 'ListPipelines', 'pipelines', 'name'),
  };
}

/** What ministack's own tagging API knows; an ARN that it does not know is a failure there as well. */
export function ownTagging(emulator: Emulator): Tagging {
  const client = (region: string) => emulator.client(ResourceGroupsTaggingAPIClient, region);
  const refused = ({ FailedResourcesMap = {} }: { FailedResourcesMap?: Record<string, FailureInfo> | undefined }) => {
    const [failure] = Object.values(FailedResourcesMap);
    if (failure !== undefined) throw new ServiceError(failure.ErrorCode ?? '', failure.ErrorMessage ?? '');
  };
  return {
    found: (region) => ofMinistack(emulator, region),
    tag: async (region, arn, Tags) =>
      refused(await client(region).send(new TagResourcesCommand({ ResourceARNList: [arn], Tags: { ...Tags } }))),
    untag: async (region, arn, TagKeys) =>
      refused(await client(region).send(new UntagResourcesCommand({ ResourceARNList: [arn], TagKeys }))),
  };
}
