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
    [
      'service',
      {
        DescribeServices: () => ({
          services: [
            {
              serviceArn: 'arn:service',
              serviceName: 'staging',
              status: 'ACTIVE',
              launchType: 'EC2',
              taskDefinition: 'arn:task:3',
              desiredCount: 3,
              runningCount: 1,
              networkConfiguration: {
                awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'], assignPublicIp: 'ENABLED' },
              },
              loadBalancers: [
                { targetGroupArn: 'arn:group', containerName: 'web', containerPort: 9090 },
                { targetGroupArn: 'arn:theirs' },
              ],
              deploymentConfiguration: {
                strategy: 'BLUE_GREEN',
                deploymentCircuitBreaker: { enable: true, rollback: true },
                minimumHealthyPercent: 50,
                maximumPercent: 150,
              },
              healthCheckGracePeriodSeconds: 7,
              enableECSManagedTags: true,
              propagateTags: 'TASK_DEFINITION',
              availabilityZoneRebalancing: 'ENABLED',
              enableExecuteCommand: true,
              deployments: [
                {
                  status: 'PRIMARY',
                  taskDefinition: 'arn:task:3',
                  rolloutState: 'FAILED',
                  rolloutStateReason: 'broken',
                },
                { status: 'ACTIVE', taskDefinition: 'arn:task:2' },
              ],
              tags: lowerTags('service', 'staging'),
            },
          ],
        }),
        DescribeTargetHealth: () => ({
          TargetHealthDescriptions: [
            { TargetHealth: { State: 'healthy' } },
            { TargetHealth: { State: 'unhealthy', Description: 'codes [503]' } },
          ],
        }),
        ListTasks: () => ({ taskArns: ['arn:task/1'] }),
        DescribeTasks: () => ({ tasks: [{ stoppedReason: 'out of memory' }] }),
      },
      {
        key: 'staging',
        id: 'arn:service',
        name: 'staging',
        cluster: 'platform-cluster',
        launchType: 'EC2',
        taskDefinition: 'arn:task:3',
        desiredCount: 3,
        runningCount: 1,
        subnets: ['subnet-1'],
        securityGroups: ['sg-1'],
        publicAddresses: true,
        targetGroup: 'arn:group',
        containerName: 'web',
        containerPort: 9090,
        circuitBreaker: true,
        rollback: true,
        minimumHealthyPercent: 50,
        maximumPercent: 150,
        healthCheckGraceSeconds: 7,
        managedTags: true,
        propagateTags: 'TASK_DEFINITION',
        zoneRebalancing: 'ENABLED',
        strategy: 'BLUE_GREEN',
        otherLoadBalancers: [{ targetGroupArn: 'arn:theirs' }],
        executeCommand: true,
        rollouts: [
          { primary: true, taskDefinition: 'arn:task:3', state: 'FAILED', reason: 'broken', ageSeconds: 0 },
          { primary: false, taskDefinition: 'arn:task:2', state: 'IN_PROGRESS', reason: '', ageSeconds: 0 },
        ],
        healthyTargets: 1,
        targetReasons: ['target unhealthy: codes [503]'],
        events: [],
        stopReasons: ['task stopped: out of memory'],
      },
    ],
    [
      'service',
      {
        DescribeServices: () => ({
          services: [{ serviceArn: 'arn:service', status: 'ACTIVE', tags: lowerTags('service', 'staging') }],
        }),
      },
      {
        key: 'staging',
        id: 'arn:service',
        name: '',
        cluster: 'platform-cluster',
        launchType: '',
        taskDefinition: '',
        desiredCount: 0,
        runningCount: 0,
        subnets: [],
        securityGroups: [],
        publicAddresses: false,
        targetGroup: '',
        containerName: '',
        containerPort: 0,
        circuitBreaker: false,
        rollback: false,
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        healthCheckGraceSeconds: 0,
        managedTags: false,
        propagateTags: 'NONE',
        zoneRebalancing: 'DISABLED',
        strategy: 'ROLLING',
        otherLoadBalancers: [],
        executeCommand: false,
        rollouts: [],
        healthyTargets: 0,
        targetReasons: [],
        events: [],
        stopReasons: [],
      },
    ],
  ])('%s %#', async (kind, answers, ...expected) => {
    expect((await read(kind, answers)).found).toStrictEqual(expected);
  });
});
