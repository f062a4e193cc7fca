import { describe, expect, test } from '@jest/globals';
import { type AlarmFound, alarm } from '../../../../lambdas/resources/alarm.ts';
import type { AlarmSettings, AlarmSpec } from '../../../../lambdas/resources/alarm-specs.ts';
import type { RegionConfig } from '../../../../workflow/config.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const wanted = alarm.specs(regionConfig());
const spec = wanted[0]?.spec as AlarmSpec;
const found = (overrides: Partial<AlarmSettings> = {}): AlarmFound => ({
  key: 'cpu',
  id: 'platform-cpu',
  arn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:platform-cpu',
  settings: { ...spec.settings, ...overrides },
});
const onTargets = {
  LoadBalancer: '${load-balancer/main.suffix}',
  TargetGroup: '${target-group/production.suffix}',
};
const inService = { ClusterName: 'platform-cluster', ServiceName: 'production' };

describe('specs', () => {
  test.each([
    ['cpu', 'CPU > 80 % for 10 minutes', 'AWS/ECS', 'CPUUtilization', inService, 'Average', 80, 2],
    ['memory', 'Memory > 80 % for 10 minutes', 'AWS/ECS', 'MemoryUtilization', inService, 'Average', 80, 2],
    [
      'http-5xx',
      '5XX errors > 10 in 5 minutes',
      'AWS/ApplicationELB',
      'HTTPCode_Target_5XX_Count',
      onTargets,
      'Sum',
      10,
      1,
    ],
    ['response-time', 'response time > 1 second', 'AWS/ApplicationELB', 'TargetResponseTime', onTargets, 'p95', 1, 1],
    [
      'unhealthy-targets',
      'unhealthy targets > 0',
      'AWS/ApplicationELB',
      'UnHealthyHostCount',
      onTargets,
      'Maximum',
      0,
      1,
    ],
  ])('%s: %s', (key, _, namespace, metric, dimensions, statistic, threshold, periods) => {
    expect(wanted.find((one) => one.key === key)?.spec).toMatchObject({
      name: `platform-${key}`,
      settings: {
        namespace,
        metric,
        dimensions,
        statistic,
        threshold,
        periods,
        periodsOver: periods,
        periodSeconds: 300,
        comparison: 'GreaterThanThreshold',
        missingData: 'notBreaching',
        alarmActions: ['${topic/alarms.id}'],
        okActions: ['${topic/alarms.id}'],
      },
    });
  });

  test('every region has those five, and the source’s region two on the replicas, where there are any', () => {
    const keys = (config: RegionConfig) => alarm.specs(config).map(({ key }) => key);
    const five = wanted.slice(0, 5).map(({ key }) => key);
    expect(keys(regionConfig())).toEqual([...five, 'replica-lag', 'mirror-failed']);
    expect(keys(secondaryConfig())).toEqual(five);
    expect(keys(regionConfig({ regions: ['us-east-1'] }))).toEqual(five);
  });

  test.each([
    ['replica-lag', 'Slipway', 'ReplicaLag', { Deployment: 'platform' }, 'Maximum', 900],
    ['mirror-failed', 'AWS/CodeBuild', 'FailedBuilds', { ProjectName: 'platform-mirror' }, 'Sum', 0],
  ])('%s tells the alarms topic', (key, namespace, metric, dimensions, statistic, threshold) => {
    expect(wanted.find((one) => one.key === key)?.spec).toMatchObject({
      name: `platform-${key}`,
      settings: { namespace, metric, dimensions, statistic, threshold, alarmActions: ['${topic/alarms.id}'] },
    });
  });

  test('thresholds and periods are those of the input', () => {
    const alarms = { ...regionConfig().alarms, cpuPercent: 50, responseSeconds: 0.2, periodSeconds: 60 };
    const specs = alarm.specs(regionConfig({ alarms }));
    expect(specs[0]?.spec.settings).toMatchObject({
      threshold: 50,
      periodSeconds: 60,
      description: 'Production uses more than 50 % CPU for 2 minutes',
    });
    expect(specs[3]?.spec.settings.threshold).toBe(0.2);
  });
});

describe('diff', () => {
  test.each<[string, Partial<AlarmSettings>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    ['sees another threshold', { threshold: 90 }, ['threshold']],
    ['sees another statistic', { statistic: 'Maximum' }, ['statistic']],
    ['sees other dimensions', { dimensions: { ...inService, ServiceName: 'staging' } }, ['dimensions']],
    [
      'sees dimensions in another order as the same',
      { dimensions: { ServiceName: 'production', ClusterName: 'platform-cluster' } },
      [],
    ],
    ['sees another treatment of missing data', { missingData: 'breaching' }, ['missingData']],
    [
      'sees other periods',
      { periodSeconds: 60, periods: 3, periodsOver: 1 },
      ['periodSeconds', 'periods', 'periodsOver'],
    ],
    ['sees that only data of some unit count', { unit: 'Bytes' }, ['unit']],
    ['sees that few samples do not count', { fewSamples: 'ignore' }, ['fewSamples']],
    ['sees actions switched off', { actionsEnabled: false }, ['actionsEnabled']],
    ['sees missing actions', { alarmActions: [], okActions: [] }, ['alarmActions', 'okActions']],
  ])('%s', (_, overrides, paths) => {
    expect(alarm.diff(spec, found(overrides)).map(({ path }) => path)).toEqual(paths);
  });
});
