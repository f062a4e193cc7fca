import {
  ApplicationAutoScalingClient,
  DeleteScalingPolicyCommand,
  PutScalingPolicyCommand,
  paginateDescribeScalingPolicies,
  type ScalingPolicy,
} from '@aws-sdk/client-application-auto-scaling';
import { type Environment, environmentNamed, environments, settings } from '../../workflow/environments.ts';
import { scalingPolicyName, serviceResource } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { allPages } from '../aws/pages.ts';
import { compare, names, sorted } from './differences.ts';
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
  /** Names of policies that somebody else has put on the same service: they would start and stop its tasks as well. */
  readonly others: readonly string[];
}

/** What Application Auto Scaling assumes for ECS services where a policy says nothing (service model). */
const defaultCooldownSeconds = 300;

/** A new task serves after about 76 s (56 s to run, two health checks at 10 s): more at once would overshoot. */
const scaleOutCooldownSeconds = 90;

export const scalingPolicy: Resource<ScalingPolicySpec, ScalingPolicyFound> = {
  kind: 'scaling-policy',
  after: ['scalable-target'],
  parent: 'cluster',
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

  async list(cloud, outputs, only = environments) {
    if (outputs.cluster?.main === undefined) return [];
    const client = cloud.client(ApplicationAutoScalingClient);
    const found = environments
      .filter((each) => only.includes(each))
      .map(async (environment) => {
        const query = { ...desiredCount, ResourceId: serviceResource(cloud.scope, environment) };
        const pages = paginateDescribeScalingPolicies({ client }, query);
        return toFound(cloud.scope, environment, await allPages(pages, ({ ScalingPolicies }) => ScalingPolicies));
      });
    return (await Promise.all(found)).flat();
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
    ...compare('others', sorted(found.others), []),
  ],

  async create(cloud, { key, spec }) {
    const arn = await put(cloud, spec);
    return { key, id: arn ?? spec.name, ...spec, others: [] };
  },

  async update(cloud, { spec }, found, differences) {
    if (differences.some(({ path }) => path !== 'others')) await put(cloud, spec);
    if (names(differences, 'others')) for (const name of found.others) await remove(cloud, found.resource, name);
  },

  delete: (cloud, found) => remove(cloud, found.resource, found.name),

  output: (found) => ({ id: found.id }),
};

/** Policies carry no tags: ours is the one of our name on our service. */
export function toFound(
  scope: Scope,
  environment: Environment,
  policies: readonly ScalingPolicy[],
): ScalingPolicyFound[] {
  const name = scalingPolicyName(scope, environment);
  const seen = policies.find(({ PolicyName }) => PolicyName === name);
  if (seen === undefined) return [];
  const tracking = seen.TargetTrackingScalingPolicyConfiguration;
  return [
    {
      key: environment,
      id: seen.PolicyARN ?? name,
      name,
      resource: seen.ResourceId ?? '',
      metric: tracking?.PredefinedMetricSpecification?.PredefinedMetricType ?? seen.PolicyType ?? '',
      targetPercent: tracking?.TargetValue ?? 0,
      scaleOutCooldownSeconds: tracking?.ScaleOutCooldown ?? defaultCooldownSeconds,
      scaleInCooldownSeconds: tracking?.ScaleInCooldown ?? defaultCooldownSeconds,
      scaleInDisabled: tracking?.DisableScaleIn ?? false,
      others: policies.flatMap(({ PolicyName }) => (PolicyName === undefined || PolicyName === name ? [] : PolicyName)),
    },
  ];
}

async function remove(cloud: Cloud, ResourceId: string, PolicyName: string): Promise<void> {
  await ignoreNotFound(
    cloud
      .client(ApplicationAutoScalingClient)
      .send(new DeleteScalingPolicyCommand({ ...desiredCount, ResourceId, PolicyName })),
  );
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
