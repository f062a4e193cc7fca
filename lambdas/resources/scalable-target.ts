import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  paginateDescribeScalableTargets,
  RegisterScalableTargetCommand,
  type ScalableTarget,
} from '@aws-sdk/client-application-auto-scaling';
import { environmentNamed, environments, settings } from '../../workflow/environments.ts';
import { anywhere, arnOf, serviceArn, serviceResource } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { ownershipTags } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { compare } from './differences.ts';
import { creating, onOwned } from './grants.ts';
import { type Found, type Permission, type Resource, readyAtOnce } from './resource.ts';

/** How Application Auto Scaling calls a service's desired count. */
export const desiredCount = { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount' } as const;

/** Whoever sets up scaling of a service must be allowed to do what the scaling will do. */
export const onServices: Permission = {
  actions: ['ecs:DescribeServices', 'ecs:UpdateService'],
  resources: environments.map((environment) => serviceArn(anywhere, environment)),
};

/** Application Auto Scaling picks the ids. */
export const scalableTargets = [arnOf(anywhere, 'application-autoscaling', 'scalable-target/*')];

export interface ScalableTargetSpec {
  readonly resource: string;
  readonly minCount: number;
  readonly maxCount: number;
}

export interface ScalableTargetFound extends Found {
  readonly minCount: number;
  readonly maxCount: number;
  /** Activities that somebody has suspended. */
  readonly suspended: readonly string[];
}

export const scalableTarget: Resource<ScalableTargetSpec, ScalableTargetFound> = {
  kind: 'scalable-target',
  after: ['service'],
  parent: 'cluster',
  permissions: {
    read: ['application-autoscaling:DescribeScalableTargets'],
    write: [
      creating(
        ['application-autoscaling:RegisterScalableTarget', 'application-autoscaling:TagResource'],
        scalableTargets,
      ),
      onOwned(
        ['application-autoscaling:RegisterScalableTarget', 'application-autoscaling:DeregisterScalableTarget'],
        scalableTargets,
      ),
      onServices,
    ],
  },
  environmentOf: environmentNamed,

  specs: (config) =>
    environments.map((environment) => ({
      key: environment,
      stage: settings[environment].deployStage,
      spec: {
        resource: serviceResource(config, environment),
        minCount: config.app.minCount,
        maxCount: config.app.maxCount,
      },
    })),

  async list(cloud, outputs) {
    if (outputs.cluster?.main === undefined) return [];
    const client = cloud.client(ApplicationAutoScalingClient);
    const query = {
      ...desiredCount,
      ResourceIds: environments.map((environment) => serviceResource(cloud.scope, environment)),
    };
    const pages = paginateDescribeScalableTargets({ client }, query);
    return (await allPages(pages, ({ ScalableTargets }) => ScalableTargets)).flatMap(toFound);
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('resource', found.id, spec.resource, 'replace'),
    ...compare('minCount', found.minCount, spec.minCount),
    ...compare('maxCount', found.maxCount, spec.maxCount),
    ...compare('suspended', found.suspended, []),
  ],

  async create(cloud, { key, spec }) {
    await register(cloud, spec, { ...ownershipTags(cloud.scope, 'scalable-target', key) });
    return {
      key,
      id: spec.resource,
      minCount: spec.minCount,
      maxCount: spec.maxCount,
      suspended: [],
    };
  },

  update: (cloud, { spec }) => register(cloud, spec),

  async delete(cloud, found) {
    await ignoreNotFound(
      cloud
        .client(ApplicationAutoScalingClient)
        .send(new DeregisterScalableTargetCommand({ ...desiredCount, ResourceId: found.id })),
    );
  },

  output: (found) => ({ id: found.id }),
};

export function toFound(seen: ScalableTarget): ScalableTargetFound[] {
  const environment = environmentNamed(seen.ResourceId?.split('/')[2]);
  if (seen.ResourceId === undefined || environment === undefined) return [];
  return [
    {
      key: environment,
      id: seen.ResourceId,
      minCount: seen.MinCapacity ?? 0,
      maxCount: seen.MaxCapacity ?? 0,
      suspended: Object.entries(seen.SuspendedState ?? {})
        .filter(([, suspended]) => suspended === true)
        .map(([name]) => name),
    },
  ];
}

/** An upsert. Tags go with the first call only: Application Auto Scaling refuses them for a target that exists. */
async function register(cloud: Cloud, spec: ScalableTargetSpec, tags?: Record<string, string>): Promise<void> {
  await cloud.client(ApplicationAutoScalingClient).send(
    new RegisterScalableTargetCommand({
      ...desiredCount,
      ResourceId: spec.resource,
      MinCapacity: spec.minCount,
      MaxCapacity: spec.maxCount,
      SuspendedState: {
        DynamicScalingInSuspended: false,
        DynamicScalingOutSuspended: false,
        ScheduledScalingSuspended: false,
      },
      ...(tags === undefined ? {} : { Tags: tags }),
    }),
  );
}
