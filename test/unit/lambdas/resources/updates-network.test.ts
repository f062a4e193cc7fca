import { describe, expect, test } from '@jest/globals';
import { type Update, update } from '../../../support/changes.ts';

const gateway = { GatewayId: '${internet-gateway/main.id}', DestinationCidrBlock: '0.0.0.0/0', RouteTableId: 'rtb-1' };
const rule = {
  Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/staging', '/staging/*'] } }],
  Actions: [{ Type: 'forward', TargetGroupArn: '${target-group/staging.id}' }],
  Transforms: [
    { Type: 'url-rewrite', UrlRewriteConfig: { Rewrites: [{ Regex: '^/staging/?(.*)$', Replace: '/$1' }] } },
  ],
};

const publicSubnets = { '${subnet/public-a.id}': 'rtbassoc-1', '${subnet/public-b.id}': 'rtbassoc-2' };

describe('an update asks for what differs and for nothing else', () => {
  test.each<Update>([
    [
      'vpc',
      'main',
      ['dnsHostnames'],
      { id: 'vpc-1' },
      ['ModifyVpcAttribute', { VpcId: 'vpc-1', EnableDnsHostnames: { Value: true } }],
    ],
    [
      'vpc',
      'main',
      ['dnsHostnames', 'dnsSupport'],
      { id: 'vpc-1' },
      ['ModifyVpcAttribute', { VpcId: 'vpc-1', EnableDnsSupport: { Value: true } }],
      ['ModifyVpcAttribute', { VpcId: 'vpc-1', EnableDnsHostnames: { Value: true } }],
    ],
    [
      'subnet',
      'public-a',
      ['publicAddresses'],
      { id: 'subnet-1' },
      ['ModifySubnetAttribute', { SubnetId: 'subnet-1', MapPublicIpOnLaunch: { Value: false } }],
    ],
    [
      'internet-gateway',
      'main',
      ['vpc'],
      { id: 'igw-1' },
      ['AttachInternetGateway', { InternetGatewayId: 'igw-1', VpcId: '${vpc/main.id}' }],
    ],
    [
      'internet-gateway',
      'main',
      ['vpc'],
      { id: 'igw-1', vpc: 'vpc-2' },
      ['DetachInternetGateway', { InternetGatewayId: 'igw-1', VpcId: 'vpc-2' }],
      ['AttachInternetGateway', { InternetGatewayId: 'igw-1', VpcId: '${vpc/main.id}' }],
    ],
    ['elastic-ip', 'a', [], { id: 'eipalloc-1' }],
    ['nat-gateway', 'a', [], { id: 'nat-1' }],
    [
      'nat-route',
      'a',
      ['natGateway'],
      { routeTable: 'rtb-1' },
      [
        'ReplaceRoute',
        { RouteTableId: 'rtb-1', DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: '${nat-gateway/a.id}' },
      ],
    ],
    [
      'route-table',
      'public',
      ['routes[0.0.0.0/0]'],
      { id: 'rtb-1', routes: {}, associations: publicSubnets },
      ['CreateRoute', gateway],
    ],
    [
      'route-table',
      'public',
      ['routes[0.0.0.0/0]'],
      { id: 'rtb-1', routes: { '0.0.0.0/0': 'blackhole' }, associations: publicSubnets },
      ['ReplaceRoute', gateway],
    ],
    [
      'route-table',
      'public',
      ['routes[192.168.0.0/16]', 'routes[::/0]'],
      {
        id: 'rtb-1',
        routes: { '0.0.0.0/0': '${internet-gateway/main.id}', '192.168.0.0/16': 'pcx-1', '::/0': 'eigw-1' },
        associations: publicSubnets,
      },
      ['DeleteRoute', { RouteTableId: 'rtb-1', DestinationCidrBlock: '192.168.0.0/16' }],
      ['DeleteRoute', { RouteTableId: 'rtb-1', DestinationIpv6CidrBlock: '::/0' }],
    ],
    [
      'load-balancer',
      'main',
      ['subnets'],
      { id: 'arn:lb' },
      ['SetSubnets', { LoadBalancerArn: 'arn:lb', Subnets: ['${subnet/public-a.id}', '${subnet/public-b.id}'] }],
    ],
    [
      'load-balancer',
      'main',
      ['securityGroups'],
      { id: 'arn:lb' },
      ['SetSecurityGroups', { LoadBalancerArn: 'arn:lb', SecurityGroups: ['${security-group/alb.id}'] }],
    ],
    [
      'load-balancer',
      'main',
      ['attributes[deletion_protection.enabled]'],
      { id: 'arn:lb' },
      [
        'ModifyLoadBalancerAttributes',
        {
          LoadBalancerArn: 'arn:lb',
          Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }],
        },
      ],
    ],
    [
      'target-group',
      'staging',
      ['healthCheck.path'],
      { id: 'arn:group' },
      [
        'ModifyTargetGroup',
        {
          TargetGroupArn: 'arn:group',
          HealthCheckEnabled: true,
          HealthCheckPath: '/health',
          HealthCheckProtocol: 'HTTP',
          HealthCheckPort: 'traffic-port',
          HealthCheckIntervalSeconds: 10,
          HealthCheckTimeoutSeconds: 5,
          HealthyThresholdCount: 2,
          UnhealthyThresholdCount: 3,
          Matcher: { HttpCode: '200' },
        },
      ],
    ],
    [
      'target-group',
      'staging',
      ['attributes[deregistration_delay.timeout_seconds]', 'attributes[stickiness.enabled]'],
      { id: 'arn:group' },
      [
        'ModifyTargetGroupAttributes',
        {
          TargetGroupArn: 'arn:group',
          Attributes: [
            { Key: 'deregistration_delay.timeout_seconds', Value: '30' },
            { Key: 'stickiness.enabled', Value: 'false' },
          ],
        },
      ],
    ],
    [
      'listener',
      'http',
      ['action'],
      { id: 'arn:listener' },
      [
        'ModifyListener',
        {
          ListenerArn: 'arn:listener',
          Port: 80,
          Protocol: 'HTTP',
          DefaultActions: [{ Type: 'forward', TargetGroupArn: '${target-group/production.id}' }],
        },
      ],
    ],
    [
      'listener-rule',
      'http-staging',
      ['priority'],
      { id: 'arn:rule' },
      ['SetRulePriorities', { RulePriorities: [{ RuleArn: 'arn:rule', Priority: 10 }] }],
    ],
    ['listener-rule', 'http-staging', ['paths'], { id: 'arn:rule' }, ['ModifyRule', { RuleArn: 'arn:rule', ...rule }]],
    [
      'listener-rule',
      'http-staging',
      ['otherConditions', 'otherTransforms'],
      { id: 'arn:rule' },
      ['ModifyRule', { RuleArn: 'arn:rule', ...rule }],
    ],
    ['listener-rule', 'http-staging', ['action'], { id: 'arn:rule' }, ['ModifyRule', { RuleArn: 'arn:rule', ...rule }]],
    [
      'listener-rule',
      'http-staging',
      ['rewrites'],
      { id: 'arn:rule' },
      ['ModifyRule', { RuleArn: 'arn:rule', ...rule }],
    ],
  ])('%s/%s %j %#', async (kind, key, paths, found, ...expected) => {
    expect(await update(kind, key, found, paths)).toEqual(expected);
  });
});
