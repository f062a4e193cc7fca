import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  PutScalingPolicyCommand,
  paginateDescribeScalingPolicies,
  type ScalingPolicy,
} from '@aws-sdk/client-application-auto-scaling';
import { environmentNamed, environments, settings } from '../../workflow/environments.ts';
import { scalingPolicyName, serviceResource } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { compare } from './differences.ts';
import { onOwned } from './grants.ts';
import { type Found, type Resource, readyAtOnce } from './resource.ts';
import { desiredCount, onServices, scalableTargets } from './scalable-target.ts';

export interface ScalingPolicySpec {
  readonly name: string;
  readonly resource: string;
  readonly metric: 'ECSServiceAverageCPUUtilization';
  readonly targetPercent: number;
  readonly scaleOutCooldownSeconds: number;
  readonly scaleInCooldownSeconds: number;
  readonly scaleInDisabled: boolean;
}

export interface ScalingPolicyFound extends Found {
  readonly name: string;
  readonly resource: string;
  readonly metric: string;
  readonly targetPercent: number;
  readonly scaleOutCooldownSeconds: number;
  readonly scaleInCooldownSeconds: number;
  readonly scaleInDisabled: boolean;
}

/** What Application Auto Scaling takes for ECS services where a policy says nothing (service model). */
const defaultCooldownSeconds = 300;

/** A new task serves after about 76 s (56 s to run, two health checks at 10 s): more at once would overshoot. */
const scaleOutCooldownSeconds = 90;

export const scalingPolicy: Resource<ScalingPolicySpec, ScalingPolicyFound> = {
  kind: 'scaling-policy',
  permissions: {
    read: ['application-autoscaling:DescribeScalingPolicies'],
    write: [
      onOwned(
        ['application-autoscaling:PutScalingPolicy', 'application-autoscaling:DeleteScalingPolicy'],
        scalableTargets,
      ),
      onServices,
      // Target tracking makes its alarms on behalf of the caller.
      {
        actions: ['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms', 'cloudwatch:DescribeAlarms'],
        resources: ['arn:{partition}:cloudwatch:*:{account}:alarm:TargetTracking-service/*'],
      },
    ],
  },
  environmentOf: environmentNamed,

  specs: (config) =>
    environments.map((environment) => ({
      key: environment,
      stage: settings[environment].deployStage,
      spec: {
        name: scalingPolicyName(config, environment),
        resource: serviceResource(config, environment),
        metric: 'ECSServiceAverageCPUUtilization',
        targetPercent: config.app.scalingCpuPercent,
        scaleOutCooldownSeconds,
        scaleInCooldownSeconds: defaultCooldownSeconds,
        scaleInDisabled: false,
      },
    })),

  async list(cloud, outputs) {
    if (outputs.cluster?.main === undefined) return [];
    const client = cloud.client(ApplicationAutoScalingClient);
    const query = {
      ServiceNamespace: desiredCount.ServiceNamespace,
      PolicyNames: environments.map((environment) => scalingPolicyName(cloud.scope, environment)),
    };
    const found: ScalingPolicyFound[] = [];
    for await (const page of paginateDescribeScalingPolicies({ client }, query))
      for (const seen of page.ScalingPolicies ?? []) found.push(...toFound(cloud.scope, seen));
    return found;
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('name', found.name, spec.name, 'replace'),
    ...compare('resource', found.resource, spec.resource, 'replace'),
    ...compare('metric', found.metric, spec.metric),
    ...compare('targetPercent', found.targetPercent, spec.targetPercent),
    ...compare('scaleOutCooldownSeconds', found.scaleOutCooldownSeconds, spec.scaleOutCooldownSeconds),
    ...compare('scaleInCooldownSeconds', found.scaleInCooldownSeconds, spec.scaleInCooldownSeconds),
    ...compare('scaleInDisabled', found.scaleInDisabled, spec.scaleInDisabled),
  ],

  async create(cloud, { key, spec }) {
    const arn = await put(cloud, spec);
    return { key, id: arn ?? spec.name, ...spec };
  },

  async update(cloud, { spec }) {
    await put(cloud, spec);
  },

  async delete(cloud, found) {
    await ignoreNotFound(
      cloud
        .client(ApplicationAutoScalingClient)
        .send(new DeleteScalingPolicyCommand({ ...desiredCount, ResourceId: found.resource, PolicyName: found.name })),
    );
  },

  output: (found) => ({ id: found.id }),
};

/** Policies carry no tags: ours is the one of our name on our service. */
export function toFound(scope: Scope, seen: ScalingPolicy): ScalingPolicyFound[] {
  const environment = environmentNamed(seen.ResourceId?.split('/')[2]);
  if (environment === undefined || seen.ResourceId !== serviceResource(scope, environment)) return [];
  if (seen.PolicyName !== scalingPolicyName(scope, environment)) return [];
  const tracking = seen.TargetTrackingScalingPolicyConfiguration;
  return [
    {
      key: environment,
      id: seen.PolicyARN ?? seen.PolicyName,
      name: seen.PolicyName,
      resource: seen.ResourceId,
      metric: tracking?.PredefinedMetricSpecification?.PredefinedMetricType ?? seen.PolicyType ?? '',
      targetPercent: tracking?.TargetValue ?? 0,
      scaleOutCooldownSeconds: tracking?.ScaleOutCooldown ?? defaultCooldownSeconds,
      scaleInCooldownSeconds: tracking?.ScaleInCooldown ?? defaultCooldownSeconds,
      scaleInDisabled: tracking?.DisableScaleIn ?? false,
    },
  ];
}

/** An upsert by name. */
async function put(cloud: Cloud, spec: ScalingPolicySpec): Promise<string | undefined> {
  const made = await cloud.client(ApplicationAutoScalingClient).send(
    new PutScalingPolicyCommand({
      ...desiredCount,
      ResourceId: spec.resource,
      PolicyName: spec.name,
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: spec.metric },
        TargetValue: spec.targetPercent,
        ScaleOutCooldown: spec.scaleOutCooldownSeconds,
        ScaleInCooldown: spec.scaleInCooldownSeconds,
        DisableScaleIn: spec.scaleInDisabled,
      },
    }),
  );
  return made.PolicyARN;
}
