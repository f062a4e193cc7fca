import type { Kind } from '../../workflow/stages.ts';
import { type Decisions, itself } from './decisions.ts';

const otherAlarms = 'the alarms watch one metric each, which has enough samples';

export const monitoringDecisions = {
  'log-group': {
    client: 'cloudwatch-logs',
    operations: [
      'CreateLogGroup',
      'PutRetentionPolicy',
      'AssociateKmsKey',
      'PutLogGroupDeletionProtection',
      'PutDataProtectionPolicy',
      'PutSubscriptionFilter',
      'PutMetricFilter',
      'PutIndexPolicy',
      'PutTransformer',
    ],
    owned: { 'CreateLogGroup.logGroupName': 'name', retentionInDays: 'retentionDays' },
    others: {
      'whoever answers for keys in the account: the logs hold no secret': ['kmsKeyId'],
      'whoever wants a group kept from deletion: destroy says so': [
        'deletionProtectionEnabled',
        'PutLogGroupDeletionProtection.*',
      ],
      'whoever ships, measures, masks or searches logs': [
        'PutDataProtectionPolicy.*',
        'PutSubscriptionFilter.*',
        'PutMetricFilter.*',
        'PutIndexPolicy.*',
        'PutTransformer.*',
      ],
    },
    notApplicable: {
      [itself]: ['logGroupName', 'resourceIdentifier'],
      'CloudWatch can’t change it': ['logGroupClass'],
    },
  },
  alarm: {
    client: 'cloudwatch',
    operations: ['PutMetricAlarm'],
    owned: {
      AlarmDescription: 'description',
      ActionsEnabled: 'actionsEnabled',
      OKActions: 'okActions',
      AlarmActions: 'alarmActions',
      MetricName: 'metric',
      Namespace: 'namespace',
      Statistic: 'statistic',
      ExtendedStatistic: 'statistic',
      Dimensions: 'dimensions',
      Period: 'periodSeconds',
      EvaluationPeriods: 'periods',
      DatapointsToAlarm: 'periodsOver',
      Threshold: 'threshold',
      ComparisonOperator: 'comparison',
      TreatMissingData: 'missingData',
      Unit: 'unit',
      EvaluateLowSampleCountPercentile: 'fewSamples',
    },
    others: { 'whoever wants to hear of missing data, which our alarms treat themselves': ['InsufficientDataActions'] },
    notApplicable: {
      [itself]: ['AlarmName'],
      [otherAlarms]: [
        'Metrics',
        'ThresholdMetricId',
        'EvaluationWindow',
        'WarmUpConfiguration',
        'EvaluationCriteria',
        'EvaluationInterval',
        'ActionConfiguration',
      ],
    },
  },
  dashboard: {
    client: 'cloudwatch',
    operations: ['PutDashboard'],
    owned: { DashboardBody: 'body' },
    notApplicable: { [itself]: ['DashboardName'] },
  },
  topic: {
    client: 'sns',
    operations: ['CreateTopic', 'SetTopicAttributes', 'Subscribe', 'PutDataProtectionPolicy'],
    owned: {
      'CreateTopic.Attributes': 'displayName',
      AttributeName: 'policy',
      AttributeValue: 'policy',
      Protocol: 'emails',
      Endpoint: 'emails',
    },
    others: {
      'whoever else wants to hear of alarms: subscriptions of others stay': ['Subscribe.Attributes'],
      'whoever masks what is published': ['DataProtectionPolicy', 'PutDataProtectionPolicy.*'],
    },
    notApplicable: { [itself]: ['Name', 'TopicArn'], 'is about the answer': ['ReturnSubscriptionArn'] },
  },
} as const satisfies Partial<Record<Kind, Decisions>>;
