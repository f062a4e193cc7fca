import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../../../workflow/stages.ts';
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
    ['build-project', 'BatchGetProjects', { names: ['platform-build'] }],
  ])('%s', async (kind, operation, input) => {
    const { calls } = await read(kind, {});
    expect(calls[0]).toEqual([operation, expect.objectContaining(input)]);
  });
});
