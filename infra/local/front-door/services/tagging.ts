import { DescribeTagsCommand } from '@aws-sdk/client-ec2';
import { ListTagsForResourceCommand } from '@aws-sdk/client-ecs';
import { DescribeTagsCommand as DescribeTagsOfCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { FailureInfo } from '@aws-sdk/client-resource-groups-tagging-api';
import {
  type Call,
  type Handlers,
  type Interceptor,
  jsonReply,
  type Parameters,
  ServiceError,
  structures,
  text,
  texts,
} from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { asked, type Tags } from './found-tags.ts';
import { page } from './json-service.ts';
import { ownTagging, type Tagging, taggings } from './taggings.ts';
import { tagsOf } from './tags.ts';

/** The tags of what an ARN names, as they are now; none where it does not exist. */
export function tagsNow(emulator: Emulator, handlers: Handlers) {
  const services = taggings(emulator, handlers);
  const own = ownTagging(emulator);
  return async (region: string, arn: string): Promise<Tags> => {
    const service = arn.split(':')[2] ?? '';
    // What is asked for at every call is asked for by itself.
    if (service === 'ec2') {
      const Filters = [{ Name: 'resource-id', Values: [arn.slice(arn.indexOf('/') + 1)] }];
      return tagsOf((await emulator.ec2(region).send(new DescribeTagsCommand({ Filters }))).Tags);
    }
    if (service === 'ecs') {
      const { tags } = await emulator
        .ecs(region)
        .send(new ListTagsForResourceCommand({ resourceArn: arn }))
        .catch(() => ({ tags: [] }));
      return tagsOf(tags);
    }
    if (service === 'elasticloadbalancing') {
      const { TagDescriptions = [] } = await emulator
        .elb(region)
        .send(new DescribeTagsOfCommand({ ResourceArns: [arn] }))
        .catch(() => ({ TagDescriptions: [] }));
      return tagsOf(TagDescriptions[0]?.Tags);
    }
    if (service === 'application-autoscaling') {
      const { Tags } = await asked(handlers, service, 'ListTagsForResource', region, { ResourceARN: arn }).catch(
        () => ({ Tags: {} }),
      );
      return tagsOf(Tags);
    }
    const found = await (services[service] ?? own).found(region);
    return found.find(([known]) => known === arn)?.[1] ?? {};
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
