import type { Kind } from '../../workflow/stages.ts';
import { type Decisions, itself } from './decisions.ts';

const scaledWhat = 'says that it is the number of a service’s tasks';
const rolling = 'tasks are replaced by ECS’s rolling deployments, and by no others';
const noVolumes = 'the app writes nothing to disk';

export const computeDecisions = {
  cluster: {
    client: 'ecs',
    operations: ['CreateCluster', 'UpdateCluster', 'UpdateClusterSettings', 'PutClusterCapacityProviders'],
    owned: { clusterName: 'name', settings: 'containerInsights' },
    others: { 'whoever looks into running containers, which the services do not allow': ['configuration'] },
    notApplicable: {
      [itself]: ['cluster'],
      'the services name Fargate themselves': ['capacityProviders', 'defaultCapacityProviderStrategy'],
      'Service Connect is not used: a service has to ask for it': ['serviceConnectDefaults'],
    },
  },
  'task-definition': {
    client: 'ecs',
    operations: ['RegisterTaskDefinition'],
    owned: {
      family: 'family',
      containerDefinitions: 'containers',
      taskRoleArn: 'taskRole',
      executionRoleArn: 'executionRole',
      networkMode: 'networkMode',
      requiresCompatibilities: 'compatibility',
      cpu: 'cpu',
      memory: 'memory',
      'runtimePlatform.cpuArchitecture': 'architecture',
      'runtimePlatform.operatingSystemFamily': 'system',
    },
    notApplicable: {
      [noVolumes]: ['volumes', 'ephemeralStorage'],
      'concerns instances': ['placementConstraints', 'pidMode', 'ipcMode', 'inferenceAccelerators'],
      'there is one container, and no proxy': ['proxyConfiguration'],
      'the containers have no fault injection to reach': ['enableFaultInjection'],
    },
  },
  service: {
    client: 'ecs',
    operations: ['CreateService', 'UpdateService'],
    owned: {
      serviceName: 'name',
      cluster: 'cluster',
      taskDefinition: 'taskDefinition',
      availabilityZoneRebalancing: 'zoneRebalancing',
      'deploymentConfiguration.strategy': 'strategy',
      loadBalancers: 'targetGroup',
      desiredCount: 'desiredCount',
      launchType: 'launchType',
      'deploymentConfiguration.deploymentCircuitBreaker': 'circuitBreaker',
      'deploymentConfiguration.maximumPercent': 'maximumPercent',
      'deploymentConfiguration.minimumHealthyPercent': 'minimumHealthyPercent',
      networkConfiguration: 'subnets',
      healthCheckGracePeriodSeconds: 'healthCheckGraceSeconds',
      enableECSManagedTags: 'managedTags',
      propagateTags: 'propagateTags',
      enableExecuteCommand: 'executeCommand',
    },
    others: {
      'whoever wants alarms to end a deployment': ['deploymentConfiguration.alarms'],
      'whoever measures the service': ['monitoring'],
    },
    notApplicable: {
      [itself]: ['service'],
      [rolling]: [
        'deploymentController',
        'deploymentConfiguration.bakeTimeInMinutes',
        'deploymentConfiguration.lifecycleHooks',
        'deploymentConfiguration.linearConfiguration',
        'deploymentConfiguration.canaryConfiguration',
        'deploymentConfiguration.earlySuccessCriteria',
        'schedulingStrategy',
        'forceNewDeployment',
      ],
      'Fargate’s latest platform version is the default': ['platformVersion'],
      'the launch type says it already': ['capacityProviderStrategy'],
      'concerns instances': ['placementConstraints', 'placementStrategy'],
      'ECS has a role of its own in the account': ['role'],
      'the load balancer is the only way in': [
        'serviceRegistries',
        'serviceConnectConfiguration',
        'vpcLatticeConfigurations',
        'gatewayConnectors',
      ],
      [noVolumes]: ['volumeConfigurations'],
    },
  },
  'scalable-target': {
    client: 'application-auto-scaling',
    operations: ['RegisterScalableTarget', 'PutScheduledAction'],
    owned: { ResourceId: 'resource', MinCapacity: 'minCount', MaxCapacity: 'maxCount', SuspendedState: 'suspended' },
    others: {
      'whoever scales by the clock: the bounds that it leaves behind are ours again': ['PutScheduledAction.*'],
    },
    notApplicable: {
      [scaledWhat]: ['ServiceNamespace', 'ScalableDimension'],
      'Application Auto Scaling has a role of its own in the account': ['RoleARN'],
    },
  },
  'scaling-policy': {
    client: 'application-auto-scaling',
    operations: ['PutScalingPolicy'],
    owned: {
      PolicyName: 'name',
      ResourceId: 'resource',
      PolicyType: 'metric',
      'TargetTrackingScalingPolicyConfiguration.TargetValue': 'targetPercent',
      'TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification': 'metric',
      'TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification': 'metric',
      'TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown': 'scaleOutCooldownSeconds',
      'TargetTrackingScalingPolicyConfiguration.ScaleInCooldown': 'scaleInCooldownSeconds',
      'TargetTrackingScalingPolicyConfiguration.DisableScaleIn': 'scaleInDisabled',
      StepScalingPolicyConfiguration: 'others',
      PredictiveScalingPolicyConfiguration: 'others',
    },
    notApplicable: { [scaledWhat]: ['ServiceNamespace', 'ScalableDimension'] },
  },
} as const satisfies Partial<Record<Kind, Decisions>>;
