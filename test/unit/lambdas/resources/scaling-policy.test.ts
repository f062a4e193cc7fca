import { describe, expect, test } from '@jest/globals';
import {
  type ScalingPolicyFound,
  type ScalingPolicySpec,
  scalingPolicy,
  toFound,
} from '../../../../lambdas/resources/scaling-policy.ts';
import { scope } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const spec: ScalingPolicySpec = {
  name: 'platform-staging-cpu',
  resource: 'service/platform-cluster/staging',
  metric: 'ECSServiceAverageCPUUtilization',
  targetPercent: 70,
  scaleOutCooldownSeconds: 90,
  scaleInCooldownSeconds: 300,
  scaleInDisabled: false,
};
const found = (overrides: Partial<ScalingPolicyFound> = {}): ScalingPolicyFound => ({
  ...spec,
  key: 'staging',
  id: 'arn:policy',
  others: [],
  ...overrides,
});
const seen = (...names: string[]) =>
  toFound(
    scope,
    'staging',
    names.map((PolicyName) => ({
      PolicyARN: 'arn:policy',
      PolicyName,
      ServiceNamespace: 'ecs',
      ResourceId: spec.resource,
      ScalableDimension: 'ecs:service:DesiredCount',
      PolicyType: 'TargetTrackingScaling',
      CreationTime: new Date(0),
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 70,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
        ScaleOutCooldown: 90,
      },
    })),
  );

test("each service follows its average CPU at the input's per cent", () => {
  expect(scalingPolicy.specs(regionConfig())).toEqual([
    { key: 'staging', stage: 'deploy-staging', spec },
    {
      key: 'production',
      stage: 'deploy-production',
      spec: { ...spec, name: 'platform-production-cpu', resource: 'service/platform-cluster/production' },
    },
  ]);
});

describe('diff', () => {
  test.each<[string, Partial<ScalingPolicyFound>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    ['names another target', { targetPercent: 90 }, ['targetPercent']],
    ['names another metric', { metric: 'ALBRequestCountPerTarget' }, ['metric']],
    [
      'names other cooldowns',
      { scaleOutCooldownSeconds: 0, scaleInCooldownSeconds: 0 },
      ['scaleOutCooldownSeconds', 'scaleInCooldownSeconds'],
    ],
    ['names what somebody else scales the service by', { others: ['nightly'] }, ['others']],
    ['names scaling in that was switched off', { scaleInDisabled: true }, ['scaleInDisabled']],
  ])('%s', (_, overrides, paths) => {
    expect(scalingPolicy.diff(spec, found(overrides)).map(({ path }) => path)).toEqual(paths);
  });
});

test('the policy of our name on our service is ours, with the defaults it leaves out', () => {
  expect(seen('platform-staging-cpu')).toEqual([found()]);
});

test("somebody else's policy on our service is not, and is told beside ours", () => {
  expect(seen('nightly')).toEqual([]);
  expect(seen('nightly', 'platform-staging-cpu')).toEqual([found({ others: ['nightly'] })]);
});
