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
import { environmentNamed, environments } from '../../workflow/environments.ts';
import {
  appLogGroup,
  buildLogGroup,
  flowLogGroup,
  insightsLogGroup,
  logGroupArn,
  logGroupPatterns,
} from '../../workflow/names.ts';
import type { MakingStageName } from '../../workflow/stages.ts';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import {
  made,
  ownedBy,
  ownershipTag,
  ownershipTags,
  type Tags,
  type Unmanaged,
  unmanagedName,
} from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { tagsOfArn } from '../aws/tags.ts';
import { compare } from './differences.ts';
import { creating, onOwned } from './grants.ts';
import { type Found, type Resource, readyAtOnce } from './resource.ts';

export interface LogGroupSpec {
  readonly name: string;
  readonly retentionDays: number;
}

export interface LogGroupFound extends Found {
  readonly name: string;
  readonly arn: string;
  /** Absent: CloudWatch Logs keeps everything for ever. */
  readonly retentionDays?: number;
}

/** Every name that we give. */
/** By key. */
const namesIn = (place: Pick<Scope, 'deployment'>): ReadonlyMap<string, string> =>
  new Map([
    ['flow-logs', flowLogGroup(place)],
    ...environments.map((environment) => [environment, appLogGroup(place, environment)] as const),
    ['container-insights', insightsLogGroup(place)],
    ['build', buildLogGroup(place)],
  ]);

export const logGroup: Resource<LogGroupSpec, LogGroupFound> = {
  kind: 'log-group',
  permissions: {
    read: ['logs:DescribeLogGroups', 'logs:ListTagsForResource'],
    write: [
      { actions: ['logs:ListTagsForResource'], resources: logGroupPatterns },
      creating(['logs:CreateLogGroup', 'logs:TagResource'], logGroupPatterns),
      onOwned(['logs:TagResource', 'logs:PutRetentionPolicy', 'logs:DeleteLogGroup'], logGroupPatterns),
      'tag:TagResources',
    ],
  },
  environmentOf: environmentNamed,

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

  async list(cloud, _outputs, only) {
    const found: (LogGroupFound | Unmanaged)[] = [];
    const names = [...namesIn(cloud.scope)].flatMap(([key, name]) => (only?.includes(key) === false ? [] : [name]));
    for (const seen of await describe(cloud)) {
      const name = seen.logGroupName ?? '';
      if (!names.includes(name)) continue;
      const tags = await tagsOfArn(cloud, logGroupArn(cloud.scope, name), () => readTags(cloud, name));
      const owned = toFound(cloud.scope, seen, tags);
      if (owned.length > 0) found.push(...owned);
      else found.push({ key: name, id: name, unmanaged: true, ...(isSigned(tags) ? {} : { adopted: true }) });
    }
    return found;
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('name', found.name, spec.name, 'replace'),
    ...compare('retentionDays', found.retentionDays, spec.retentionDays),
  ],

  async create(cloud, { key, spec }) {
    const tags = ownershipTags(cloud.scope, 'log-group', key);
    try {
      await cloud
        .client(CloudWatchLogsClient)
        .send(new CreateLogGroupCommand({ logGroupName: spec.name, tags: { ...tags } }));
    } catch (error) {
      if (errorCode(error) !== 'ResourceAlreadyExistsException') throw error;
      await adopt(cloud, key, spec.name, tags);
    }
    return made(toFound(cloud.scope, { logGroupName: spec.name }, tags), 'CreateLogGroup');
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
      arn: logGroupArn(scope, seen.logGroupName),
      ...(seen.retentionInDays === undefined ? {} : { retentionDays: seen.retentionInDays }),
    },
  ];
}

/**
 * All groups that have the deployment's name in theirs, in one call. Not by `logGroupIdentifiers`: nothing says what it
 * answers for a group that does not exist.
 */
function describe(cloud: Cloud): Promise<readonly LogGroup[]> {
  const client = cloud.client(CloudWatchLogsClient);
  const query = { logGroupNamePattern: cloud.scope.deployment };
  return allPages(paginateDescribeLogGroups({ client }, query), ({ logGroups }) => logGroups);
}

async function readTags(cloud: Cloud, name: string): Promise<Tags> {
  const answer = await ignoreNotFound(
    cloud
      .client(CloudWatchLogsClient)
      .send(new ListTagsForResourceCommand({ resourceArn: logGroupArn(cloud.scope, name) })),
  );
  return answer?.tags ?? {};
}

/**
 * ECS and CodeBuild make their groups again when something writes after a deletion, untagged; by the names only we would
 * give they are ours.
 */
async function adopt(cloud: Cloud, key: string, name: string, tags: Tags): Promise<void> {
  const owner = (await readTags(cloud, name))[ownershipTag.deployment];
  if (owner !== undefined && owner !== cloud.scope.deployment) throw unmanagedName(cloud.scope, 'log-group', key, name);
  await cloud
    .client(CloudWatchLogsClient)
    .send(new TagResourceCommand({ resourceArn: logGroupArn(cloud.scope, name), tags: { ...tags } }));
}

/** A deployment's: the tags say which. */
const isSigned = (tags: Tags): boolean => tags[ownershipTag.deployment] !== undefined;
