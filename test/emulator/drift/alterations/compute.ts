import {
  ApplicationAutoScalingClient,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  DescribeTaskDefinitionCommand,
  ECSClient,
  UntagResourceCommand as UntagTaskDefinitionCommand,
  UpdateClusterSettingsCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';

import { type Alteration, east, onService, west } from './hands.ts';

export const compute: readonly Alteration[] = [
  {
    name: 'a scaling policy of somebody else’s',
    region: west,
    alter: ({ client }) =>
      client(ApplicationAutoScalingClient).send(
        new PutScalingPolicyCommand({
          ...onService('production'),
          PolicyName: 'nightly',
          PolicyType: 'StepScaling',
          StepScalingPolicyConfiguration: {
            AdjustmentType: 'ExactCapacity',
            StepAdjustments: [{ ScalingAdjustment: 1, MetricIntervalUpperBound: 0 }],
          },
        }),
      ),
    planned: ['scaling-policy/production others'],
  },
  {
    name: 'container insights off',
    region: west,
    alter: ({ client }) =>
      client(ECSClient).send(
        new UpdateClusterSettingsCommand({
          cluster: 'platform-cluster',
          settings: [{ name: 'containerInsights', value: 'disabled' }],
        }),
      ),
    planned: ['cluster/main containerInsights'],
  },
  {
    name: 'fewer tasks than the configuration’s minimum',
    region: west,
    alter: ({ client }) =>
      client(ECSClient).send(
        new UpdateServiceCommand({ cluster: 'platform-cluster', service: 'staging', desiredCount: 1 }),
      ),
    planned: ['service/staging desiredCount'],
  },
  {
    name: 'the circuit breaker of production off',
    region: east,
    alter: ({ client }) =>
      client(ECSClient).send(
        new UpdateServiceCommand({
          cluster: 'platform-cluster',
          service: 'production',
          deploymentConfiguration: {
            deploymentCircuitBreaker: { enable: false, rollback: false },
            minimumHealthyPercent: 100,
            maximumPercent: 200,
          },
        }),
      ),
    planned: ['service/production circuitBreaker', 'service/production rollback'],
  },
  {
    name: 'the upper bound of scaling',
    region: west,
    alter: ({ client }) =>
      client(ApplicationAutoScalingClient).send(
        new RegisterScalableTargetCommand({ ...onService('production'), MinCapacity: 2, MaxCapacity: 50 }),
      ),
    planned: ['scalable-target/production maxCount'],
  },
  {
    name: 'the CPU that scaling aims at',
    region: east,
    alter: async ({ client }) => {
      const scaling = client(ApplicationAutoScalingClient);
      const { ScalingPolicies = [] } = await scaling.send(new DescribeScalingPoliciesCommand(onService('staging')));
      const [policy] = ScalingPolicies;
      return scaling.send(
        new PutScalingPolicyCommand({
          ...onService('staging'),
          PolicyName: policy?.PolicyName,
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: {
            PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
            ...policy?.TargetTrackingScalingPolicyConfiguration,
            TargetValue: 20,
          },
        }),
      );
    },
    planned: ['scaling-policy/staging targetPercent'],
  },
  {
    name: 'the newest revision of the tasks without the user’s tag',
    region: west,
    alter: async ({ client }) => {
      const ecs = client(ECSClient);
      const { taskDefinition } = await ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: 'platform-production' }),
      );
      return ecs.send(
        new UntagTaskDefinitionCommand({ resourceArn: taskDefinition?.taskDefinitionArn, tagKeys: ['cost-center'] }),
      );
    },
    planned: ['task-definition/production tags[cost-center]'],
  },
];
