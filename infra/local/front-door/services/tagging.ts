import { CloudWatchClient, DescribeAlarmsCommand, ListTagsForResourceCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  ListTagsForResourceCommand as ListTagsOfLogGroupCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetProjectsCommand, CodeBuildClient, ListProjectsCommand } from '@aws-sdk/client-codebuild';
import { paginateDescribeTags } from '@aws-sdk/client-ec2';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { paginateGetResources, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { GetBucketLocationCommand, S3Client } from '@aws-sdk/client-s3';
import { account } from '../../paths.ts';
import { type Call, type Handlers, jsonOf, jsonReply, type Parameters, structures, text, texts } from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { page } from './json-service.ts';
import { tagsOf } from './tags.ts';

type Tagged = readonly (readonly [arn: string, tags: Readonly<Record<string, string>>])[];

/** An operation of a service that lives in the front door, without a caller. */
const asked = async (
  handlers: Handlers,
  service: string,
  action: string,
  region: string,
  parameters: Parameters = {},
): Promise<Parameters> => {
  const call: Call = {
    service,
    action,
    region,
    principal: 'front-door',
    protocol: 'json',
    method: 'POST',
    target: '/',
    headers: {},
    parameters,
    body: Buffer.alloc(0),
  };
  const handler = handlers[`${service}:${action}`];
  if (handler === undefined) throw new Error(`the front door does not answer ${service}:${action}`);
  return jsonOf(await handler(call, () => Promise.reject(new Error(`${service} is not the emulator's`))));
};

/** What ministack's own GetResources knows; buckets in their own region only. */
async function ofMinistack(emulator: Emulator, region: string): Promise<Tagged> {
  const found: [string, Record<string, string>][] = [];
  const s3 = emulator.client(S3Client, region);
  const pages = paginateGetResources({ client: emulator.client(ResourceGroupsTaggingAPIClient, region) }, {});
  for await (const { ResourceTagMappingList = [] } of pages)
    for (const { ResourceARN = '', Tags } of ResourceTagMappingList) {
      const bucket = /^arn:aws:s3:::(.*)$/.exec(ResourceARN)?.[1];
      const home = bucket === undefined ? region : await locationOf(s3, bucket);
      const itsRegion = ResourceARN.split(':')[3] || region;
      if (home === region && itsRegion === region) found.push([ResourceARN, tagsOf(Tags)]);
    }
  return found;
}

const locationOf = async (s3: S3Client, Bucket: string): Promise<string> =>
  (await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint || 'us-east-1';

async function ofLogGroups(emulator: Emulator, region: string): Promise<Tagged> {
  const client = emulator.client(CloudWatchLogsClient, region);
  const found: [string, Record<string, string>][] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {}))
    for (const { logGroupName } of logGroups) {
      const arn = `arn:aws:logs:${region}:${account}:log-group:${logGroupName}`;
      const { tags } = await client.send(new ListTagsOfLogGroupCommand({ resourceArn: arn }));
      found.push([arn, tagsOf(tags)]);
    }
  return found;
}

async function ofAlarms(emulator: Emulator, region: string): Promise<Tagged> {
  const client = emulator.client(CloudWatchClient, region);
  const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({}));
  return Promise.all(
    MetricAlarms.map(async ({ AlarmArn = '' }) => {
      const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceARN: AlarmArn }));
      return [AlarmArn, tagsOf(Tags)] as const;
    }),
  );
}

async function ofLoadBalancing(emulator: Emulator, region: string): Promise<Tagged> {
  const elb = emulator.elb(region);
  const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({}));
  const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({}));
  const arns = [
    ...LoadBalancers.flatMap(({ LoadBalancerArn }) => LoadBalancerArn ?? []),
    ...TargetGroups.flatMap(({ TargetGroupArn }) => TargetGroupArn ?? []),
  ];
  for (const { LoadBalancerArn } of LoadBalancers) {
    const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
    for (const { ListenerArn } of Listeners) {
      const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn }));
      arns.push(ListenerArn ?? '', ...Rules.flatMap(({ RuleArn }) => RuleArn ?? []));
    }
  }
  if (arns.length === 0) return [];
  const { TagDescriptions = [] } = await elb.send(new DescribeTagsCommand({ ResourceArns: arns }));
  return TagDescriptions.map(({ ResourceArn = '', Tags }) => [ResourceArn, tagsOf(Tags)] as const);
}

async function ofCodeBuild(emulator: Emulator, region: string): Promise<Tagged> {
  const client = emulator.client(CodeBuildClient, region);
  const { projects: names = [] } = await client.send(new ListProjectsCommand({}));
  if (names.length === 0) return [];
  const { projects = [] } = await client.send(new BatchGetProjectsCommand({ names }));
  return projects.map(({ arn = '', tags }) => [arn, tagsOf(tags)] as const);
}

/** ARNs name EC2's types as DescribeTags does, for what the platform makes. */
async function ofEc2(emulator: Emulator, region: string): Promise<Tagged> {
  const tags = new Map<string, Record<string, string>>();
  for await (const { Tags = [] } of paginateDescribeTags({ client: emulator.ec2(region) }, {}))
    for (const { ResourceType, ResourceId, Key = '', Value = '' } of Tags) {
      const arn = `arn:aws:ec2:${region}:${account}:${ResourceType}/${ResourceId}`;
      tags.set(arn, { ...tags.get(arn), [Key]: Value });
    }
  return [...tags];
}

async function ofCodeServices(handlers: Handlers, region: string): Promise<Tagged> {
  const arnsIn = async (service: string, action: string, list: string, name: string): Promise<string[]> =>
    structures(await asked(handlers, service, action, region), list).map(
      (entry) => `arn:aws:${service}:${region}:${account}:${text(entry, name)}`,
    );
  const tagged = (service: string, arns: readonly string[]) =>
    arns.map(async (arn) => {
      const { tags } = await asked(handlers, service, 'ListTagsForResource', region, { resourceArn: arn });
      return [arn, tagsOf(tags)] as const;
    });
  return Promise.all([
    ...tagged('codecommit', await arnsIn('codecommit', 'ListRepositories', 'repositories', 'repositoryName')),
    ...tagged('codepipeline', await arnsIn('codepipeline', 'ListPipelines', 'pipelines', 'name')),
  ]);
}

/** AND over the filters, OR over the values of one; without values any value will do. */
const matches = (tags: Readonly<Record<string, string>>, filters: readonly Parameters[]): boolean =>
  filters.every((filter) => {
    const value = tags[text(filter, 'Key') ?? ''];
    const wanted = texts(filter, 'Values');
    return value !== undefined && (wanted.length === 0 || wanted.includes(value));
  });

/** The default of ResourcesPerPage (service model). */
const pageSize = 50;

/** GetResources over everything that the platform tags, from the true state; see README.md. */
export const tagging = (emulator: Emulator, handlers: Handlers): Handlers => ({
  'tagging:GetResources': async ({ region, parameters }) => {
    const found = await Promise.all([
      ofMinistack(emulator, region),
      ofLogGroups(emulator, region),
      ofAlarms(emulator, region),
      ofLoadBalancing(emulator, region),
      ofCodeBuild(emulator, region),
      ofEc2(emulator, region),
      ofCodeServices(handlers, region),
    ]);
    const owned = found
      .flat()
      .filter(([, tags]) => Object.keys(tags).length > 0 && matches(tags, structures(parameters, 'TagFilters')));
    const token = text(parameters, 'PaginationToken') || undefined;
    const { items, nextToken } = page(owned, Number(parameters.ResourcesPerPage ?? pageSize), token);
    return jsonReply({
      ResourceTagMappingList: items.map(([ResourceARN, tags]) => ({
        ResourceARN,
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      })),
      PaginationToken: nextToken ?? '',
    });
  },
});
