import { describe, expect, test } from '@jest/globals';
import { allResources } from '../../../../lambdas/resources/all.ts';
import type { AnyResource } from '../../../../lambdas/resources/resource.ts';
import type { Difference } from '../../../../workflow/documents.ts';
import type { Kind } from '../../../../workflow/stages.ts';
import { regionConfig } from '../../../support/region-config.ts';

/** Nothing that anybody asks for. */
const other = 'other';
const others = (names: string) => Object.fromEntries(names.split(' ').map((name) => [name, other]));
/** `path!` asks for a replacement, `path…` waits for a later stage. */
const shown = ({ path, replace, deferred }: Difference): string =>
  `${path.replaceAll(' ', ':')}${replace ? '!' : ''}${deferred ? '…' : ''}`;

/** What is found differs in everything; the paths that the difference names. */
const rows: readonly (readonly [Kind, key: string, found: object, ...paths: string[]])[] = [
  ['vpc', 'main', others('cidr dnsSupport dnsHostnames'), 'cidr! dnsSupport dnsHostnames'],
  ['subnet', 'public-a', others('vpc cidr zone publicAddresses'), 'vpc! cidr! zone! publicAddresses'],
  ['internet-gateway', 'main', others('vpc'), 'vpc'],
  ['elastic-ip', 'a', others('publicIp'), ''],
  ['nat-gateway', 'a', others('subnet address connectivity'), 'subnet! address! connectivity!'],
  [
    'route-table',
    'private-a',
    { vpc: other, routes: { '10.0.0.0/8': other }, associations: { other } },
    'vpc! routes[10.0.0.0/8] subnets',
  ],
  ['nat-route', 'a', others('routeTable target'), 'routeTable! natGateway'],
  [
    'security-group',
    'alb',
    { ...others('name description vpc'), ingress: [], egress: [] },
    'name! description! vpc! ingress[tcp:443:0.0.0.0/0] ingress[tcp:80:0.0.0.0/0] egress[all:0.0.0.0/0]',
  ],
  [
    'flow-log',
    'main',
    others('vpc traffic logGroup role aggregationSeconds'),
    'vpc! traffic! logGroup! role! aggregationSeconds!',
  ],
  ['log-group', 'flow-logs', others('name retentionDays'), 'name! retentionDays'],
  [
    'load-balancer',
    'main',
    { ...others('name scheme'), subnets: [], securityGroups: [other], attributes: {} },
    'name! scheme! subnets securityGroups attributes[client_keep_alive.seconds]',
    'attributes[deletion_protection.enabled] attributes[idle_timeout.timeout_seconds]',
    'attributes[routing.http.desync_mitigation_mode] attributes[routing.http.drop_invalid_header_fields.enabled]',
    'attributes[routing.http.preserve_host_header.enabled] attributes[routing.http.xff_header_processing.mode]',
    'attributes[waf.fail_open.enabled]',
  ],
  [
    'target-group',
    'staging',
    {
      ...others('name vpc protocol targetType'),
      attributes: {},
      healthCheck: others('path protocol port intervalSeconds timeoutSeconds healthyCount unhealthyCount codes'),
    },
    'name! vpc! protocol! targetType! healthCheck.codes… healthCheck.healthyCount… healthCheck.intervalSeconds…',
    'healthCheck.path… healthCheck.port… healthCheck.protocol… healthCheck.timeoutSeconds…',
    'healthCheck.unhealthyCount… attributes[deregistration_delay.timeout_seconds]',
    'attributes[load_balancing.algorithm.anomaly_mitigation] attributes[load_balancing.algorithm.type]',
    'attributes[load_balancing.cross_zone.enabled] attributes[slow_start.duration_seconds]',
    'attributes[stickiness.enabled] attributes[target_group_health.dns_failover.minimum_healthy_targets.count]',
    'attributes[target_group_health.dns_failover.minimum_healthy_targets.percentage]',
    'attributes[target_group_health.unhealthy_state_routing.minimum_healthy_targets.count]',
    'attributes[target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage]',
  ],
  [
    'listener',
    'http',
    others('loadBalancer port protocol action certificate tlsPolicy'),
    'loadBalancer! port protocol action certificate tlsPolicy',
  ],
  [
    'listener-rule',
    'http-staging',
    {
      ...others('listener priority action rewrites'),
      paths: [other],
      otherConditions: [other],
      otherTransforms: [other],
    },
    'listener! priority paths otherConditions action rewrites otherTransforms',
  ],
  ['cluster', 'main', others('name containerInsights'), 'name! containerInsights'],
  [
    'task-definition',
    'staging',
    {
      ...others('family cpu memory executionRole taskRole networkMode architecture system'),
      compatibility: [other],
      containers: { other },
    },
    'ownApp family! cpu memory executionRole taskRole networkMode compatibility architecture system',
    'containers[app] containers[other]',
  ],
  [
    'service',
    'staging',
    {
      ...others('name cluster launchType taskDefinition desiredCount publicAddresses targetGroup containerName'),
      ...others('containerPort circuitBreaker rollback minimumHealthyPercent maximumPercent healthCheckGraceSeconds'),
      ...others('managedTags propagateTags zoneRebalancing strategy executeCommand'),
      otherLoadBalancers: [other],
      subnets: [],
      securityGroups: [],
      rollouts: [
        { primary: true, state: 'FAILED' },
        { primary: false, state: 'COMPLETED' },
      ],
    },
    'name! cluster! launchType! taskDefinition desiredCount subnets securityGroups publicAddresses targetGroup',
    'containerName containerPort circuitBreaker rollback minimumHealthyPercent maximumPercent',
    'healthCheckGraceSeconds managedTags propagateTags zoneRebalancing strategy executeCommand otherLoadBalancers',
    'deployment',
  ],
  [
    'scalable-target',
    'staging',
    { ...others('id minCount maxCount'), suspended: [other] },
    'resource! minCount maxCount suspended',
  ],
  [
    'scaling-policy',
    'staging',
    {
      ...others('name resource metric targetPercent scaleOutCooldownSeconds scaleInCooldownSeconds scaleInDisabled'),
      others: [other],
    },
    'name! resource! metric targetPercent scaleOutCooldownSeconds scaleInCooldownSeconds scaleInDisabled others',
  ],
  [
    'role',
    'events',
    { ...others('name permissionsBoundary'), trust: {}, policies: {}, managedPolicies: [other] },
    'name! permissionsBoundary trust.Statement[AssumedByService] policies[start-pipeline] managedPolicies',
  ],
  [
    'alarm',
    'cpu',
    { settings: {} },
    'description namespace metric dimensions statistic comparison threshold periodSeconds periods periodsOver',
    'missingData unit fewSamples actionsEnabled alarmActions okActions',
  ],
  [
    'topic',
    'alarms',
    { displayName: other, policy: {}, emails: [], asked: {} },
    'displayName policy.Statement[AlarmsOfThisAccount] emails[operations@example.com]',
  ],
  ['dashboard', 'main', { body: other }, 'body'],
  [
    'repository',
    'app',
    { ...others('encryption scanOnPush lifecycle policy'), movableTags: [] },
    'encryption! scanOnPush movableTags lifecycle policy',
  ],
  ['source-repository', 'main', { description: other, empty: true }, 'description branch'],
  [
    'source-trigger',
    'main',
    { enabled: false, pattern: {}, targets: { other } },
    'enabled pattern targets[other] targets[pipeline]',
  ],
  [
    'build-project',
    'main',
    { settings: {}, variables: { other } },
    'description roleArn source artifacts buildspec environmentType image computeType privileged logGroup',
    'timeoutMinutes queuedTimeoutMinutes cacheModes variables[ACCOUNT] variables[BASE_IMAGE] variables[REGIONS] variables[REGISTRY_DOMAIN]',
    'variables[REPOSITORY] variables[other]',
  ],
  [
    'pipeline',
    'main',
    { ...others('roleArn type executionMode'), artifactStores: { other }, stages: [] },
    'roleArn type executionMode artifactStores[other] artifactStores[us-east-1] artifactStores[us-west-2] stages',
  ],
  [
    'artifact-bucket',
    'artifacts',
    { ...others('encryption ownership publicAccessBlocked lifecycle'), policy: {} },
    'encryption ownership publicAccessBlocked policy.Statement[TlsOnly] lifecycle',
  ],
];

describe('what differs, and how it is changed', () => {
  test.each(rows)('%s', (kind, key, found, ...paths) => {
    const resource: AnyResource = allResources[kind];
    const spec = resource.specs(regionConfig()).find((wanted) => wanted.key === key)?.spec;
    expect(resource.diff(spec, found).map(shown).join(' ')).toBe(paths.join(' '));
  });
});
