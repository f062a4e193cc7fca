import { describe, expect, test } from '@jest/globals';
import { type Kind, kinds } from '../../../../workflow/stages.ts';
import { type Answers, refusal } from '../../../support/answering-cloud.ts';
import { read } from '../../../support/reading.ts';

const refuse = (code: string) => () => {
  throw refusal(code);
};

describe('what is not there is not an error', () => {
  test.each<[Kind, Answers]>([
    ['dashboard', { GetDashboard: refuse('ResourceNotFound') }],
    ['image', { DescribeImages: () => ({ imageDetails: [] }) }],
    ['image', { DescribeImages: refuse('RepositoryNotFoundException') }],
    ['listener', { DescribeListeners: refuse('LoadBalancerNotFoundException') }],
    ['listener-rule', { DescribeRules: refuse('ListenerNotFoundException') }],
    ['load-balancer', { DescribeLoadBalancers: refuse('LoadBalancerNotFoundException') }],
    ['pipeline', { GetPipeline: refuse('PipelineNotFoundException') }],
    ['repository', { DescribeRepositories: refuse('RepositoryNotFoundException') }],
    ['source-repository', { GetRepository: refuse('RepositoryDoesNotExistException') }],
    ['source-trigger', { DescribeRule: refuse('ResourceNotFoundException') }],
  ])('%s %#', async (kind, answers) => {
    expect((await read(kind, answers)).found).toEqual([]);
  });
  test.each<[Kind, Answers]>([
    ['dashboard', { GetDashboard: refuse('AccessDenied') }],
    ['image', { DescribeImages: refuse('AccessDenied') }],
    ['listener-rule', { DescribeRules: refuse('AccessDenied') }],
    ['artifact-bucket', { GetBucketTagging: refuse('AccessDenied') }],
  ])('and what nobody lets us see is one: %s', async (kind, answers) => {
    await expect(read(kind, answers)).rejects.toThrow('AccessDenied');
  });
});

describe('where AWS shows nothing, nothing is there', () => {
  // Of the others AWS shows one, or throws.
  const listed = kinds.filter((kind) => !['artifact-bucket', 'dashboard', 'task-definition'].includes(kind));
  test.each(listed)('%s', async (kind) => {
    expect((await read(kind, {})).found).toEqual([]);
  });
});

describe('what is asked for', () => {
  const named = (kind: string) => [
    { Name: 'tag:slipway:deployment', Values: ['platform'] },
    { Name: 'tag:slipway:kind', Values: [kind] },
  ];
  const services = ['service/platform-cluster/staging', 'service/platform-cluster/production'];
  test.each<[Kind, string, object]>([
    ['vpc', 'DescribeVpcs', { Filters: named('vpc') }],
    ['subnet', 'DescribeSubnets', { Filters: named('subnet') }],
    ['internet-gateway', 'DescribeInternetGateways', { Filters: named('internet-gateway') }],
    ['elastic-ip', 'DescribeAddresses', { Filters: named('elastic-ip') }],
    ['nat-gateway', 'DescribeNatGateways', { Filter: named('nat-gateway') }],
    ['route-table', 'DescribeRouteTables', { Filters: named('route-table') }],
    ['nat-route', 'DescribeRouteTables', { Filters: named('route-table') }],
    ['security-group', 'DescribeSecurityGroups', { Filters: named('security-group') }],
    ['flow-log', 'DescribeFlowLogs', { Filter: named('flow-log') }],
    ['load-balancer', 'DescribeLoadBalancers', { Names: ['platform-alb'] }],
    ['target-group', 'DescribeTargetGroups', { Names: ['platform-staging', 'platform-production'] }],
    ['listener', 'DescribeListeners', { LoadBalancerArn: 'arn:lb' }],
    ['listener-rule', 'DescribeRules', { ListenerArn: 'arn:listener' }],
    ['cluster', 'DescribeClusters', { clusters: ['platform-cluster'], include: ['TAGS', 'SETTINGS'] }],
    [
      'service',
      'DescribeServices',
      { cluster: 'platform-cluster', services: ['staging', 'production'], include: ['TAGS'] },
    ],
    [
      'scalable-target',
      'DescribeScalableTargets',
      { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount', ResourceIds: services },
    ],
    [
      'scaling-policy',
      'DescribeScalingPolicies',
      { ServiceNamespace: 'ecs', ScalableDimension: 'ecs:service:DesiredCount', ResourceId: services[0] },
    ],
    ['dashboard', 'GetDashboard', { DashboardName: 'platform-us-east-1' }],
    ['image', 'DescribeImages', { repositoryName: 'platform-app' }],
    ['repository', 'DescribeRepositories', { repositoryNames: ['platform-app'] }],
    ['source-repository', 'GetRepository', { repositoryName: 'platform-app' }],
    ['source-trigger', 'DescribeRule', { Name: 'platform-source' }],
    ['pipeline', 'GetPipeline', { name: 'platform-pipeline' }],
    ['build-project', 'BatchGetProjects', { names: ['platform-build', 'platform-mirror'] }],
    ['log-group', 'DescribeLogGroups', { logGroupNamePattern: 'platform' }],
    ['role', 'ListRoles', { PathPrefix: '/slipway/' }],
    ['service-linked-role', 'ListRoles', { PathPrefix: '/aws-service-role/ecs.amazonaws.com/' }],
    ['task-definition', 'DescribeTaskDefinition', { taskDefinition: 'platform-staging', include: ['TAGS'] }],
    ['topic', 'GetTopicAttributes', { TopicArn: 'arn:aws:sns:us-east-1:123456789012:platform-alarms' }],
    [
      'alarm',
      'DescribeAlarms',
      {
        AlarmNames: [
          'cpu',
          'memory',
          'http-5xx',
          'response-time',
          'unhealthy-targets',
          'replica-lag',
          'mirror-failed',
        ].map((key) => `platform-${key}`),
        AlarmTypes: ['MetricAlarm'],
      },
    ],
    [
      'artifact-bucket',
      'GetBucketTagging',
      { Bucket: 'platform-123456789012-us-east-1-artifacts', ExpectedBucketOwner: '123456789012' },
    ],
    [
      'pipeline-transition',
      'ListTagsForResource',
      { resourceArn: 'arn:aws:codepipeline:us-east-1:123456789012:platform-pipeline' },
    ],
  ])('%s', async (kind, operation, input) => {
    const { calls } = await read(kind, {});
    expect(calls[0]).toEqual([operation, expect.objectContaining(input)]);
  });
});
