import { expect } from '@jest/globals';
import type { Kind } from '../../../../workflow/stages.ts';
import type { Answers } from '../../../support/answering-cloud.ts';
import { tags } from '../../../support/ownership.ts';
import { readsSparse, type Sparse } from '../../../support/sparse-answers.ts';

const ofElb = (kind: Kind, key: string): Answers => ({
  DescribeTags: ({ ResourceArns }) => ({
    TagDescriptions: (ResourceArns as readonly string[]).map((ResourceArn) => ({ ResourceArn, Tags: tags(kind, key) })),
  }),
});

const rows: readonly Sparse[] = [
  [
    'vpc',
    (one) => ({ DescribeVpcs: () => ({ Vpcs: [{ ...one, Tags: tags('vpc', 'main') }] }) }),
    { VpcId: 'vpc-1' },
    { key: 'main', id: 'vpc-1', cidr: '', dnsSupport: false, dnsHostnames: false, available: false },
  ],
  [
    'subnet',
    (one) => ({ DescribeSubnets: () => ({ Subnets: [{ ...one, Tags: tags('subnet', 'public-a') }] }) }),
    { SubnetId: 'subnet-1' },
    { key: 'public-a', id: 'subnet-1', vpc: '', cidr: '', zone: '', publicAddresses: false, available: false },
  ],
  [
    'internet-gateway',
    (one) => ({
      DescribeInternetGateways: () => ({ InternetGateways: [{ ...one, Tags: tags('internet-gateway', 'main') }] }),
    }),
    { InternetGatewayId: 'igw-1' },
    { key: 'main', id: 'igw-1' },
  ],
  [
    'elastic-ip',
    (one) => ({ DescribeAddresses: () => ({ Addresses: [{ ...one, Tags: tags('elastic-ip', 'a') }] }) }),
    { AllocationId: 'eipalloc-1' },
    { key: 'a', id: 'eipalloc-1', publicIp: '' },
  ],
  [
    'nat-gateway',
    (one) => ({ DescribeNatGateways: () => ({ NatGateways: [{ ...one, Tags: tags('nat-gateway', 'a') }] }) }),
    { NatGatewayId: 'nat-1' },
    { key: 'a', id: 'nat-1', subnet: '', connectivity: 'public', state: 'pending', ageSeconds: 0 },
  ],
  [
    'route-table',
    (one) => ({ DescribeRouteTables: () => ({ RouteTables: [{ ...one, Tags: tags('route-table', 'public') }] }) }),
    { RouteTableId: 'rtb-1' },
    { key: 'public', id: 'rtb-1', vpc: '', routes: {}, associations: {} },
  ],
  [
    'security-group',
    (one) => ({
      DescribeSecurityGroups: () => ({ SecurityGroups: [{ ...one, Tags: tags('security-group', 'alb') }] }),
    }),
    { GroupId: 'sg-1' },
    { key: 'alb', id: 'sg-1', name: '', description: '', vpc: '', ingress: [], egress: [] },
  ],
  [
    'security-group',
    (one) => ({
      DescribeSecurityGroups: () => ({
        SecurityGroups: [
          {
            ...one,
            IpPermissions: [{ IpRanges: [{ CidrIp: '192.0.2.0/24' }, {}] }],
            Tags: tags('security-group', 'alb'),
          },
        ],
      }),
    }),
    { GroupId: 'sg-1' },
    {
      key: 'alb',
      id: 'sg-1',
      name: '',
      description: '',
      vpc: '',
      ingress: [{ protocol: '-1', fromPort: -1, toPort: -1, source: '192.0.2.0/24' }],
      egress: [],
    },
  ],
  [
    'flow-log',
    (one) => ({
      DescribeFlowLogs: () => ({ FlowLogs: [{ ...one, DeliverLogsStatus: 'FAILED', Tags: tags('flow-log', 'main') }] }),
    }),
    { FlowLogId: 'fl-1' },
    {
      key: 'main',
      id: 'fl-1',
      vpc: '',
      traffic: '',
      logGroup: '',
      role: '',
      aggregationSeconds: 600,
      ageSeconds: 0,
      deliveryError: 'EC2 gives no reason',
    },
  ],
  [
    'load-balancer',
    (one) => ({
      ...ofElb('load-balancer', 'main'),
      DescribeLoadBalancers: () => ({ LoadBalancers: [one] }),
      DescribeLoadBalancerAttributes: () => ({ Attributes: [{}] }),
    }),
    { LoadBalancerArn: 'arn:lb' },
    {
      key: 'main',
      id: 'arn:lb',
      name: '',
      scheme: '',
      subnets: [],
      securityGroups: [],
      attributes: expect.objectContaining({ '': '', 'idle_timeout.timeout_seconds': '60' }),
      dnsName: '',
      zoneId: '',
      state: 'provisioning',
      ageSeconds: 0,
    },
  ],
  [
    'target-group',
    (one) => ({ ...ofElb('target-group', 'staging'), DescribeTargetGroups: () => ({ TargetGroups: [one] }) }),
    { TargetGroupArn: 'arn:group' },
    {
      key: 'staging',
      id: 'arn:group',
      name: '',
      vpc: '',
      protocol: '',
      targetType: '',
      healthCheck: {
        path: '',
        protocol: '',
        port: '',
        intervalSeconds: 0,
        timeoutSeconds: 0,
        healthyCount: 0,
        unhealthyCount: 0,
        codes: '',
      },
      attributes: {
        'deregistration_delay.timeout_seconds': '300',
        'load_balancing.algorithm.anomaly_mitigation': 'off',
        'load_balancing.algorithm.type': 'round_robin',
        'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
        'slow_start.duration_seconds': '0',
        'stickiness.enabled': 'false',
        'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
        'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
        'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
        'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
      },
    },
  ],
  [
    'listener',
    (one) => ({ ...ofElb('listener', 'http'), DescribeListeners: () => ({ Listeners: [one] }) }),
    { ListenerArn: 'arn:listener' },
    {
      key: 'http',
      id: 'arn:listener',
      loadBalancer: '',
      port: 0,
      protocol: '',
      action: { type: 'none', settings: undefined },
    },
  ],
  [
    'listener-rule',
    (one) => ({
      ...ofElb('listener-rule', 'http-staging'),
      DescribeRules: () => ({
        Rules: [
          {
            ...one,
            Conditions: [{ Field: 'path-pattern' }],
            Transforms: [{}, { UrlRewriteConfig: { Rewrites: [{}] } }],
          },
        ],
      }),
    }),
    { RuleArn: 'arn:rule' },
    {
      key: 'http-staging',
      id: 'arn:rule',
      listener: 'arn:listener',
      priority: 0,
      paths: [],
      otherConditions: [],
      otherTransforms: [],
      action: { type: 'none', settings: undefined },
      rewrites: [{ regex: '', replace: '' }],
    },
  ],
];

readsSparse(rows);
