import {
  type Cluster,
  CreateClusterCommand,
  DeleteClusterCommand,
  DescribeClustersCommand,
  ECSClient,
  UpdateClusterSettingsCommand,
} from '@aws-sdk/client-ecs';
import { anywhere, clusterArn, clusterName } from '../../workflow/names.ts';
import { typicalSeconds } from '../../workflow/timings.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { lowerTagList, made, orUnmanaged, ownedBy, ownershipTags, tagsOf } from '../aws/ownership.ts';
import { obstaclesIn } from './cluster-obstacles.ts';
import { compare } from './differences.ts';
import { creating, onOwned, tagging } from './grants.ts';
import type { Found, Resource } from './resource.ts';

export interface ClusterSpec {
  readonly name: string;
  /** `enhanced` measures tasks and containers as well, not only services. */
  readonly containerInsights: 'enhanced';
}

export interface ClusterFound extends Found {
  readonly name: string;
  readonly arn: string;
  readonly containerInsights: string;
  readonly status: string;
}

const arns = [clusterArn(anywhere)];

export const cluster: Resource<ClusterSpec, ClusterFound> = {
  kind: 'cluster',
  after: ['service-linked-role'],
  permissions: {
    read: ['ecs:DescribeClusters', 'ecs:ListServices', 'ecs:DescribeServices', 'ecs:ListTasks', 'ecs:DescribeTasks'],
    write: [
      creating(['ecs:CreateCluster'], arns),
      ...tagging('ecs', 'CreateCluster', arns),
      onOwned(['ecs:UpdateClusterSettings', 'ecs:DeleteCluster'], arns),
      'tag:TagResources',
    ],
  },
  lingers: true,

  specs: (config) => [{ key: 'main', spec: { name: clusterName(config), containerInsights: 'enhanced' } }],

  async list(cloud) {
    const alive = (await describe(cloud)).filter(isAlive);
    return alive.flatMap((seen) => orUnmanaged(toFound(cloud.scope, seen), seen.clusterName ?? ''));
  },

  readiness(found) {
    if (found.status === 'ACTIVE') return { state: 'ready' };
    if (found.status === 'FAILED') return { state: 'failed', reason: 'ECS could not make the cluster' };
    return {
      state: 'pending',
      reason: `the cluster is ${found.status.toLowerCase()}`,
      nextCheckSeconds: typicalSeconds('clusterActive'),
    };
  },

  diff: (spec, found) => [
    ...compare('name', found.name, spec.name, 'replace'),
    ...compare('containerInsights', found.containerInsights, spec.containerInsights),
  ],

  async create(cloud, { key, spec }) {
    const tags = lowerTagList(ownershipTags(cloud.scope, 'cluster', key));
    const answer = await cloud.client(ECSClient).send(
      new CreateClusterCommand({
        clusterName: spec.name,
        settings: [{ name: 'containerInsights', value: spec.containerInsights }],
        tags,
      }),
    );
    return made(toFound(cloud.scope, { ...answer.cluster, tags }), 'CreateCluster');
  },

  async update(cloud, { spec }, found) {
    await cloud.client(ECSClient).send(
      new UpdateClusterSettingsCommand({
        cluster: found.name,
        settings: [{ name: 'containerInsights', value: spec.containerInsights }],
      }),
    );
  },

  arn: ({ arn }) => arn,

  obstacles: obstaclesIn,

  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(ECSClient).send(new DeleteClusterCommand({ cluster: found.name })));
  },

  output: (found) => ({ id: found.name, arn: found.arn }),

  headlines: ({ id }) => ({ cluster: id }),
};

/** The cluster of our name, dead or alive, ours or not; ECS answers for a missing one with a `failure`, no error. */
async function describe(cloud: Cloud): Promise<readonly Cluster[]> {
  const answer = await cloud
    .client(ECSClient)
    .send(new DescribeClustersCommand({ clusters: [clusterName(cloud.scope)], include: ['TAGS', 'SETTINGS'] }));
  return answer.clusters ?? [];
}

/** ECS describes a deleted cluster as INACTIVE for a while. */
const isAlive = ({ status }: Cluster): boolean => status !== 'INACTIVE' && status !== 'DEPROVISIONING';

export function toFound(scope: Scope, seen: Cluster): ClusterFound[] {
  const owned = ownedBy(scope, 'cluster', tagsOf(seen.tags));
  if (owned === undefined || seen.clusterArn === undefined || seen.clusterName === undefined || !isAlive(seen))
    return [];
  return [
    {
      ...owned,
      id: seen.clusterName,
      name: seen.clusterName,
      arn: seen.clusterArn,
      containerInsights: seen.settings?.find(({ name }) => name === 'containerInsights')?.value ?? 'disabled',
      status: seen.status ?? 'PROVISIONING',
      ...(seen.registeredContainerInstancesCount ? { instances: seen.registeredContainerInstancesCount } : {}),
    },
  ];
}
