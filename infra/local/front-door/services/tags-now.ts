import { CloudWatchClient, ListTagsForResourceCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  ListTagsForResourceCommand as ListTagsOfLogGroupCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetProjectsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { DescribeTagsCommand } from '@aws-sdk/client-ec2';
import { ListTagsForResourceCommand as ListTagsOfEcsCommand } from '@aws-sdk/client-ecs';
import { DescribeTagsCommand as DescribeTagsOfLoadBalancingCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Handlers } from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { asked, ofMinistack, type Tags } from './found-tags.ts';
import { tagsOf } from './tags.ts';

type Read = (region: string, arn: string) => Promise<unknown>;

const afterSlash = (arn: string): string => arn.slice(arn.indexOf('/') + 1);

/**
 * The tags of what an ARN names, as they are now; none where it does not exist. By a call for that one thing: IAM asks at
 * every call of a Lambda.
 */
export function tagsNow(emulator: Emulator, handlers: Handlers): (region: string, arn: string) => Promise<Tags> {
  const inFrontDoor =
    (service: string, parameter: string): Read =>
    (region, arn) =>
      asked(handlers, service, 'ListTagsForResource', region, { [parameter]: arn });
  const reads: Readonly<Record<string, Read>> = {
    'application-autoscaling': inFrontDoor('application-autoscaling', 'ResourceARN'),
    cloudwatch: (region, ResourceARN) =>
      emulator.client(CloudWatchClient, region).send(new ListTagsForResourceCommand({ ResourceARN })),
    codebuild: async (region, arn) =>
      (await emulator.client(CodeBuildClient, region).send(new BatchGetProjectsCommand({ names: [afterSlash(arn)] })))
        .projects?.[0],
    codecommit: inFrontDoor('codecommit', 'resourceArn'),
    codepipeline: inFrontDoor('codepipeline', 'resourceArn'),
    ec2: (region, arn) =>
      emulator
        .ec2(region)
        .send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [afterSlash(arn)] }] })),
    ecs: (region, resourceArn) => emulator.ecs(region).send(new ListTagsOfEcsCommand({ resourceArn })),
    elasticloadbalancing: async (region, arn) =>
      (await emulator.elb(region).send(new DescribeTagsOfLoadBalancingCommand({ ResourceArns: [arn] })))
        .TagDescriptions?.[0],
    logs: (region, resourceArn) =>
      emulator.client(CloudWatchLogsClient, region).send(new ListTagsOfLogGroupCommand({ resourceArn })),
  };
  return async (region, arn) => {
    const service = arn.split(':')[2] ?? '';
    const read = reads[service];
    if (read === undefined)
      return (await ofMinistack(emulator, region, service)).find(([known]) => known === arn)?.[1] ?? {};
    const answer = (await read(region, arn).catch(() => undefined)) as { Tags?: unknown; tags?: unknown } | undefined;
    return tagsOf(answer?.Tags ?? answer?.tags);
  };
}
