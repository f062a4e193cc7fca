import { describe, expect, test } from '@jest/globals';
import { type Creation, create, neededOf } from '../../../support/changes.ts';
import { lowerTags, tags } from '../../../support/ownership.ts';

const rows: readonly Creation[] = [
  [
    'load-balancer',
    'main',
    { CreateLoadBalancer: () => ({ LoadBalancers: [{ LoadBalancerArn: 'arn:lb', State: { Code: 'provisioning' } }] }) },
    {
      id: 'arn:lb',
      state: 'provisioning',
      attributes: expect.objectContaining({
        'routing.http.drop_invalid_header_fields.enabled': 'false',
        'deletion_protection.enabled': 'false',
      }),
    },
    [
      'CreateLoadBalancer',
      {
        Name: 'platform-alb',
        Type: 'application',
        Scheme: 'internet-facing',
        Subnets: ['${subnet/public-a.id}', '${subnet/public-b.id}'],
        SecurityGroups: ['${security-group/alb.id}'],
        Tags: tags('load-balancer', 'main'),
      },
    ],
  ],
  [
    'target-group',
    'staging',
    { CreateTargetGroup: () => ({ TargetGroups: [{ TargetGroupArn: 'arn:group', HealthCheckPath: '/health' }] }) },
    { key: 'staging', id: 'arn:group' },
    [
      'CreateTargetGroup',
      {
        Name: 'platform-staging',
        VpcId: '${vpc/main.id}',
        Port: 8080,
        Protocol: 'HTTP',
        TargetType: 'ip',
        HealthCheckEnabled: true,
        HealthCheckPath: '/health',
        HealthCheckProtocol: 'HTTP',
        HealthCheckPort: 'traffic-port',
        HealthCheckIntervalSeconds: 10,
        HealthCheckTimeoutSeconds: 5,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 3,
        Matcher: { HttpCode: '200' },
        Tags: tags('target-group', 'staging'),
      },
    ],
  ],
  [
    'listener',
    'http',
    { CreateListener: () => ({ Listeners: [{ ListenerArn: 'arn:listener', Port: 80, Protocol: 'HTTP' }] }) },
    { key: 'http', id: 'arn:listener', port: 80, protocol: 'HTTP' },
    [
      'CreateListener',
      {
        LoadBalancerArn: '${load-balancer/main.id}',
        Port: 80,
        Protocol: 'HTTP',
        DefaultActions: [{ Type: 'forward', TargetGroupArn: '${target-group/production.id}' }],
        Tags: tags('listener', 'http'),
      },
    ],
  ],
  [
    'listener-rule',
    'http-staging',
    { CreateRule: () => ({ Rules: [{ RuleArn: 'arn:rule', Priority: '10' }] }) },
    { key: 'http-staging', id: 'arn:rule', listener: '${listener/http.id}', priority: 10 },
    [
      'CreateRule',
      {
        ListenerArn: '${listener/http.id}',
        Priority: 10,
        Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/staging', '/staging/*'] } }],
        Actions: [{ Type: 'forward', TargetGroupArn: '${target-group/staging.id}' }],
        Transforms: [
          {
            Type: 'url-rewrite',
            UrlRewriteConfig: { Rewrites: [{ Regex: '^/staging/?(.*)$', Replace: '/$1' }] },
          },
        ],
        Tags: tags('listener-rule', 'http-staging'),
      },
    ],
  ],
  [
    'cluster',
    'main',
    {
      CreateCluster: () => ({
        cluster: { clusterName: 'platform-cluster', clusterArn: 'arn:cluster', status: 'ACTIVE' },
      }),
    },
    { key: 'main', id: 'platform-cluster', arn: 'arn:cluster', status: 'ACTIVE' },
    [
      'CreateCluster',
      {
        clusterName: 'platform-cluster',
        settings: [{ name: 'containerInsights', value: 'enhanced' }],
        tags: lowerTags('cluster', 'main'),
      },
    ],
  ],
  [
    'service',
    'staging',
    { CreateService: () => ({ service: { serviceArn: 'arn:service', status: 'ACTIVE', deployments: [{}] } }) },
    {
      key: 'staging',
      id: 'arn:service',
      cluster: '${cluster/main.id}',
      rollouts: [{ primary: false, state: 'IN_PROGRESS' }],
    },
    [
      'CreateService',
      {
        serviceName: 'staging',
        cluster: '${cluster/main.id}',
        launchType: 'FARGATE',
        taskDefinition: '${task-definition/staging.id}',
        desiredCount: 2,
        clientToken: 'token-1',
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: ['${subnet/private-a.id}', '${subnet/private-b.id}'],
            securityGroups: ['${security-group/task.id}'],
            assignPublicIp: 'DISABLED',
          },
        },
        loadBalancers: [{ targetGroupArn: '${target-group/staging.id}', containerName: 'app', containerPort: 8080 }],
        deploymentConfiguration: {
          strategy: 'ROLLING',
          deploymentCircuitBreaker: { enable: true, rollback: true },
          minimumHealthyPercent: 100,
          maximumPercent: 200,
        },
        healthCheckGracePeriodSeconds: 60,
        enableECSManagedTags: true,
        propagateTags: 'SERVICE',
        availabilityZoneRebalancing: 'ENABLED',
        enableExecuteCommand: false,
        tags: lowerTags('service', 'staging'),
      },
    ],
  ],
  [
    'scalable-target',
    'staging',
    {},
    {
      key: 'staging',
      id: 'service/platform-cluster/staging',
      minCount: 2,
      maxCount: 10,
      suspended: [],
    },
    [
      'RegisterScalableTarget',
      {
        ServiceNamespace: 'ecs',
        ScalableDimension: 'ecs:service:DesiredCount',
        ResourceId: 'service/platform-cluster/staging',
        MinCapacity: 2,
        MaxCapacity: 10,
        SuspendedState: {
          DynamicScalingInSuspended: false,
          DynamicScalingOutSuspended: false,
          ScheduledScalingSuspended: false,
        },
        Tags: {
          Name: 'platform-staging',
          'slipway:deployment': 'platform',
          'slipway:kind': 'scalable-target',
          'slipway:key': 'staging',
        },
      },
    ],
  ],
  [
    'scaling-policy',
    'staging',
    { PutScalingPolicy: () => ({ PolicyARN: 'arn:policy' }) },
    { key: 'staging', id: 'arn:policy' },
    [
      'PutScalingPolicy',
      {
        ServiceNamespace: 'ecs',
        ScalableDimension: 'ecs:service:DesiredCount',
        ResourceId: 'service/platform-cluster/staging',
        PolicyName: 'platform-staging-cpu',
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
          TargetValue: 70,
          ScaleOutCooldown: 90,
          ScaleInCooldown: 300,
          DisableScaleIn: false,
        },
      },
    ],
  ],
];

describe('one call makes the whole, tags in it, and its answer shows what still differs', () => {
  test.each(rows)('%s/%s', async (kind, key, answers, found, ...expected) => {
    const made = await create(kind, key, answers);
    expect(made.calls).toEqual(expected);
    expect(made.found).toMatchObject(found);
    expect(Object.keys(made.output)).toEqual(expect.arrayContaining([...neededOf(kind, key)]));
  });
});
