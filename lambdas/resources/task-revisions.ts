import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type DescribeTaskDefinitionCommandOutput,
  ECSClient,
  paginateListTaskDefinitions,
  type TaskDefinitionStatus,
} from '@aws-sdk/client-ecs';
import type { Environment } from '../../workflow/environments.ts';
import { clusterName, taskFamily } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { orUnmanaged, ownedBy, tagsOf, type Unmanaged } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { noRevision, says } from '../aws/saying.ts';
import { type Release, releaseOf } from './release.ts';
import type { Found } from './resource.ts';
import { appContainer, type PlainContainer, plainContainer } from './task-container.ts';

export interface TaskDefinitionFound extends Found {
  readonly family: string;
  readonly cpu: string;
  readonly memory: string;
  readonly executionRole?: string;
  readonly taskRole?: string;
  readonly networkMode: string;
  readonly compatibility: readonly string[];
  readonly architecture: string;
  readonly system: string;
  /** Of the app's container; absent where there is none. */
  readonly release?: Release;
  /** Containers by name, as `plainContainer` leaves them. */
  readonly containers: Readonly<Record<string, PlainContainer>>;
}

type Described = Pick<DescribeTaskDefinitionCommandOutput, 'taskDefinition' | 'tags'>;

export function toFound(scope: Scope, { taskDefinition: seen, tags }: Described): TaskDefinitionFound[] {
  const owned = ownedBy(scope, 'task-definition', tagsOf(tags));
  if (owned === undefined || seen?.taskDefinitionArn === undefined) return [];
  const containers = (seen.containerDefinitions ?? []).map(releaseOf);
  const release = containers.find(({ container }) => container.name === appContainer)?.release;
  return [
    {
      ...owned,
      id: seen.taskDefinitionArn,
      family: seen.family ?? '',
      cpu: seen.cpu ?? '',
      memory: seen.memory ?? '',
      networkMode: seen.networkMode ?? '',
      compatibility: seen.requiresCompatibilities ?? [],
      architecture: seen.runtimePlatform?.cpuArchitecture ?? '',
      system: seen.runtimePlatform?.operatingSystemFamily ?? '',
      containers: Object.fromEntries(
        containers.map(({ container }) => [container.name ?? '', plainContainer(container)]),
      ),
      ...(release === undefined ? {} : { release: { ...release, ...(scope.keepReleases ? { kept: true } : {}) } }),
      ...(seen.executionRoleArn === undefined ? {} : { executionRole: seen.executionRoleArn }),
      ...(seen.taskRoleArn === undefined ? {} : { taskRole: seen.taskRoleArn }),
    },
  ];
}

/** The newest active revision that carries our tags: as a rule the family's newest, which one call shows. */
export async function latestOf(cloud: Cloud, family: string): Promise<readonly (TaskDefinitionFound | Unmanaged)[]> {
  const client = cloud.client(ECSClient);
  const newest = await newestActive(cloud, family);
  const latest = newest === undefined ? [] : toFound(cloud.scope, newest);
  if (latest.length > 0) return latest;
  const query = { familyPrefix: family, status: 'ACTIVE', sort: 'DESC' } as const;
  for await (const page of paginateListTaskDefinitions({ client }, query))
    for (const taskDefinition of page.taskDefinitionArns ?? []) {
      const answer = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }));
      const found = toFound(cloud.scope, answer);
      if (found.length > 0) return found;
    }
  return newest === undefined ? [] : orUnmanaged([], family);
}

/** The revision that an environment's service runs, if it is one of ours. */
export async function runningIn(cloud: Cloud, environment: Environment): Promise<TaskDefinitionFound[]> {
  const ecs = cloud.client(ECSClient);
  const query = { cluster: clusterName(cloud.scope), services: [environment] };
  const answer = await ignoreNotFound(ecs.send(new DescribeServicesCommand(query)));
  const taskDefinition = answer?.services?.find(({ status }) => status === 'ACTIVE')?.taskDefinition;
  if (taskDefinition === undefined) return [];
  const described = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }));
  return toFound(cloud.scope, described).filter(({ family }) => family === taskFamily(cloud.scope, environment));
}

async function newestActive(cloud: Cloud, family: string): Promise<Described | undefined> {
  try {
    return await cloud
      .client(ECSClient)
      .send(new DescribeTaskDefinitionCommand({ taskDefinition: family, include: ['TAGS'] }));
  } catch (error) {
    if (says(error, noRevision)) return undefined;
    throw error;
  }
}

export const revisions = (cloud: Cloud, family: string, status: TaskDefinitionStatus): Promise<readonly string[]> =>
  allPages(
    paginateListTaskDefinitions({ client: cloud.client(ECSClient) }, { familyPrefix: family, status }),
    ({ taskDefinitionArns }) => taskDefinitionArns,
  );
