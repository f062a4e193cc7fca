import { randomUUID } from 'node:crypto';
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { account } from '../../paths.ts';
import { type Handlers, type Parameters, ServiceError, text, texts } from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { jsonService, page } from './json-service.ts';
import { tagsOf } from './tags.ts';

interface Target {
  readonly arn: string;
  readonly created: number;
  readonly parameters: Parameters;
  tags: Record<string, string>;
}

interface Policy {
  readonly arn: string;
  readonly created: number;
  readonly parameters: Parameters;
  readonly alarms: readonly { AlarmName: string; AlarmARN: string }[];
}

interface State {
  readonly region: string;
  readonly targets: Map<string, Target>;
  readonly policies: Map<string, Policy>;
}

const keyOf = (parameters: Parameters): string =>
  [text(parameters, 'ServiceNamespace'), text(parameters, 'ResourceId'), text(parameters, 'ScalableDimension')].join(
    '|',
  );
const policyKey = (parameters: Parameters): string => `${keyOf(parameters)}|${text(parameters, 'PolicyName')}`;

function existing<Value>(map: Map<string, Value>, key: string, what: string): Value {
  const found = map.get(key);
  if (found === undefined)
    throw new ServiceError('ObjectNotFoundException', `No ${what} registered for ${key.replaceAll('|', ', ')}`);
  return found;
}

function byArn(state: State, arn: string): Target {
  const found = [...state.targets.values()].find((target) => target.arn === arn);
  if (found === undefined) throw new ServiceError('ResourceNotFoundException', `No scalable target has the ARN ${arn}`);
  return found;
}

const shownTarget = ({ parameters, created, arn }: Target): unknown => {
  const { Tags: _tags, SuspendedState: suspended, ...rest } = parameters;
  return {
    ...rest,
    RoleARN: `arn:aws:iam::${account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`,
    CreationTime: created / 1000,
    SuspendedState: suspended ?? {
      DynamicScalingInSuspended: false,
      DynamicScalingOutSuspended: false,
      ScheduledScalingSuspended: false,
    },
    ScalableTargetARN: arn,
  };
};

const shownPolicy = ({ parameters, created, arn, alarms }: Policy): unknown => ({
  ...parameters,
  PolicyARN: arn,
  CreationTime: created / 1000,
  Alarms: alarms,
});

/** Application Auto Scaling's records, without any scaling. Registering is an upsert; a target takes its policies along. */
export const applicationAutoscaling = (emulator: Emulator): Handlers =>
  jsonService<State>('application-autoscaling', (region) => ({ region, targets: new Map(), policies: new Map() }), {
    RegisterScalableTarget: async (parameters, state) => {
      const key = keyOf(parameters);
      const known = state.targets.get(key);
      const merged = { ...known?.parameters, ...parameters };
      const [least, most] = [Number(merged.MinCapacity), Number(merged.MaxCapacity)];
      if (!(least >= 0 && most >= least)) {
        throw new ServiceError('ValidationException', 'Maximum capacity cannot be less than minimum capacity');
      }
      await assertService(emulator, state.region, text(parameters, 'ResourceId') ?? '');
      const arn =
        known?.arn ??
        `arn:aws:application-autoscaling:${state.region}:${account}:scalable-target/${randomUUID().replaceAll('-', '').slice(0, 26)}`;
      if (known !== undefined && Object.keys(tagsOf(parameters.Tags)).length > 0) {
        throw new ServiceError(
          'ValidationException',
          'Tags can only be given when a scalable target is registered for the first time',
        );
      }
      state.targets.set(key, {
        arn,
        created: known?.created ?? Date.now(),
        parameters: merged,
        tags: known?.tags ?? tagsOf(parameters.Tags),
      });
      return { ScalableTargetARN: arn };
    },
    DescribeScalableTargets: (parameters, state) => {
      const ids = texts(parameters, 'ResourceIds');
      const dimension = text(parameters, 'ScalableDimension');
      const found = [...state.targets.values()].filter(
        ({ parameters: given }) =>
          given.ServiceNamespace === parameters.ServiceNamespace &&
          (ids.length === 0 || ids.includes(String(given.ResourceId))) &&
          (dimension === undefined || given.ScalableDimension === dimension),
      );
      const { items, nextToken } = page(found, Number(parameters.MaxResults ?? 50), text(parameters, 'NextToken'));
      return { ScalableTargets: items.map(shownTarget), NextToken: nextToken };
    },
    DeregisterScalableTarget: (parameters, state) => {
      const key = keyOf(parameters);
      existing(state.targets, key, 'scalable target');
      state.targets.delete(key);
      for (const policy of state.policies.keys()) if (policy.startsWith(`${key}|`)) state.policies.delete(policy);
      return {};
    },
    PutScalingPolicy: (parameters, state) => {
      existing(state.targets, keyOf(parameters), 'scalable target');
      const key = policyKey(parameters);
      const known = state.policies.get(key);
      const name = text(parameters, 'PolicyName') ?? '';
      const arn =
        known?.arn ??
        `arn:aws:autoscaling:${state.region}:${account}:scalingPolicy:${randomUUID()}:resource/${text(parameters, 'ServiceNamespace')}/${text(parameters, 'ResourceId')}:policyName/${name}`;
      const alarms =
        known?.alarms ??
        ['AlarmHigh', 'AlarmLow'].map((kind) => {
          const AlarmName = `TargetTracking-${text(parameters, 'ResourceId')}-${kind}-${randomUUID()}`;
          return { AlarmName, AlarmARN: `arn:aws:cloudwatch:${state.region}:${account}:alarm:${AlarmName}` };
        });
      state.policies.set(key, {
        arn,
        created: known?.created ?? Date.now(),
        parameters: { ...known?.parameters, ...parameters },
        alarms,
      });
      return { PolicyARN: arn, Alarms: alarms };
    },
    DescribeScalingPolicies: (parameters, state) => {
      const names = texts(parameters, 'PolicyNames');
      const found = [...state.policies.values()].filter(
        ({ parameters: given }) =>
          given.ServiceNamespace === parameters.ServiceNamespace &&
          (parameters.ResourceId === undefined || given.ResourceId === parameters.ResourceId) &&
          (parameters.ScalableDimension === undefined || given.ScalableDimension === parameters.ScalableDimension) &&
          (names.length === 0 || names.includes(String(given.PolicyName))),
      );
      const { items, nextToken } = page(found, Number(parameters.MaxResults ?? 10), text(parameters, 'NextToken'));
      return { ScalingPolicies: items.map(shownPolicy), NextToken: nextToken };
    },
    DeleteScalingPolicy: (parameters, state) => {
      const key = policyKey(parameters);
      existing(state.policies, key, 'scaling policy');
      state.policies.delete(key);
      return {};
    },
    TagResource: (parameters, state) => {
      Object.assign(byArn(state, text(parameters, 'ResourceARN') ?? '').tags, tagsOf(parameters.Tags));
      return {};
    },
    UntagResource: (parameters, state) => {
      const { tags } = byArn(state, text(parameters, 'ResourceARN') ?? '');
      for (const key of texts(parameters, 'TagKeys')) delete tags[key];
      return {};
    },
    ListTagsForResource: (parameters, state) => ({ Tags: byArn(state, text(parameters, 'ResourceARN') ?? '').tags }),
  });

/** A scalable target of ECS has to be a service that exists. */
async function assertService(emulator: Emulator, region: string, resource: string): Promise<void> {
  const [, cluster = '', service = ''] = resource.split('/');
  const { services = [] } = await emulator
    .ecs(region)
    .send(new DescribeServicesCommand({ cluster, services: [service] }))
    .catch(() => ({ services: [] }));
  if (!services.some(({ status }) => status === 'ACTIVE')) {
    throw new ServiceError('ValidationException', `ECS service doesn't exist: ${resource}`);
  }
}
