import {
  AddTagsCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';

import { type Alteration, east, targetGroup, west } from './hands.ts';

export const traffic: readonly Alteration[] = [
  {
    name: 'a target group’s health check',
    region: west,
    alter: (hands) =>
      hands.client(ElasticLoadBalancingV2Client).send(
        new ModifyTargetGroupCommand({
          TargetGroupArn: targetGroup(hands, 'staging'),
          HealthCheckPath: '/health?deep',
        }),
      ),
    planned: ['target-group/staging healthCheck.path'],
  },
  {
    name: 'whether a target group sends clients back to the same target',
    region: west,
    alter: (hands) =>
      hands.client(ElasticLoadBalancingV2Client).send(
        new ModifyTargetGroupAttributesCommand({
          TargetGroupArn: targetGroup(hands, 'production'),
          Attributes: [{ Key: 'stickiness.enabled', Value: 'true' }],
        }),
      ),
    planned: ['target-group/production attributes[stickiness.enabled]'],
  },
  {
    name: 'production’s address served by staging',
    region: east,
    alter: (hands) =>
      hands.client(ElasticLoadBalancingV2Client).send(
        new ModifyListenerCommand({
          ListenerArn: hands.seen.listeners[0]?.ListenerArn,
          DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroup(hands, 'staging') }],
        }),
      ),
    planned: ['listener/http action'],
  },
  {
    name: 'staging’s rule on another path',
    region: west,
    alter: (hands) =>
      hands.client(ElasticLoadBalancingV2Client).send(
        new ModifyRuleCommand({
          RuleArn: hands.seen.rules.find(({ IsDefault }) => IsDefault !== true)?.RuleArn,
          Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/beta/*'] } }],
        }),
      ),
    planned: ['listener-rule/http-staging paths'],
  },
  {
    name: 'malformed headers let through',
    region: west,
    alter: ({ client, seen }) =>
      client(ElasticLoadBalancingV2Client).send(
        new ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn: seen.loadBalancer.LoadBalancerArn,
          Attributes: [{ Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'false' }],
        }),
      ),
    planned: ['load-balancer/main attributes[routing.http.drop_invalid_header_fields.enabled]'],
  },
  {
    name: 'the user’s tag of the load balancer with another value, and one of somebody else’s',
    region: east,
    alter: ({ client, seen }) =>
      client(ElasticLoadBalancingV2Client).send(
        new AddTagsCommand({
          ResourceArns: [seen.loadBalancer.LoadBalancerArn ?? ''],
          Tags: [
            { Key: 'cost-center', Value: '4712' },
            { Key: 'audited', Value: 'yes' },
          ],
        }),
      ),
    planned: ['load-balancer/main tags[cost-center]'],
  },
];
