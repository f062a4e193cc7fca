import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  ListTagsForResourceCommand,
  type LogGroup,
  PutRetentionPolicyCommand,
  paginateDescribeLogGroups,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { appLogGroup, arnOf, nameOf } from '../../workflow/names.ts';
import type { MakingStageName } from '../../workflow/stages.ts';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { orUnmanaged, ownedBy, ownershipTag, ownershipTags, type Tags } from '../aws/ownership.ts';
import { tagsOfArn } from '../aws/tags.ts';
import { ResourceFailedError } from '../errors.ts';
import { clusterName } from './cluster.ts';
import { compare } from './differences.ts';
import { environments } from './environments.ts';
import { type Found, type Resource, readyAtOnce, type Unmanaged } from './resource.ts';

export interface LogGroupSpec {
  readonly name: string;
  readonly retentionDays: number;
}

export interface LogGroupFound extends Found {
  readonly name: string;
  readonly arn: string;
  /** None: CloudWatch Logs keeps everything for ever. */
  readonly retentionDays?: number;
}

/** Container Insights writes here, and would make the group itself, without retention. */
const insightsLogGroup = (place: Pick<Scope, 'deployment'>): string =>
  `/aws/ecs/containerinsights/${clusterName(place)}/performance`;

/** CodeBuild's own choice of name for a project's log. */
export const buildLogGroup = (place: Pick<Scope, 'deployment'>): string => `/aws/codebuild/${nameOf(place, 'build')}`;

export const flowLogGroup = (place: Pick<Scope, 'deployment'>): string => `/slipway/${place.deployment}/flow-logs`;

/** Every name that we give. */
const namesIn = (place: Pick<Scope, 'deployment'>): string[] => [
  flowLogGroup(place),
  ...environments.map((environment) => appLogGroup(place, environment)),
  insightsLogGroup(place),
  buildLogGroup(place),
];

export const logGroup: Resource<LogGroupSpec, LogGroupFound> = {
  kind: 'log-group',
  permissions: {
    read: ['logs:DescribeLogGroups', 'logs:ListTagsForResource'],
    write: [
      'logs:CreateLogGroup',
      'logs:TagResource',
      'logs:ListTagsForResource',
      'logs:PutRetentionPolicy',
      'logs:DeleteLogGroup',
      'tag:TagResources',
    ],
  },
  owned: 'by tag',

  specs(config) {
    const wanted = (stage: MakingStageName, key: string, name: string) => ({
      key,
      stage,
      spec: { name, retentionDays: config.logRetentionDays },
    });
    return [
      wanted('vpc', 'flow-logs', flowLogGroup(config)),
      ...environments.map((environment) => wanted('ecs', environment, appLogGroup(config, environment))),
      wanted('ecs', 'container-insights', insightsLogGroup(config)),
      ...(config.primary ? [wanted('pipeline', 'build', buildLogGroup(config))] : []),
    ];
  },

  async list(cloud) {
    const found: (LogGroupFound | Unmanaged)[] = [];
    // The names filter the list: one that does not exist is left out (service model: no error for it).
    const query = { logGroupIdentifiers: namesIn(cloud.scope) };
    for await (const page of paginateDescribeLogGroups({ client: cloud.client(CloudWatchLogsClient) }, query))
      for (const seen of page.logGroups ?? []) {
        const name = seen.logGroupName ?? '';
        const tags = await tagsOfArn(cloud, arnOfLogGroup(cloud.scope, name), () => readTags(cloud, name));
        found.push(...orUnmanaged(toFound(cloud.scope, seen, tags), name));
      }
    return found;
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('name', found.name, spec.name, 'replace'),
    ...compare('retentionDays', found.retentionDays, spec.retentionDays),
  ],

  async create(cloud, { key, spec }, intent) {
    const tags = ownershipTags(cloud.scope, 'log-group', key, intent.id);
    try {
      await cloud
        .client(CloudWatchLogsClient)
        .send(new CreateLogGroupCommand({ logGroupName: spec.name, tags: { ...tags } }));
    } catch (error) {
      if (errorCode(error) !== 'ResourceAlreadyExistsException') throw error;
      await adopt(cloud, spec.name, tags);
    }
    const [found] = toFound(cloud.scope, { logGroupName: spec.name }, tags);
    if (found === undefined) throw new TypeError(`the log group ${spec.name} is not ours by its own tags`);
    return found;
  },

  async update(cloud, { spec }, found) {
    await cloud
      .client(CloudWatchLogsClient)
      .send(new PutRetentionPolicyCommand({ logGroupName: found.name, retentionInDays: spec.retentionDays }));
  },

  arn: ({ arn }) => arn,

  async delete(cloud, found) {
    await ignoreNotFound(
      cloud.client(CloudWatchLogsClient).send(new DeleteLogGroupCommand({ logGroupName: found.name })),
    );
  },

  output: (found) => ({ id: found.name, arn: found.arn }),
};

export function toFound(scope: Scope, seen: LogGroup, tags: Tags): LogGroupFound[] {
  const owned = ownedBy(scope, 'log-group', tags);
  if (owned === undefined || seen.logGroupName === undefined) return [];
  return [
    {
      ...owned,
      id: seen.logGroupName,
      name: seen.logGroupName,
      arn: arnOfLogGroup(scope, seen.logGroupName),
      ...(seen.retentionInDays === undefined ? {} : { retentionDays: seen.retentionInDays }),
    },
  ];
}

/** Without the `:*` that DescribeLogGroups puts behind it: the tagging calls refuse that. */
const arnOfLogGroup = (scope: Scope, name: string): string => arnOf(scope, 'logs', `log-group:${name}`);

async function readTags(cloud: Cloud, name: string): Promise<Tags> {
  const answer = await ignoreNotFound(
    cloud
      .client(CloudWatchLogsClient)
      .send(new ListTagsForResourceCommand({ resourceArn: arnOfLogGroup(cloud.scope, name) })),
  );
  return answer?.tags ?? {};
}

/**
 * ECS and CodeBuild make their groups again when something writes after a deletion, untagged; by the names only we would
 * give they are ours.
 */
async function adopt(cloud: Cloud, name: string, tags: Tags): Promise<void> {
  const owner = (await readTags(cloud, name))[ownershipTag.deployment];
  if (owner !== undefined && owner !== cloud.scope.deployment)
    throw new ResourceFailedError(
      `log group ${name} in ${cloud.scope.region} belongs to the deployment ${owner}; remove it or choose another deployment name`,
    );
  await cloud
    .client(CloudWatchLogsClient)
    .send(new TagResourceCommand({ resourceArn: arnOfLogGroup(cloud.scope, name), tags: { ...tags } }));
}
