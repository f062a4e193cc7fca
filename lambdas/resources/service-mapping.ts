import type { Deployment, Service, Task } from '@aws-sdk/client-ecs';
import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Scope } from '../aws/cloud.ts';
import { ownedBy, tagsOf } from '../aws/ownership.ts';
import { ageInSeconds } from './age.ts';
import { eventsOf, stopReasons, targetReasons } from './service-diagnosis.ts';
import type { Rollout, ServiceFound, ServiceSpec } from './service-readiness.ts';

// Between ECS's shapes and ours.

/** ECS describes a deleted service as DRAINING while its tasks stop and as INACTIVE for a while after. */
export const isAlive = (seen: Service): boolean => seen.status === 'ACTIVE';

export const isSteady = (seen: Service): boolean =>
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
  const [balancer, ...otherLoadBalancers] = seen.loadBalancers ?? [];
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
      otherLoadBalancers,
      strategy: configuration?.strategy ?? 'ROLLING',
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
      targetReasons: targetReasons(targets ?? []),
      events: eventsOf(seen),
      stopReasons: stopReasons(stoppedTasks),
    },
  ];
}

const toRollout = (deployment: Deployment): Rollout => ({
  primary: deployment.status === 'PRIMARY',
  taskDefinition: deployment.taskDefinition ?? '',
  state: deployment.rolloutState ?? 'IN_PROGRESS',
  reason: deployment.rolloutStateReason ?? '',
  ageSeconds: ageInSeconds(deployment.createdAt),
});

/** What CreateService and UpdateService call by the same names. */
export const toRequest = (spec: ServiceSpec) => ({
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
    strategy: 'ROLLING' as const,
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
