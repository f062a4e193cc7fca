import { account } from '../../paths.ts';
import { type Call, type Parameters, structures, text, texts } from '../call.ts';
import { tagsOf } from '../services/tags.ts';
import type { Living } from './living.ts';

export type Context = Readonly<Record<string, string | string[]>>;

/** The tags that a request sets, wherever its service has them. */
export function requestedTags({ parameters }: Pick<Call, 'parameters'>): Readonly<Record<string, string>> {
  const specified = structures(parameters, 'TagSpecification').flatMap((each) => structures(each, 'Tag'));
  const given = parameters.Tags ?? parameters.tags ?? parameters.Tag ?? parameters.tagList;
  return { ...tagsOf(specified), ...tagsOf(given) };
}

export const tagContext = (tags: Readonly<Record<string, string>>): Context => ({
  ...(Object.keys(tags).length === 0 ? {} : { 'aws:TagKeys': Object.keys(tags) }),
  ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
});

/** What AWS says of every request: who, where, how. Locally it is plain HTTP, on AWS it is not. */
export const commonContext = (region: string, roleArn: string): Context => ({
  'aws:PrincipalAccount': account,
  'aws:PrincipalArn': roleArn,
  'aws:PrincipalType': 'AssumedRole',
  'aws:RequestedRegion': region,
  'aws:ResourceAccount': account,
  'aws:SecureTransport': 'true',
  'aws:CurrentTime': new Date().toISOString(),
  'ec2:Region': region,
});

/** Values of the partition key in the items that a request names. */
function leadingKeys({ action, parameters }: Call, key: string): readonly string[] {
  const textOf = (attribute: unknown): readonly string[] => {
    const [value] = Object.values((attribute ?? {}) as Readonly<Record<string, unknown>>);
    return typeof value === 'string' ? [value] : [];
  };
  const named = (item: unknown): readonly string[] => textOf((item as Parameters | undefined)?.[key]);
  if (action !== 'Query') return [...named(parameters.Key), ...named(parameters.Item)];
  const names = (parameters.ExpressionAttributeNames ?? {}) as Readonly<Record<string, string>>;
  const values = (parameters.ExpressionAttributeValues ?? {}) as Readonly<Record<string, unknown>>;
  const equal = [...(text(parameters, 'KeyConditionExpression') ?? '').matchAll(/([#\w]+)\s*=\s*(:\w+)/g)];
  return equal.flatMap(([, name = '', value = '']) => ((names[name] ?? name) === key ? textOf(values[value]) : []));
}

/** Condition keys of single services, as far as somebody's policy may name them (service authorization reference). */
export async function serviceContext(call: Call, living: Living): Promise<Context> {
  const { service, parameters, region } = call;
  const given = (key: string, value: string | string[] | undefined): Context =>
    value === undefined || value.length === 0 ? {} : { [key]: value };
  switch (service) {
    case 'dynamodb':
      return {
        ...given('dynamodb:LeadingKeys', [
          ...leadingKeys(call, await living.partitionKey(region, text(parameters, 'TableName') ?? '')),
        ]),
        ...given('dynamodb:ReturnValues', text(parameters, 'ReturnValues')),
      };
    case 'ecs': {
      const cluster = text(parameters, 'cluster');
      const arn = cluster?.startsWith('arn:') ? cluster : `arn:aws:ecs:${region}:${account}:cluster/${cluster}`;
      return given('ecs:cluster', cluster === undefined ? undefined : arn);
    }
    case 'events':
      return given(
        'events:TargetArn',
        structures(parameters, 'Targets').flatMap((target) => text(target, 'Arn') ?? []),
      );
    case 'iam': {
      const name = text(parameters, 'RoleName');
      // Of a role that stands, its own boundary counts; of one that is made or gets another, the request's.
      const boundary =
        text(parameters, 'PermissionsBoundary') ??
        (name === undefined ? undefined : (await living.role(name))?.boundary?.arn);
      return {
        ...given('iam:PermissionsBoundary', boundary),
        ...given('iam:AWSServiceName', text(parameters, 'AWSServiceName')),
        ...given('iam:PolicyARN', text(parameters, 'PolicyArn')),
      };
    }
    case 'monitoring':
      return given('cloudwatch:namespace', text(parameters, 'Namespace'));
    case 'servicequotas':
      return given('servicequotas:service', text(parameters, 'ServiceCode'));
    case 'sns':
      return {
        ...given('sns:Protocol', text(parameters, 'Protocol')),
        ...given('sns:Endpoint', text(parameters, 'Endpoint')),
      };
    default:
      return {};
  }
}

/** Keys of tags that a request takes away. */
export const removedTagKeys = ({ parameters }: Pick<Call, 'parameters'>): Context => {
  const keys = [...texts(parameters, 'TagKeys'), ...texts(parameters, 'tagKeys')];
  return keys.length === 0 ? {} : { 'aws:TagKeys': keys };
};
