import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutDashboardCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, PutRetentionPolicyCommand, UntagResourceCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  ListSubscriptionsByTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';

import { type Alteration, account, document, east, topicArn, west } from './hands.ts';

export const monitoring: readonly Alteration[] = [
  {
    name: 'an alarm’s threshold',
    region: east,
    alter: async ({ client }) => {
      const cloudwatch = client(CloudWatchClient);
      const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ['platform-cpu'] }));
      const [seen] = MetricAlarms;
      return cloudwatch.send(
        new PutMetricAlarmCommand({
          AlarmName: seen?.AlarmName,
          AlarmDescription: seen?.AlarmDescription,
          ActionsEnabled: seen?.ActionsEnabled,
          OKActions: seen?.OKActions,
          AlarmActions: seen?.AlarmActions,
          MetricName: seen?.MetricName,
          Namespace: seen?.Namespace,
          Statistic: seen?.Statistic,
          Dimensions: seen?.Dimensions,
          Period: seen?.Period,
          EvaluationPeriods: seen?.EvaluationPeriods,
          DatapointsToAlarm: seen?.DatapointsToAlarm,
          ComparisonOperator: seen?.ComparisonOperator,
          TreatMissingData: seen?.TreatMissingData,
          Threshold: 99,
        }),
      );
    },
    planned: ['alarm/cpu threshold'],
  },
  {
    name: 'an alarm deleted',
    region: west,
    alter: ({ client }) =>
      client(CloudWatchClient).send(new DeleteAlarmsCommand({ AlarmNames: ['platform-unhealthy-targets'] })),
    planned: ['alarm/unhealthy-targets'],
  },
  {
    name: 'the dashboard’s widgets',
    region: west,
    alter: ({ client }) =>
      client(CloudWatchClient).send(
        new PutDashboardCommand({
          DashboardName: 'platform-us-west-2',
          DashboardBody: JSON.stringify({
            widgets: [{ type: 'text', x: 0, y: 0, width: 6, height: 6, properties: { markdown: 'gone' } }],
          }),
        }),
      ),
    planned: ['dashboard/main body'],
  },
  {
    name: 'the subscription of those whom alarms tell lost',
    region: east,
    alter: async ({ client }) => {
      const sns = client(SNSClient);
      const { Subscriptions = [] } = await sns.send(
        new ListSubscriptionsByTopicCommand({ TopicArn: topicArn('alarms') }),
      );
      for (const { SubscriptionArn } of Subscriptions) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    },
    planned: ['topic/alarms emails[alarms@example.com]'],
  },
  {
    name: 'the alarms topic’s policy',
    region: east,
    alter: ({ client }) =>
      client(SNSClient).send(
        new SetTopicAttributesCommand({
          TopicArn: topicArn('alarms'),
          AttributeName: 'Policy',
          AttributeValue: document({
            Sid: 'Everybody',
            Effect: 'Allow',
            Principal: '*',
            Action: 'sns:Publish',
            Resource: topicArn('alarms'),
          }),
        }),
      ),
    planned: ['topic/alarms policy.Statement[AlarmsOfThisAccount]', 'topic/alarms policy.Statement[Everybody]'],
  },
  {
    name: 'the retention of a log group',
    region: west,
    alter: ({ client }) =>
      client(CloudWatchLogsClient).send(
        new PutRetentionPolicyCommand({ logGroupName: '/slipway/platform/production', retentionInDays: 1 }),
      ),
    planned: ['log-group/production retentionDays'],
  },
  {
    name: 'a log group without its name and the user’s tag',
    region: east,
    alter: ({ client }) =>
      client(CloudWatchLogsClient).send(
        new UntagResourceCommand({
          resourceArn: `arn:aws:logs:us-east-1:${account}:log-group:/slipway/platform/staging`,
          tagKeys: ['Name', 'cost-center'],
        }),
      ),
    planned: ['log-group/staging tags[Name]', 'log-group/staging tags[cost-center]'],
  },
];
