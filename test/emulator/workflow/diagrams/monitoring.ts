import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect } from '@jest/globals';
import { platformInput } from '../../../support/platform-input.ts';
import type { Platform } from '../../../support/platform-reading.ts';
import { alarm, dimensionsOf, onService, onTargets, type Row } from './drawn.ts';

/** Every alarm tells the region's own topic, and says nothing while there is nothing to measure. */
const alarmRow = (
  line: string,
  name: string,
  expected: (seen: Platform) => Partial<MetricAlarm>,
  on: 'service' | 'targets',
): Row => [
  line,
  (seen) => {
    const found = alarm(seen, name);
    expect(found).toMatchObject({
      ...expected(seen),
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      ActionsEnabled: true,
      AlarmActions: [seen.alarmsTopic?.arn],
    });
    expect(dimensionsOf(found)).toEqual(on === 'service' ? onService : onTargets(seen));
  },
];

export const monitoring: readonly Row[] = [
  ['ECS Tasks → Metrics', ({ dashboard }) => expect(JSON.stringify(dashboard)).toContain('"AWS/ECS"')],
  ['ALB Metrics', ({ dashboard }) => expect(JSON.stringify(dashboard)).toContain('"AWS/ApplicationELB"')],
  [
    'Lambda Logs',
    async (_seen, _asDrawn, { provisioner }) => {
      const logs = provisioner.client(CloudWatchLogsClient);
      const { logGroups = [] } = await logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/lambda/slipway-' }),
      );
      expect(logGroups.map(({ logGroupName }) => logGroupName)).toContain('/aws/lambda/slipway-vpc');
      for (const { retentionInDays } of logGroups) expect(retentionInDays).toBeGreaterThan(0);
    },
  ],
  [
    'CloudWatch • Metrics: the cluster measures its tasks',
    ({ cluster }) => expect(cluster.settings).toContainEqual({ name: 'containerInsights', value: 'enhanced' }),
  ],
  [
    'CloudWatch • Logs: every log group has its retention',
    ({ logGroups, environments, region }, { primary }) => {
      expect(Object.fromEntries(logGroups)).toEqual({
        '/slipway/platform/flow-logs': 30,
        '/slipway/platform/staging': 30,
        '/slipway/platform/production': 30,
        '/aws/ecs/containerinsights/platform-cluster/performance': 30,
        ...(primary ? { '/aws/codebuild/platform-build': 30 } : {}),
      });
      for (const { container, environment } of environments)
        expect(container.logConfiguration).toMatchObject({
          logDriver: 'awslogs',
          options: { 'awslogs-group': `/slipway/platform/${environment}`, 'awslogs-region': region },
        });
    },
  ],
  [
    'CloudWatch • Dashboards → Dashboard (Visual)',
    ({ dashboard, alarms }) => {
      const text = JSON.stringify(dashboard);
      for (const { AlarmArn } of alarms.values()) expect(text).toContain(AlarmArn);
      for (const metric of [
        'CPUUtilization',
        'MemoryUtilization',
        'HTTPCode_Target_5XX_Count',
        'TargetResponseTime',
        'UnHealthyHostCount',
      ])
        expect(text).toContain(metric);
    },
  ],
  [
    'Alarms → SNS Topic → Email Notifications',
    ({ alarms, alarmsTopic }) => {
      expect(alarmsTopic?.subscriptions).toEqual(platformInput.alarms.emails.map((address) => `email:${address}`));
      for (const { AlarmActions } of alarms.values()) expect(AlarmActions).toEqual([alarmsTopic?.arn]);
    },
  ],
  alarmRow(
    '• CPU > 80% for 10 minutes',
    'cpu',
    () => ({
      Namespace: 'AWS/ECS',
      MetricName: 'CPUUtilization',
      Statistic: 'Average',
      Threshold: 80,
      Period: 300,
      EvaluationPeriods: 2,
    }),
    'service',
  ),
  alarmRow(
    '• Memory > 80% for 10 minutes',
    'memory',
    () => ({
      Namespace: 'AWS/ECS',
      MetricName: 'MemoryUtilization',
      Statistic: 'Average',
      Threshold: 80,
      Period: 300,
      EvaluationPeriods: 2,
    }),
    'service',
  ),
  alarmRow(
    '• 5XX Errors > 10 in 5 minutes',
    'http-5xx',
    () => ({
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'HTTPCode_Target_5XX_Count',
      Statistic: 'Sum',
      Threshold: 10,
      Period: 300,
      EvaluationPeriods: 1,
    }),
    'targets',
  ),
  alarmRow(
    '• Response Time > 1 second',
    'response-time',
    () => ({
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'TargetResponseTime',
      ExtendedStatistic: 'p95',
      Threshold: 1,
      EvaluationPeriods: 1,
    }),
    'targets',
  ),
  alarmRow(
    '• Unhealthy Targets > 0',
    'unhealthy-targets',
    () => ({
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'UnHealthyHostCount',
      Statistic: 'Maximum',
      Threshold: 0,
      EvaluationPeriods: 1,
    }),
    'targets',
  ),
];
