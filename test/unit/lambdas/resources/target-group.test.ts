import { describe, expect, test } from '@jest/globals';
import { type TargetGroupSpec, targetGroup } from '../../../../lambdas/resources/target-group.ts';
import type { TargetGroupFound } from '../../../../lambdas/resources/target-group-mapping.ts';
import { answeringCloud, refusal } from '../../../support/answering-cloud.ts';
import { tags } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const spec: TargetGroupSpec = {
  name: 'platform-production',
  vpc: 'vpc-1',
  port: 8080,
  protocol: 'HTTP',
  targetType: 'ip',
  healthCheck: {
    path: '/health',
    protocol: 'HTTP',
    port: 'traffic-port',
    codes: '200',
    intervalSeconds: 10,
    timeoutSeconds: 5,
    healthyCount: 2,
    unhealthyCount: 3,
  },
  attributes: {
    'deregistration_delay.timeout_seconds': '30',
    'load_balancing.algorithm.anomaly_mitigation': 'off',
    'load_balancing.algorithm.type': 'round_robin',
    'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
    'slow_start.duration_seconds': '0',
    'stickiness.enabled': 'false',
    'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
    'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
  },
};
const arn = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/platform-production/73e2d6bc24d8a067';
const found = (overrides: Partial<TargetGroupFound> = {}): TargetGroupFound => ({
  ...spec,
  key: 'production',
  id: arn,
  ...overrides,
});

describe('specs', () => {
  test("each environment has one on the app's port, checked on its health path", () => {
    expect(targetGroup.specs(regionConfig())).toEqual([
      {
        key: 'staging',
        deferredTo: 'deploy-staging',
        spec: { ...spec, name: 'platform-staging', vpc: '${vpc/main.id}' },
      },
      { key: 'production', deferredTo: 'deploy-production', spec: { ...spec, vpc: '${vpc/main.id}' } },
    ]);
  });

  test("names stay within ELB's 32 characters for the longest deployment name", () => {
    const wanted = targetGroup.specs(regionConfig({ deployment: 'a'.repeat(20) }));
    expect(Math.max(...wanted.map(({ spec }) => spec.name.length))).toBeLessThanOrEqual(32);
  });
});

describe('diff', () => {
  test.each<[string, Partial<TargetGroupFound>, object[]]>([
    ['sees nothing where nothing differs', {}, []],
    [
      'names the part of the health check that differs, which waits for the tasks that go with it',
      { healthCheck: { ...spec.healthCheck, path: '/', intervalSeconds: 30 } },
      [
        { path: 'healthCheck.intervalSeconds', was: 30, want: 10, deferred: true },
        { path: 'healthCheck.path', was: '/', want: '/health', deferred: true },
      ],
    ],
    [
      "names ELB's default delay",
      { attributes: { ...spec.attributes, 'deregistration_delay.timeout_seconds': '300' } },
      [{ path: 'attributes[deregistration_delay.timeout_seconds]', was: '300', want: '30' }],
    ],
    [
      'names who is sent back to the same target, and leaves what decides nothing then',
      { attributes: { ...spec.attributes, 'stickiness.enabled': 'true', 'stickiness.type': 'app_cookie' } },
      [{ path: 'attributes[stickiness.enabled]', was: 'true', want: 'false' }],
    ],
  ])('%s', (_, overrides, differences) => {
    expect(targetGroup.diff(spec, found(overrides))).toEqual(differences);
  });
});

test('gives what CloudWatch calls it', () => {
  expect(targetGroup.output(found())).toEqual({
    id: arn,
    arn,
    name: 'platform-production',
    suffix: 'targetgroup/platform-production/73e2d6bc24d8a067',
  });
});

describe('a list', () => {
  const answers = (there: readonly string[]) => ({
    DescribeTargetGroups: ({ Names }: { readonly Names?: unknown }) => {
      const names = Names as readonly string[];
      if (names.some((name) => !there.includes(name))) throw refusal('TargetGroupNotFoundException');
      return { TargetGroups: names.map((name) => ({ TargetGroupName: name, TargetGroupArn: name })) };
    },
    DescribeTags: ({ ResourceArns }: { readonly ResourceArns?: unknown }) => ({
      TagDescriptions: (ResourceArns as readonly string[]).map((ResourceArn) => ({
        ResourceArn,
        Tags: tags('target-group', ResourceArn.replace('platform-', '')),
      })),
    }),
  });
  const calls = (asked: readonly string[]) => asked.filter((operation) => operation === 'DescribeTargetGroups').length;

  test('takes one call', async () => {
    const { cloud, asked } = answeringCloud(answers(['platform-staging', 'platform-production']));
    expect((await targetGroup.list(cloud, {})).map(({ key }) => key)).toEqual(['staging', 'production']);
    expect(calls(asked)).toBe(1);
  });

  test('takes a call each where one of them is missing', async () => {
    const { cloud, asked } = answeringCloud(answers(['platform-production']));
    expect((await targetGroup.list(cloud, {})).map(({ key }) => key)).toEqual(['production']);
    expect(calls(asked)).toBe(3);
  });
});
