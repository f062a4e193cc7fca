import { describe, expect, test } from '@jest/globals';
import { type TargetGroupSpec, targetGroup } from '../../../../lambdas/resources/target-group.ts';
import type { TargetGroupFound } from '../../../../lambdas/resources/target-group-mapping.ts';
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
  deregistrationDelaySeconds: 30,
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
      { deregistrationDelaySeconds: 300 },
      [{ path: 'deregistrationDelaySeconds', was: 300, want: 30 }],
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
