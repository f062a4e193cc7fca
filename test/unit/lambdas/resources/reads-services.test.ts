import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../../../workflow/stages.ts';
import type { Answers } from '../../../support/answering-cloud.ts';
import { lowerTags, tags } from '../../../support/ownership.ts';
import { read } from '../../../support/reading.ts';

const rule = { Name: 'platform-source', Arn: 'arn:rule', State: 'ENABLED' };
const asOurs = { ListTagsForResource: () => ({ Tags: tags('source-trigger', 'main') }) };

describe('what AWS shows is read in our terms', () => {
  test.each<[Kind, Answers, ...object[]]>([
    [
      'scaling-policy',
      {
        DescribeScalingPolicies: ({ ResourceId }) => ({
          ScalingPolicies: [
            {
              PolicyARN: 'arn:policy',
              PolicyName: 'platform-staging-cpu',
              ResourceId: 'service/platform-cluster/staging',
              PolicyType: 'TargetTrackingScaling',
              TargetTrackingScalingPolicyConfiguration: {
                PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
                TargetValue: 55,
                ScaleOutCooldown: 30,
                ScaleInCooldown: 40,
                DisableScaleIn: true,
              },
            },
            { PolicyName: 'other', ResourceId: 'service/platform-cluster/staging' },
          ].filter((policy) => policy.ResourceId === ResourceId),
        }),
      },
      {
        key: 'staging',
        id: 'arn:policy',
        name: 'platform-staging-cpu',
        resource: 'service/platform-cluster/staging',
        others: ['other'],
        metric: 'ECSServiceAverageCPUUtilization',
        targetPercent: 55,
        scaleOutCooldownSeconds: 30,
        scaleInCooldownSeconds: 40,
        scaleInDisabled: true,
      },
    ],
    [
      'scalable-target',
      {
        DescribeScalableTargets: () => ({
          ScalableTargets: [
            {
              ResourceId: 'service/platform-cluster/staging',
              MinCapacity: 1,
              MaxCapacity: 4,
              SuspendedState: { ScheduledScalingSuspended: true, DynamicScalingInSuspended: false },
            },
            { ResourceId: 'service/platform-cluster/other' },
            {},
          ],
        }),
      },
      {
        key: 'staging',
        id: 'service/platform-cluster/staging',
        minCount: 1,
        maxCount: 4,
        suspended: ['ScheduledScalingSuspended'],
      },
    ],
    [
      'cluster',
      {
        DescribeClusters: () => ({
          clusters: [
            {
              clusterName: 'platform-cluster',
              clusterArn: 'arn:cluster',
              status: 'ACTIVE',
              settings: [
                { name: 'other', value: 'x' },
                { name: 'containerInsights', value: 'enabled' },
              ],
              tags: lowerTags('cluster', 'main'),
            },
          ],
        }),
      },
      {
        key: 'main',
        id: 'platform-cluster',
        name: 'platform-cluster',
        arn: 'arn:cluster',
        containerInsights: 'enabled',
        status: 'ACTIVE',
      },
    ],
    [
      'source-trigger',
      {
        ...asOurs,
        DescribeRule: ({ Name }) =>
          Name === 'platform-source' ? { ...rule, EventPattern: '{"source":["aws.codecommit"]}' } : {},
        ListTargetsByRule: ({ NextToken }) =>
          NextToken === undefined
            ? { Targets: [{ Id: 'pipeline', Arn: 'arn:pipeline', RoleArn: 'arn:role' }], NextToken: 'next' }
            : { Targets: [{ Id: 'other', Arn: 'arn:queue' }] },
      },
      {
        key: 'main',
        id: 'platform-source',
        arn: 'arn:rule',
        enabled: true,
        pattern: { source: ['aws.codecommit'] },
        targets: {
          pipeline: { arn: 'arn:pipeline', roleArn: 'arn:role' },
          other: { arn: 'arn:queue', roleArn: undefined },
        },
      },
    ],
    [
      'source-trigger',
      { ...asOurs, DescribeRule: ({ Name }) => (Name === 'platform-source' ? { ...rule, State: 'DISABLED' } : {}) },
      { key: 'main', id: 'platform-source', arn: 'arn:rule', enabled: false, pattern: {}, targets: {} },
    ],
    [
      'image',
      {
        DescribeImages: () => ({
          imageDetails: [
            { imageDigest: 'sha256:1', imageTags: ['1'], imagePushedAt: new Date(1000) },
            { imageDigest: 'sha256:2', imageTags: ['2', 'latest'], imagePushedAt: new Date(2000) },
            { imageDigest: 'sha256:3', imagePushedAt: new Date(3000) },
          ],
        }),
      },
      {
        key: 'app',
        id: 'sha256:2',
        repository: 'platform-app',
        images: [
          { digest: 'sha256:3', tags: [] },
          { digest: 'sha256:2', tags: ['2', 'latest'] },
          { digest: 'sha256:1', tags: ['1'] },
        ],
      },
    ],
    [
      'dashboard',
      {
        GetDashboard: () => ({ DashboardBody: '{"widgets":[]}' }),
        ListTagsForResource: () => ({ Tags: tags('dashboard', 'main') }),
      },
      { key: 'main', id: 'platform-us-east-1', body: { widgets: [] } },
    ],
    [
      'dashboard',
      {
        GetDashboard: () => ({ DashboardBody: 'nonsense' }),
        ListTagsForResource: () => ({ Tags: tags('dashboard', 'main') }),
      },
      { key: 'main', id: 'platform-us-east-1', body: 'nonsense' },
    ],
  ])('%s %#', async (kind, answers, ...expected) => {
    expect((await read(kind, answers)).found).toStrictEqual(expected);
  });
});
