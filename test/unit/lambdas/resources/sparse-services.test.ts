import type { Kind } from '../../../../workflow/stages.ts';
import { lowerTags, tags } from '../../../support/ownership.ts';
import { readsSparse, type Sparse } from '../../../support/sparse-answers.ts';

const asRecord = (kind: Kind, key: string) =>
  Object.fromEntries(lowerTags(kind, key).map(({ key: name, value }) => [name, value]));

const rows: readonly Sparse[] = [
  [
    'cluster',
    (one) => ({
      DescribeClusters: () => ({
        clusters: [{ ...one, clusterName: 'platform-cluster', tags: lowerTags('cluster', 'main') }],
      }),
    }),
    { clusterArn: 'arn:cluster' },
    {
      key: 'main',
      id: 'platform-cluster',
      name: 'platform-cluster',
      arn: 'arn:cluster',
      containerInsights: 'disabled',
      status: 'PROVISIONING',
    },
  ],
  [
    'task-definition',
    (one) => ({
      DescribeTaskDefinition: ({ taskDefinition }) =>
        taskDefinition === 'platform-staging'
          ? {
              taskDefinition: {
                ...one,
                containerDefinitions: [{ portMappings: [{ containerPort: 80 }], environment: [{}] }],
              },
              tags: lowerTags('task-definition', 'staging'),
            }
          : {},
    }),
    { taskDefinitionArn: 'arn:task:1' },
    {
      key: 'staging',
      id: 'arn:task:1',
      family: '',
      cpu: '',
      memory: '',
      networkMode: '',
      compatibility: [],
      architecture: '',
      system: '',
      containers: {
        '': { portMappings: [{ containerPort: 80, hostPort: 80, protocol: 'tcp' }], environment: { '': '' } },
      },
    },
  ],
  [
    'scalable-target',
    (one) => ({ DescribeScalableTargets: () => ({ ScalableTargets: [one] }) }),
    { ResourceId: 'service/platform-cluster/staging' },
    { key: 'staging', id: 'service/platform-cluster/staging', minCount: 0, maxCount: 0, suspended: [] },
  ],
  [
    'scaling-policy',
    (one) => ({
      DescribeScalingPolicies: () => ({
        ScalingPolicies: [{ ...one, ResourceId: 'service/platform-cluster/staging' }],
      }),
    }),
    { PolicyName: 'platform-staging-cpu' },
    {
      key: 'staging',
      id: 'platform-staging-cpu',
      name: 'platform-staging-cpu',
      resource: 'service/platform-cluster/staging',
      metric: '',
      targetPercent: 0,
      scaleOutCooldownSeconds: 300,
      scaleInCooldownSeconds: 300,
      scaleInDisabled: false,
      others: [],
    },
  ],
  [
    'alarm',
    (one) => ({
      DescribeAlarms: () => ({ MetricAlarms: [{ ...one, Dimensions: [{}] }] }),
      ListTagsForResource: () => ({ Tags: tags('alarm', 'cpu') }),
    }),
    { AlarmName: 'platform-cpu' },
    {
      key: 'cpu',
      id: 'platform-cpu',
      arn: '',
      settings: {
        description: '',
        namespace: '',
        metric: '',
        dimensions: { '': '' },
        statistic: '',
        comparison: '',
        threshold: Number.NaN,
        periodSeconds: 0,
        periods: 0,
        periodsOver: 0,
        missingData: 'missing',
        unit: 'None',
        fewSamples: 'evaluate',
        actionsEnabled: true,
        alarmActions: [],
        okActions: [],
      },
    },
  ],
  [
    'topic',
    (one) => ({
      GetTopicAttributes: ({ TopicArn }) => (String(TopicArn).endsWith('-alarms') ? { Attributes: one } : {}),
      ListTagsForResource: () => ({ Tags: tags('topic', 'alarms') }),
      ListSubscriptionsByTopic: () => ({
        Subscriptions: [{ Protocol: 'email', Endpoint: 'a@example.com' }, { Protocol: 'email' }],
      }),
    }),
    {},
    {
      key: 'alarms',
      id: 'arn:aws:sns:us-east-1:123456789012:platform-alarms',
      name: 'platform-alarms',
      displayName: '',
      policy: {},
      emails: [{ address: 'a@example.com', confirmed: false }],
      asked: {},
    },
  ],
  [
    'log-group',
    (one) => ({
      DescribeLogGroups: () => ({ logGroups: [one] }),
      ListTagsForResource: () => ({ tags: asRecord('log-group', 'flow-logs') }),
    }),
    { logGroupName: '/slipway/platform/flow-logs' },
    {
      key: 'flow-logs',
      id: '/slipway/platform/flow-logs',
      name: '/slipway/platform/flow-logs',
      arn: 'arn:aws:logs:us-east-1:123456789012:log-group:/slipway/platform/flow-logs',
    },
  ],
  [
    'role',
    (one) => ({
      GetRole: ({ RoleName }) => ({
        Role: RoleName === 'platform-us-east-1-execution' ? { ...one, Tags: tags('role', 'execution') } : {},
      }),
      ListRoles: () => ({ Roles: [{ RoleName: 'platform-us-east-1-execution' }] }),
      ListRolePolicies: () => ({ PolicyNames: [''] }),
      ListAttachedRolePolicies: () => ({ AttachedPolicies: [{}] }),
    }),
    { RoleName: 'platform-us-east-1-execution' },
    {
      key: 'execution',
      id: 'platform-us-east-1-execution',
      name: 'platform-us-east-1-execution',
      arn: 'arn:aws:iam::123456789012:role/slipway/platform-us-east-1-execution',
      trust: {},
      policies: { '': {} },
      managedPolicies: [],
    },
  ],
];

readsSparse(rows);
