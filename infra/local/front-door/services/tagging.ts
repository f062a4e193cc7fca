import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  ListTagsForResourceCommand as ListTagsOfLogGroupCommand,
  paginateDescribeLogGroups,
  TagResourceCommand as TagLogGroupCommand,
  UntagResourceCommand as UntagLogGroupCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchGetProjectsCommand,
  CodeBuildClient,
  ListProjectsCommand,
  UpdateProjectCommand,
} from '@aws-sdk/client-codebuild';
import { CreateTagsCommand, DeleteTagsCommand, paginateDescribeTags } from '@aws-sdk/client-ec2';
import {
  AddTagsCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  RemoveTagsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  type FailureInfo,
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
  TagResourcesCommand,
  UntagResourcesCommand,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { GetBucketLocationCommand, S3Client } from '@aws-sdk/client-s3';
import { account } from '../../paths.ts';
import {
  type Call,
  type Handlers,
  type Interceptor,
  jsonOf,
  jsonReply,
  type Parameters,
  ServiceError,
  structures,
  text,
  texts,
} from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { page } from './json-service.ts';
import { tagsOf } from './tags.ts';

type Tags = Readonly<Record<string, string>>;

type Tagged = readonly (readonly [arn: string, tags: Tags])[];

/** One service's tags, by its own calls. */
interface Tagging {
  /** What carries tags in the region; of some services everything does, be it none. */
  found(region: string): Promise<Tagged>;
  tag(region: string, arn: string, tags: Tags): Promise<unknown>;
  untag(region: string, arn: string, keys: string[]): Promise<unknown>;
}

const upper = (tags: Tags): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

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

/** ARNs name EC2's types as DescribeTags does, but for flow logs, to which ministack gives another name. */
async function ofEc2(emulator: Emulator, region: string): Promise<Tagged> {
  const tags = new Map<string, Record<string, string>>();
  for await (const { Tags = [] } of paginateDescribeTags({ client: emulator.ec2(region) }, {}))
    for (const { ResourceType, ResourceId, Key = '', Value = '' } of Tags) {
      const type = String(ResourceType) === 'flow-log' ? 'vpc-flow-log' : ResourceType;
      const arn = `arn:aws:ec2:${region}:${account}:${type}/${ResourceId}`;
      tags.set(arn, { ...tags.get(arn), [Key]: Value });
    }
  return [...tags];
}

async function ofCodeService(
  handlers: Handlers,
  region: string,
  service: 'codecommit' | 'codepipeline',
  [action, list, name]: readonly [action: string, list: string, name: string],
): Promise<Tagged> {
  const arns = structures(await asked(handlers, service, action, region), list).map(
    (entry) => `arn:aws:${service}:${region}:${account}:${text(entry, name)}`,
  );
  return Promise.all(
    arns.map(async (arn) => {
      const { tags } = await asked(handlers, service, 'ListTagsForResource', region, { resourceArn: arn });
      return [arn, tagsOf(tags)] as const;
    }),
  );
}

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
function taggings(emulator: Emulator, handlers: Handlers): Readonly<Record<string, Tagging>> {
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
      found: (region) => ofLoadBalancing(emulator, region),
      tag: (region, arn, tags) =>
        emulator.elb(region).send(new AddTagsCommand({ ResourceArns: [arn], Tags: upper(tags) })),
      untag: (region, arn, TagKeys) =>
        emulator.elb(region).send(new RemoveTagsCommand({ ResourceArns: [arn], TagKeys })),
    },
    logs: {
      found: (region) => ofLogGroups(emulator, region),
      tag: (region, resourceArn, tags) =>
        emulator.client(CloudWatchLogsClient, region).send(new TagLogGroupCommand({ resourceArn, tags: { ...tags } })),
      untag: (region, resourceArn, tagKeys) =>
        emulator.client(CloudWatchLogsClient, region).send(new UntagLogGroupCommand({ resourceArn, tagKeys })),
    },
    cloudwatch: {
      found: (region) => ofAlarms(emulator, region),
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
function ownTagging(emulator: Emulator): Tagging {
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

/** AND over the filters, OR over the values of one; without values any value will do. */
const matches = (tags: Readonly<Record<string, string>>, filters: readonly Parameters[]): boolean =>
  filters.every((filter) => {
    const value = tags[text(filter, 'Key') ?? ''];
    const wanted = texts(filter, 'Values');
    return value !== undefined && (wanted.length === 0 || wanted.includes(value));
  });

/** The default of ResourcesPerPage (service model). */
const pageSize = 50;

/** The most ARNs that a change takes at once (service model). */
const mostArns = 20;

/** GetResources over everything that the platform tags, from the true state, and the calls that change it; see README.md. */
export function tagging(emulator: Emulator, handlers: Handlers): Handlers {
  const services = taggings(emulator, handlers);
  const own = ownTagging(emulator);
  /** Each ARN by itself: one that is refused is told of in a reply that is otherwise a success. */
  const change =
    (put: (service: Tagging, arn: string, call: Call) => Promise<unknown>): Interceptor =>
    async (call) => {
      const arns = texts(call.parameters, 'ResourceARNList');
      if (arns.length === 0 || arns.length > mostArns)
        throw new ServiceError('InvalidParameterException', `ResourceARNList must hold 1 to ${mostArns} ARNs`);
      const FailedResourcesMap: Record<string, FailureInfo> = {};
      for (const arn of arns) {
        const [, , name = '', region] = arn.split(':');
        const service = services[name] ?? own;
        try {
          if (region !== '' && region !== call.region)
            throw new ServiceError('InvalidParameterException', `${arn} is not in ${call.region}`);
          if (service !== own && !(await service.found(call.region)).some(([known]) => known === arn))
            throw new ServiceError('InvalidParameterException', `${arn} does not exist`);
          await put(service, arn, call);
        } catch (error) {
          const [code, status] =
            error instanceof ServiceError ? [error.code, error.status] : ['InternalServiceException', 500];
          FailedResourcesMap[arn] = {
            ErrorCode: code as NonNullable<FailureInfo['ErrorCode']>,
            ErrorMessage: (error as Error).message,
            StatusCode: status,
          };
        }
      }
      return jsonReply({ FailedResourcesMap });
    };
  return {
    'tagging:TagResources': change((service, arn, { region, parameters }) =>
      service.tag(region, arn, tagsOf(parameters.Tags)),
    ),
    'tagging:UntagResources': change((service, arn, { region, parameters }) =>
      service.untag(region, arn, texts(parameters, 'TagKeys')),
    ),
    'tagging:GetResources': async ({ region, parameters }) => {
      const found = await Promise.all([own, ...Object.values(services)].map((each) => each.found(region)));
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
  };
}
