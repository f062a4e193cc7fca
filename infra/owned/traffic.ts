import type { Kind } from '../../workflow/stages.ts';
import { type Decisions, itself } from './decisions.ts';

const ipv6 = 'the platform has IPv4 only';
const checks = 'HTTP is checked, and checked always: ELB can’t switch it off for targets by address';

export const trafficDecisions = {
  'load-balancer': {
    client: 'elastic-load-balancing-v2',
    operations: [
      'CreateLoadBalancer',
      'SetSubnets',
      'SetSecurityGroups',
      'SetIpAddressType',
      'ModifyLoadBalancerAttributes',
    ],
    owned: {
      Name: 'name',
      Subnets: 'subnets',
      SecurityGroups: 'securityGroups',
      Scheme: 'scheme',
      Attributes: 'attributes',
    },
    notApplicable: {
      [itself]: ['LoadBalancerArn', 'Type'],
      'subnets say it already': ['SubnetMappings'],
      [ipv6]: ['IpAddressType', 'EnablePrefixForIpv6SourceNat'],
      'Outposts and address pools are not used': ['CustomerOwnedIpv4Pool', 'IpamPools'],
      'concerns network load balancers': ['EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic'],
    },
  },
  'target-group': {
    client: 'elastic-load-balancing-v2',
    operations: ['CreateTargetGroup', 'ModifyTargetGroup', 'ModifyTargetGroupAttributes', 'RegisterTargets'],
    owned: {
      Name: 'name',
      Protocol: 'protocol',
      VpcId: 'vpc',
      TargetType: 'targetType',
      HealthCheckProtocol: 'healthCheck',
      HealthCheckPort: 'healthCheck',
      HealthCheckPath: 'healthCheck',
      HealthCheckIntervalSeconds: 'healthCheck',
      HealthCheckTimeoutSeconds: 'healthCheck',
      HealthyThresholdCount: 'healthCheck',
      UnhealthyThresholdCount: 'healthCheck',
      'Matcher.HttpCode': 'healthCheck',
      Attributes: 'attributes',
    },
    others: { 'ECS, and whoever sends a part of the requests to targets of their own': ['Targets'] },
    notApplicable: {
      [itself]: ['TargetGroupArn'],
      [checks]: ['HealthCheckEnabled', 'Matcher.GrpcCode'],
      'ECS registers each task with its container’s port': ['Port'],
      'HTTP/1.1 is the default, and ELB can’t change it': ['ProtocolVersion'],
      [ipv6]: ['IpAddressType'],
      'the target optimizer is not used, and ELB can’t change it': ['TargetControlPort'],
    },
  },
  listener: {
    client: 'elastic-load-balancing-v2',
    operations: ['CreateListener', 'ModifyListener', 'ModifyListenerAttributes', 'AddListenerCertificates'],
    owned: {
      LoadBalancerArn: 'loadBalancer',
      DefaultActions: 'action',
      Protocol: 'protocol',
      Port: 'port',
      SslPolicy: 'tlsPolicy',
      'CreateListener.Certificates': 'certificate',
      'ModifyListener.Certificates': 'certificate',
    },
    others: {
      'whoever wants clients to show certificates of their own': ['MutualAuthentication'],
      'whoever sets headers that clients or the app get': ['Attributes'],
      'whoever serves other names too': ['AddListenerCertificates.Certificates'],
    },
    notApplicable: { [itself]: ['ListenerArn'], 'concerns network load balancers': ['AlpnPolicy'] },
  },
  'listener-rule': {
    client: 'elastic-load-balancing-v2',
    operations: ['CreateRule', 'ModifyRule', 'SetRulePriorities'],
    owned: {
      ListenerArn: 'listener',
      Conditions: 'paths',
      Priority: 'priority',
      RulePriorities: 'priority',
      Actions: 'action',
      Transforms: 'rewrites',
    },
    notApplicable: { [itself]: ['RuleArn'], 'transforms are always set anew': ['ResetTransforms'] },
  },
} as const satisfies Partial<Record<Kind, Decisions>>;
