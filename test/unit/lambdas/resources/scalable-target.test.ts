import { describe, expect, test } from '@jest/globals';
import {
  type ScalableTargetFound,
  type ScalableTargetSpec,
  scalableTarget,
  toFound,
} from '../../../../lambdas/resources/scalable-target.ts';
import { regionConfig } from '../../../support/region-config.ts';

const spec: ScalableTargetSpec = { resource: 'service/platform-cluster/staging', minCount: 2, maxCount: 10 };
const found = (overrides: Partial<ScalableTargetFound> = {}): ScalableTargetFound => ({
  key: 'staging',
  id: spec.resource,
  minCount: 2,
  maxCount: 10,
  suspended: [],
  ...overrides,
});

test('each service scales from 2 to 10 tasks', () => {
  expect(scalableTarget.specs(regionConfig())).toEqual([
    { key: 'staging', stage: 'deploy-staging', spec },
    {
      key: 'production',
      stage: 'deploy-production',
      spec: { ...spec, resource: 'service/platform-cluster/production' },
    },
  ]);
});

describe('diff', () => {
  test.each<[string, Partial<ScalableTargetFound>, object[]]>([
    ['sees nothing where nothing differs', {}, []],
    [
      'names other bounds',
      { minCount: 1, maxCount: 4 },
      [
        { path: 'minCount', was: 1, want: 2 },
        { path: 'maxCount', was: 4, want: 10 },
      ],
    ],
    [
      'names what somebody suspended',
      { suspended: ['DynamicScalingInSuspended'] },
      [{ path: 'suspended', was: ['DynamicScalingInSuspended'], want: [] }],
    ],
  ])('%s', (_, overrides, differences) => {
    expect(scalableTarget.diff(spec, found(overrides))).toEqual(differences);
  });
});

test('a target is known by the service that it scales', () => {
  const [seen] = toFound({
    ServiceNamespace: 'ecs',
    ResourceId: spec.resource,
    ScalableDimension: 'ecs:service:DesiredCount',
    MinCapacity: 2,
    MaxCapacity: 10,
    RoleARN: 'arn:role',
    CreationTime: new Date(0),
    SuspendedState: { DynamicScalingInSuspended: false, DynamicScalingOutSuspended: true },
  });
  expect(seen).toEqual(found({ suspended: ['DynamicScalingOutSuspended'] }));
});

test('where there is no cluster there is no call', async () => {
  const cloud = {
    scope: { deployment: 'platform', account: '123456789012', partition: 'aws', region: 'us-east-1' },
    client: () => {
      throw new Error('asked for a client');
    },
  };
  await expect(scalableTarget.list(cloud, {})).resolves.toEqual([]);
});
