import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../../../workflow/stages.ts';
import type { Answers } from '../../../support/answering-cloud.ts';
import { tags } from '../../../support/ownership.ts';
import { read } from '../../../support/reading.ts';

const ofElb = (kind: Kind, key: string) => ({
  DescribeTags: ({ ResourceArns }: { readonly ResourceArns?: unknown }) => ({
    TagDescriptions: (ResourceArns as readonly string[]).map((ResourceArn) => ({ ResourceArn, Tags: tags(kind, key) })),
  }),
});
const forward = [{ Type: 'forward', TargetGroupArn: 'arn:group' }];

describe('what AWS shows is read in our terms', () => {
  test.each<[Kind, Answers, ...object[]]>([
    [
      'load-balancer',
      {
        ...ofElb('load-balancer', 'main'),
        DescribeLoadBalancers: () => ({
          LoadBalancers: [
            {
              LoadBalancerArn: 'arn:lb',
              LoadBalancerName: 'platform-alb',
              Scheme: 'internal',
              AvailabilityZones: [{ SubnetId: 'subnet-1' }, { ZoneName: 'us-east-1b' }],
              SecurityGroups: ['sg-1'],
              DNSName: 'platform.elb.amazonaws.com',
              CanonicalHostedZoneId: 'Z1',
              State: { Code: 'failed', Reason: 'no room' },
            },
          ],
        }),
        DescribeLoadBalancerAttributes: () => ({ Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }] }),
      },
      {
        key: 'main',
        id: 'arn:lb',
        name: 'platform-alb',
        scheme: 'internal',
        subnets: ['subnet-1'],
        securityGroups: ['sg-1'],
        // What ELB does not show is as a new load balancer has it.
        attributes: {
          'client_keep_alive.seconds': '3600',
          'deletion_protection.enabled': 'true',
          'idle_timeout.timeout_seconds': '60',
          'routing.http.desync_mitigation_mode': 'defensive',
          'routing.http.drop_invalid_header_fields.enabled': 'false',
          'routing.http.preserve_host_header.enabled': 'false',
          'routing.http.xff_header_processing.mode': 'append',
          'waf.fail_open.enabled': 'false',
        },
        dnsName: 'platform.elb.amazonaws.com',
        zoneId: 'Z1',
        state: 'failed',
        reason: 'no room',
        ageSeconds: 0,
      },
    ],
    [
      'target-group',
      {
        ...ofElb('target-group', 'staging'),
        DescribeTargetGroups: () => ({
          TargetGroups: [
            {
              TargetGroupArn: 'arn:group',
              TargetGroupName: 'platform-staging',
              VpcId: 'vpc-1',
              Protocol: 'HTTP',
              TargetType: 'ip',
              HealthCheckPath: '/health',
              HealthCheckProtocol: 'HTTPS',
              HealthCheckPort: '8080',
              HealthCheckIntervalSeconds: 11,
              HealthCheckTimeoutSeconds: 6,
              HealthyThresholdCount: 4,
              UnhealthyThresholdCount: 7,
              Matcher: { HttpCode: '200-299' },
            },
          ],
        }),
        DescribeTargetGroupAttributes: () => ({
          Attributes: [
            { Key: 'stickiness.enabled', Value: 'true' },
            { Key: 'deregistration_delay.timeout_seconds', Value: '45' },
          ],
        }),
      },
      {
        key: 'staging',
        id: 'arn:group',
        name: 'platform-staging',
        vpc: 'vpc-1',
        protocol: 'HTTP',
        targetType: 'ip',
        healthCheck: {
          path: '/health',
          protocol: 'HTTPS',
          port: '8080',
          intervalSeconds: 11,
          timeoutSeconds: 6,
          healthyCount: 4,
          unhealthyCount: 7,
          codes: '200-299',
        },
        attributes: {
          'deregistration_delay.timeout_seconds': '45',
          'load_balancing.algorithm.anomaly_mitigation': 'off',
          'load_balancing.algorithm.type': 'round_robin',
          'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
          'slow_start.duration_seconds': '0',
          'stickiness.enabled': 'true',
          'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
          'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
          'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
          'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
        },
      },
    ],
    [
      'listener',
      {
        ...ofElb('listener', 'https'),
        DescribeListeners: () => ({
          Listeners: [
            {
              ListenerArn: 'arn:listener',
              LoadBalancerArn: 'arn:lb',
              Port: 443,
              Protocol: 'HTTPS',
              SslPolicy: 'ELBSecurityPolicy-2016-08',
              Certificates: [{ CertificateArn: 'arn:certificate' }],
              DefaultActions: forward,
            },
          ],
        }),
      },
      {
        key: 'https',
        id: 'arn:listener',
        loadBalancer: 'arn:lb',
        port: 443,
        protocol: 'HTTPS',
        action: { type: 'forward', targetGroup: 'arn:group' },
        certificate: 'arn:certificate',
        tlsPolicy: 'ELBSecurityPolicy-2016-08',
      },
    ],
    [
      'listener-rule',
      {
        ...ofElb('listener-rule', 'http-staging'),
        DescribeRules: () => ({
          Rules: [
            {
              RuleArn: 'arn:rule',
              Priority: '20',
              IsDefault: false,
              Conditions: [
                { Field: 'path-pattern', Values: ['/staging'] },
                { Field: 'host-header', Values: ['example.com'] },
              ],
              Actions: forward,
              Transforms: [{ Type: 'host-header-rewrite' }],
            },
            { RuleArn: 'arn:default', Priority: 'default', IsDefault: true },
          ],
        }),
      },
      {
        key: 'http-staging',
        id: 'arn:rule',
        listener: 'arn:listener',
        priority: 20,
        paths: ['/staging'],
        otherConditions: [{ Field: 'host-header', Values: ['example.com'] }],
        otherTransforms: [{ Type: 'host-header-rewrite' }],
        action: { type: 'forward', targetGroup: 'arn:group' },
        rewrites: [],
      },
    ],
  ])('%s %#', async (kind, answers, ...expected) => {
    expect((await read(kind, answers)).found).toStrictEqual(expected);
  });
});
