import {
  CreateServiceCommand,
  DeleteServiceCommand,
  type Deployment,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  type Service,
  type Task,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { lowerTagList, orUnmanaged, ownedBy, ownershipTags, tagsOf } from '../aws/ownership.ts';
import { ageInSeconds, remainingSeconds } from './age.ts';
import { compare, names, sorted } from './differences.ts';
import { deployStage, environments } from './environments.ts';
import { type Found, type Readiness, type Resource, ref, type Unmanaged } from './resource.ts';
import { appContainer } from './task-definition.ts';

/** From the start of a deployment until steady, beyond an active load balancer: 55 to 127 s, mostly 65 s (n = 7). */
const typicalSeconds = 65;

/** Path of the difference that a deployment which failed makes. */
const failedDeployment = 'deployment';

/** Events and stopped tasks that are kept for a report; ECS keeps the last 100 events, and stopped tasks for an hour. */
const kept = 5;

/** What can be changed on a living service, apart from the task definition and the desired count. */
interface Settings {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly publicAddresses: boolean;
  readonly targetGroup: string;
  readonly containerName: string;
  readonly containerPort: number;
  readonly circuitBreaker: boolean;
  readonly rollback: boolean;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly healthCheckGraceSeconds: number;
  readonly managedTags: boolean;
  readonly propagateTags: string;
  readonly zoneRebalancing: string;
  readonly executeCommand: boolean;
}

export interface ServiceSpec extends Settings {
  readonly name: string;
  readonly cluster: string;
  readonly launchType: 'FARGATE';
  readonly taskDefinition: string;
  readonly desiredCount: number;
  /** Autoscaling moves the desired count between these. */
  readonly minCount: number;
  readonly maxCount: number;
}

export interface Rollout {
  readonly primary: boolean;
  readonly taskDefinition: string;
  readonly state: string;
  readonly reason: string;
  readonly ageSeconds: number;
}

export interface ServiceFound extends Found, Settings {
  readonly name: string;
  readonly cluster: string;
  readonly launchType: string;
  readonly taskDefinition: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly rollouts: readonly Rollout[];
  readonly healthyTargets: number;
  /** Why targets are not healthy, each reason once. */
  readonly targetReasons: readonly string[];
  /** Of the current deployment, the newest first. */
  readonly events: readonly string[];
  /** Why tasks stopped, each reason once; read only while the service is not steady. */
  readonly stopReasons: readonly string[];
}

export const service: Resource<ServiceSpec, ServiceFound> = {
  kind: 'service',
  permissions: {
    read: ['ecs:DescribeServices', 'ecs:ListTasks', 'ecs:DescribeTasks', 'elasticloadbalancing:DescribeTargetHealth'],
    write: ['ecs:CreateService', 'ecs:TagResource', 'ecs:UpdateService', 'ecs:DeleteService', 'tag:TagResources'],
  },
  owned: 'by tag',

  specs: (config) =>
    environments.map((environment) => ({
      key: environment,
      stage: deployStage[environment],
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
        executeCommand: false,
      },
    })),

  async list(cloud, outputs) {
    const cluster = outputs.cluster?.main?.id;
    if (cluster === undefined) return [];
    const answer = await ignoreNotFound(
      cloud
        .client(ECSClient)
        .send(new DescribeServicesCommand({ cluster, services: [...environments], include: ['TAGS'] })),
    );
    const found: (ServiceFound | Unmanaged)[] = [];
    for (const seen of (answer?.services ?? []).filter(isAlive)) {
      if (ownedBy(cloud.scope, 'service', tagsOf(seen.tags)) === undefined) {
        found.push(...orUnmanaged([], `${cluster}/${seen.serviceName}`));
        continue;
      }
      const steady = isSteady(seen);
      // A look at everything takes ECS's word for it: a rollout is completed by healthy targets, and a task that fails
      // its checks is stopped and missing from the count. Whoever waits for a deployment asks ELB itself.
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
    ...(found.desiredCount >= spec.minCount && found.desiredCount <= spec.maxCount
      ? []
      : compare('desiredCount', found.desiredCount, spec.desiredCount)),
    ...compare('subnets', sorted(found.subnets), sorted(spec.subnets)),
    ...compare('securityGroups', sorted(found.securityGroups), sorted(spec.securityGroups)),
    ...scalarSettings.flatMap((name) => compare(name, found[name], spec[name])),
    // A first deployment has nothing to roll back to: it stays failed, and ECS does not try again by itself.
    ...(found.rollouts.some(({ primary, state }) => primary && state === 'FAILED')
      ? [{ path: failedDeployment, was: 'FAILED', want: 'started again' }]
      : []),
  ],

  async create(cloud, { key, spec }, intent) {
    const tags = lowerTagList(ownershipTags(cloud.scope, 'service', key, intent.id));
    const made = await cloud.client(ECSClient).send(
      new CreateServiceCommand({
        serviceName: spec.name,
        cluster: spec.cluster,
        launchType: spec.launchType,
        taskDefinition: spec.taskDefinition,
        desiredCount: spec.desiredCount,
        clientToken: intent.token,
        ...toRequest(spec),
        tags,
      }),
    );
    const [found] = toFound(cloud.scope, spec.cluster, { ...made.service, tags }, [], []);
    if (found === undefined) throw new TypeError('CreateService answered without a living service');
    return found;
  },

  // Nothing but what differs: ECS may take a repeated setting as the wish for a new deployment.
  async update(cloud, { spec }, found, differences) {
    const differs = (...paths: readonly (keyof ServiceSpec)[]) => paths.some((path) => names(differences, path));
    const request = toRequest(spec);
    await cloud.client(ECSClient).send(
      new UpdateServiceCommand({
        cluster: found.cluster,
        service: found.name,
        ...(differs('taskDefinition') ? { taskDefinition: spec.taskDefinition } : {}),
        ...(names(differences, failedDeployment) ? { forceNewDeployment: true } : {}),
        // Within its bounds the count is autoscaling's.
        ...(differs('desiredCount') ? { desiredCount: spec.desiredCount } : {}),
        ...(differs('subnets', 'securityGroups', 'publicAddresses')
          ? { networkConfiguration: request.networkConfiguration }
          : {}),
        ...(differs('targetGroup', 'containerName', 'containerPort') ? { loadBalancers: request.loadBalancers } : {}),
        ...(differs('circuitBreaker', 'rollback', 'minimumHealthyPercent', 'maximumPercent')
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
  'executeCommand',
] as const satisfies readonly (keyof Settings)[];

function readiness(found: ServiceFound, spec: ServiceSpec): Readiness {
  const primary = found.rollouts.find((rollout) => rollout.primary);
  const failure = failureOf(found, spec, primary);
  if (failure !== undefined)
    return {
      state: 'failed',
      reason: [failure, ...obstacles(found), ...found.stopReasons, ...found.targetReasons].join('; '),
    };
  const onIt = primary?.taskDefinition === spec.taskDefinition;
  const enough = found.runningCount >= found.desiredCount && found.healthyTargets >= found.desiredCount;
  if (primary?.state === 'COMPLETED' && onIt && enough) return { state: 'ready' };
  const counts = `${found.runningCount} of ${found.desiredCount} tasks run, ${found.healthyTargets} are healthy`;
  return {
    state: 'pending',
    reason: [counts, ...obstacles(found), ...found.stopReasons, ...found.targetReasons].join('; '),
    typicalSeconds: remainingSeconds(typicalSeconds, primary?.ageSeconds ?? 0),
  };
}

/** ECS tells in an event why it can't even start a task: "(service staging) was unable to place a task because …". */
const obstacles = ({ events }: ServiceFound): readonly string[] =>
  events.filter((event) => event.includes('unable')).slice(0, 1);

/** Why the deployment of the wanted task definition has failed, if it has. */
function failureOf(found: ServiceFound, spec: ServiceSpec, primary: Rollout | undefined): string | undefined {
  // Beside a newer deployment of the same tasks an older failure no longer counts: it was started again.
  const again = primary?.taskDefinition === spec.taskDefinition;
  const failed = found.rollouts.find(
    (rollout) =>
      rollout.state === 'FAILED' && (rollout.primary || (!again && rollout.taskDefinition === spec.taskDefinition)),
  );
  if (failed !== undefined) return `the deployment failed: ${failed.reason}`;
  // Once it has rolled back ECS forgets the failed deployment: the older one is primary again, and its reason says why.
  if (
    primary !== undefined &&
    primary.taskDefinition !== spec.taskDefinition &&
    /roll(ing|ed) back/.test(primary.reason)
  )
    return `the deployment failed and was rolled back to ${primary.taskDefinition}: ${primary.reason}`;
  return undefined;
}

/** ECS describes a deleted service as DRAINING while its tasks stop and as INACTIVE for a while after. */
const isAlive = (seen: Service): boolean => seen.status === 'ACTIVE';

const isSteady = (seen: Service): boolean =>
  seen.deployments?.length === 1 &&
  seen.deployments[0]?.rolloutState === 'COMPLETED' &&
  (seen.runningCount ?? 0) >= (seen.desiredCount ?? 0);

export function toFound(
  scope: Scope,
  cluster: string,
  seen: Service,
  /** undefined where nobody asked, since the service is steady. */
  targets: readonly TargetHealthDescription[] | undefined,
  stoppedTasks: readonly Task[],
): ServiceFound[] {
  const owned = ownedBy(scope, 'service', tagsOf(seen.tags));
  if (owned === undefined || seen.serviceArn === undefined || !isAlive(seen)) return [];
  const network = seen.networkConfiguration?.awsvpcConfiguration;
  const balancer = seen.loadBalancers?.[0];
  const configuration = seen.deploymentConfiguration;
  return [
    {
      ...owned,
      id: seen.serviceArn,
      name: seen.serviceName ?? '',
      cluster,
      launchType: seen.launchType ?? '',
      taskDefinition: seen.taskDefinition ?? '',
      desiredCount: seen.desiredCount ?? 0,
      runningCount: seen.runningCount ?? 0,
      subnets: network?.subnets ?? [],
      securityGroups: network?.securityGroups ?? [],
      publicAddresses: network?.assignPublicIp === 'ENABLED',
      targetGroup: balancer?.targetGroupArn ?? '',
      containerName: balancer?.containerName ?? '',
      containerPort: balancer?.containerPort ?? 0,
      circuitBreaker: configuration?.deploymentCircuitBreaker?.enable ?? false,
      rollback: configuration?.deploymentCircuitBreaker?.rollback ?? false,
      minimumHealthyPercent: configuration?.minimumHealthyPercent ?? 100,
      maximumPercent: configuration?.maximumPercent ?? 200,
      healthCheckGraceSeconds: seen.healthCheckGracePeriodSeconds ?? 0,
      managedTags: seen.enableECSManagedTags ?? false,
      propagateTags: seen.propagateTags ?? 'NONE',
      zoneRebalancing: seen.availabilityZoneRebalancing ?? 'DISABLED',
      executeCommand: seen.enableExecuteCommand ?? false,
      rollouts: (seen.deployments ?? []).map(toRollout),
      healthyTargets:
        targets?.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy').length ?? seen.runningCount ?? 0,
      targetReasons: distinct((targets ?? []).map(targetReason)),
      events: eventsOf(seen).slice(0, kept),
      stopReasons: distinct(stoppedTasks.map(stopReason)).slice(0, kept),
    },
  ];
}

function eventsOf({ events = [], deployments = [] }: Service): readonly string[] {
  const since = deployments.find(({ status }) => status === 'PRIMARY')?.createdAt?.getTime() ?? 0;
  return events.flatMap(({ createdAt, message }) =>
    message === undefined || (createdAt?.getTime() ?? 0) < since ? [] : [message],
  );
}

const toRollout = (deployment: Deployment): Rollout => ({
  primary: deployment.status === 'PRIMARY',
  taskDefinition: deployment.taskDefinition ?? '',
  state: deployment.rolloutState ?? 'IN_PROGRESS',
  reason: deployment.rolloutStateReason ?? '',
  ageSeconds: ageInSeconds(deployment.createdAt),
});

/** Of targets that are on their way in or out there is nothing to tell. */
function targetReason({ TargetHealth: health }: TargetHealthDescription): string | undefined {
  if (health?.State !== 'unhealthy' && health?.State !== 'unavailable') return undefined;
  return `target ${health.State}: ${health.Description ?? health.Reason ?? 'ELB gives no reason'}`;
}

/** A task that stopped because fewer were wanted tells nothing about why the rest don't run. */
function stopReason(task: Task): string | undefined {
  const reason = task.stoppedReason ?? '';
  if (reason.startsWith('Scaling activity initiated by')) return undefined;
  const containers = (task.containers ?? []).flatMap(({ name, reason: why, exitCode }) => {
    const parts = [why, exitCode === undefined ? undefined : `exit code ${exitCode}`].filter((part) => part);
    return parts.length === 0 ? [] : [`${name}: ${parts.join(', ')}`];
  });
  const text = [reason, ...containers].filter((part) => part !== '').join(' · ');
  return text === '' ? undefined : `task stopped: ${text}`;
}

const distinct = (texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
];

async function readTargets(cloud: Cloud, seen: Service): Promise<readonly TargetHealthDescription[]> {
  const TargetGroupArn = seen.loadBalancers?.[0]?.targetGroupArn;
  if (TargetGroupArn === undefined) return [];
  const answer = await ignoreNotFound(
    cloud.client(ElasticLoadBalancingV2Client).send(new DescribeTargetHealthCommand({ TargetGroupArn })),
  );
  return answer?.TargetHealthDescriptions ?? [];
}

/** One page: the reasons repeat themselves. */
async function stopped(cloud: Cloud, { clusterArn, serviceName }: Service): Promise<readonly Task[]> {
  const ecs = cloud.client(ECSClient);
  const { taskArns = [] } = await ecs.send(
    new ListTasksCommand({ cluster: clusterArn, serviceName, desiredStatus: 'STOPPED', maxResults: 10 }),
  );
  if (taskArns.length === 0) return [];
  return (await ecs.send(new DescribeTasksCommand({ cluster: clusterArn, tasks: taskArns }))).tasks ?? [];
}

/** What CreateService and UpdateService call by the same names. */
const toRequest = (spec: ServiceSpec) => ({
  networkConfiguration: {
    awsvpcConfiguration: {
      subnets: [...spec.subnets],
      securityGroups: [...spec.securityGroups],
      assignPublicIp: spec.publicAddresses ? ('ENABLED' as const) : ('DISABLED' as const),
    },
  },
  loadBalancers: [
    { targetGroupArn: spec.targetGroup, containerName: spec.containerName, containerPort: spec.containerPort },
  ],
  deploymentConfiguration: {
    deploymentCircuitBreaker: { enable: spec.circuitBreaker, rollback: spec.rollback },
    minimumHealthyPercent: spec.minimumHealthyPercent,
    maximumPercent: spec.maximumPercent,
  },
  healthCheckGracePeriodSeconds: spec.healthCheckGraceSeconds,
  enableECSManagedTags: spec.managedTags,
  propagateTags: spec.propagateTags === 'SERVICE' ? ('SERVICE' as const) : ('NONE' as const),
  availabilityZoneRebalancing: spec.zoneRebalancing === 'ENABLED' ? ('ENABLED' as const) : ('DISABLED' as const),
  enableExecuteCommand: spec.executeCommand,
});
