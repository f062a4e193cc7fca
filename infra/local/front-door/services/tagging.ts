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
import { ofMinistack } from './found-tags.ts';
import { page } from './json-service.ts';
import { ownTagging, type Tagging, taggings } from './taggings.ts';
import { tagsOf } from './tags.ts';

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
  const known = (name: string, service: Tagging, region: string) =>
    service.found?.(region) ?? ofMinistack(emulator, region, name);
  /** Each ARN by itself: the reply is a success, and lists those that were refused. */
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
          if (service !== own && !(await known(name, service, call.region)).some(([each]) => each === arn))
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
      const found = await Promise.all([own, ...Object.values(services)].map((each) => each.found?.(region) ?? []));
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
