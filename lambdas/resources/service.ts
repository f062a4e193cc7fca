import {
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { environmentNamed, environments, settings } from '../../workflow/environments.ts';
import { anywhere, serviceArn } from '../../workflow/names.ts';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import { lowerTagList, made, orUnmanaged, ownedBy, ownershipTags, tagsOf, type Unmanaged } from '../aws/ownership.ts';
import { compare, names, sorted } from './differences.ts';
import { fargateVcpus } from './fargate-usage.ts';
import { creating, onOwned, tagging } from './grants.ts';
import { type Resource, ref } from './resource.ts';
import { readTargets, stopped } from './service-diagnosis.ts';
import { isAlive, isSteady, toFound, toRequest } from './service-mapping.ts';
import { readiness, type ServiceFound, type ServiceSettings, type ServiceSpec } from './service-readiness.ts';
import { appContainer } from './task-container.ts';

/** Path of the difference that a deployment which failed makes. */
const failedDeployment = 'deployment';

const arns = environments.map((environment) => serviceArn(anywhere, environment));

export const service: Resource<ServiceSpec, ServiceFound> = {
  kind: 'service',
  parent: 'cluster',
  permissions: {
    read: [
      'ecs:DescribeServices',
      'ecs:ListTasks',
      'ecs:DescribeTasks',
      'elasticloadbalancing:DescribeTargetHealth',
      'cloudwatch:GetMetricStatistics',
    ],
    write: [
      creating(['ecs:CreateService'], arns),
      ...tagging('ecs', 'CreateService', arns),
      onOwned(['ecs:UpdateService', 'ecs:DeleteService'], arns),
      'tag:TagResources',
    ],
  },
  lingers: true,
  quota: {
    name: 'Fargate On-Demand vCPU resource count',
    service: 'fargate',
    code: 'L-3032A538',
    scope: 'region',
    used: fargateVcpus,
    each: ({ app }) => (app.desiredCount * app.cpu) / 1024,
  },
  environmentOf: environmentNamed,

  specs: (config) =>
    environments.map((environment) => ({
      key: environment,
      stage: settings[environment].deployStage,
      spec: {
        name: environment,
        cluster: ref('cluster', 'main'),
        launchType: 'FARGATE',
        taskDefinition: ref('task-definition', environment),
        desiredCount: config.app.desiredCount,
        minCount: config.app.minCount,
        maxCount: config.app.maxCount,
        subnets: config.network.zones.map(({ letter }) => ref('subnet', `private-${letter}`)),
        securityGroups: [ref('security-group', 'task')],
        publicAddresses: false,
        targetGroup: ref('target-group', environment),
        containerName: appContainer,
        containerPort: config.app.port,
        circuitBreaker: true,
        rollback: true,
        // ECS's defaults: never fewer than wanted during a deployment, at most twice as many.
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        // A task runs after about 56 s at the latest (published measurement); until then ELB's verdict doesn't count.
        healthCheckGraceSeconds: 60,
        managedTags: true,
        propagateTags: 'SERVICE',
        zoneRebalancing: 'ENABLED',
        strategy: 'ROLLING',
        executeCommand: false,
      },
    })),

  async list(cloud, outputs, only = environments) {
    const cluster = outputs.cluster?.main?.id;
    if (cluster === undefined || only.length === 0) return [];
    const answer = await ignoreNotFound(
      cloud.client(ECSClient).send(new DescribeServicesCommand({ cluster, services: [...only], include: ['TAGS'] })),
    );
    const found: (ServiceFound | Unmanaged)[] = [];
    for (const seen of (answer?.services ?? []).filter(isAlive)) {
      if (ownedBy(cloud.scope, 'service', tagsOf(seen.tags)) === undefined) {
        found.push(...orUnmanaged([], seen.serviceName ?? '', `${cluster}/${seen.serviceName}`));
        continue;
      }
      const steady = isSteady(seen);
      // A snapshot takes ECS's word for it: a rollout is completed by healthy targets, and a task that fails its checks is
      // stopped and missing from the count. Whatever waits for a deployment asks ELB itself.
      const targets = steady && cloud.snapshot !== undefined ? undefined : await readTargets(cloud, seen);
      found.push(...toFound(cloud.scope, cluster, seen, targets, steady ? [] : await stopped(cloud, seen)));
    }
    return found;
  },

  readiness,

  diff: (spec, found) => [
    ...compare('name', found.name, spec.name, 'replace'),
    ...compare('cluster', found.cluster, spec.cluster, 'replace'),
    ...compare('launchType', found.launchType, spec.launchType, 'replace'),
    ...compare('taskDefinition', found.taskDefinition, spec.taskDefinition),
    ...compare('desiredCount', found.desiredCount, withinBounds(spec, found.desiredCount)),
    ...compare('subnets', sorted(found.subnets), sorted(spec.subnets)),
    ...compare('securityGroups', sorted(found.securityGroups), sorted(spec.securityGroups)),
    ...scalarSettings.flatMap((name) => compare(name, found[name], spec[name])),
    ...compare(otherLoadBalancers, found.otherLoadBalancers, []),
    // A first deployment has nothing to roll back to: it stays failed, and ECS does not try again by itself.
    ...(found.rollouts.some(({ primary, state }) => primary && state === 'FAILED')
      ? [{ path: failedDeployment, was: 'FAILED', want: 'started again' }]
      : []),
  ],

  async create(cloud, { key, spec }, token) {
    const tags = lowerTagList(ownershipTags(cloud.scope, 'service', key));
    const answer = await cloud.client(ECSClient).send(
      new CreateServiceCommand({
        serviceName: spec.name,
        cluster: spec.cluster,
        launchType: spec.launchType,
        taskDefinition: spec.taskDefinition,
        desiredCount: spec.desiredCount,
        clientToken: token,
        ...toRequest(spec),
        tags,
      }),
    );
    return made(toFound(cloud.scope, spec.cluster, { ...answer.service, tags }, [], []), 'CreateService');
  },

  // Nothing but what differs: ECS may start a new deployment for a setting that is only repeated.
  async update(cloud, { spec }, found, differences) {
    const differs = (...paths: readonly (keyof ServiceSpec)[]) => paths.some((path) => names(differences, path));
    const request = toRequest(spec);
    await cloud.client(ECSClient).send(
      new UpdateServiceCommand({
        cluster: found.cluster,
        service: found.name,
        ...(differs('taskDefinition') ? { taskDefinition: spec.taskDefinition } : {}),
        ...(names(differences, failedDeployment) ? { forceNewDeployment: true } : {}),
        ...(differs('desiredCount') ? { desiredCount: withinBounds(spec, found.desiredCount) } : {}),
        ...(differs('subnets', 'securityGroups', 'publicAddresses')
          ? { networkConfiguration: request.networkConfiguration }
          : {}),
        ...(differs('targetGroup', 'containerName', 'containerPort') || names(differences, otherLoadBalancers)
          ? { loadBalancers: request.loadBalancers }
          : {}),
        ...(differs('circuitBreaker', 'rollback', 'minimumHealthyPercent', 'maximumPercent', 'strategy')
          ? { deploymentConfiguration: request.deploymentConfiguration }
          : {}),
        ...(differs('healthCheckGraceSeconds')
          ? { healthCheckGracePeriodSeconds: request.healthCheckGracePeriodSeconds }
          : {}),
        ...(differs('managedTags') ? { enableECSManagedTags: request.enableECSManagedTags } : {}),
        ...(differs('propagateTags') ? { propagateTags: request.propagateTags } : {}),
        ...(differs('zoneRebalancing') ? { availabilityZoneRebalancing: request.availabilityZoneRebalancing } : {}),
        ...(differs('executeCommand') ? { enableExecuteCommand: request.enableExecuteCommand } : {}),
      }),
    );
  },

  arn: ({ id }) => id,

  // `force`: with its tasks, without scaling to none first.
  async delete(cloud, found) {
    try {
      await ignoreNotFound(
        cloud
          .client(ECSClient)
          .send(new DeleteServiceCommand({ cluster: found.cluster, service: found.name, force: true })),
      );
    } catch (error) {
      if (errorCode(error) !== 'ServiceNotActiveException') throw error;
    }
  },

  output: (found) => ({ id: found.id, name: found.name }),
};

const otherLoadBalancers = 'otherLoadBalancers' satisfies keyof ServiceFound;

const scalarSettings = [
  'publicAddresses',
  'targetGroup',
  'containerName',
  'containerPort',
  'circuitBreaker',
  'rollback',
  'minimumHealthyPercent',
  'maximumPercent',
  'healthCheckGraceSeconds',
  'managedTags',
  'propagateTags',
  'zoneRebalancing',
  'strategy',
  'executeCommand',
] as const satisfies readonly (keyof ServiceSettings)[];

/** Within its bounds the count is autoscaling's; beyond them the nearest bound cuts or adds as few tasks as possible. */
const withinBounds = ({ minCount, maxCount }: ServiceSpec, count: number): number =>
  Math.min(Math.max(count, minCount), maxCount);
