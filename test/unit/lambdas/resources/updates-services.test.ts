import { describe, expect, test } from '@jest/globals';
import { type Update, update } from '../../../support/changes.ts';

const standing = { key: 'staging', cluster: 'platform-cluster', name: 'staging' };
const at = { cluster: 'platform-cluster', service: 'staging' };
const breaker = {
  deploymentConfiguration: {
    strategy: 'ROLLING',
    deploymentCircuitBreaker: { enable: true, rollback: true },
    minimumHealthyPercent: 100,
    maximumPercent: 200,
  },
};
const network = {
  networkConfiguration: {
    awsvpcConfiguration: {
      subnets: ['${subnet/private-a.id}', '${subnet/private-b.id}'],
      securityGroups: ['${security-group/task.id}'],
      assignPublicIp: 'DISABLED',
    },
  },
};
const behind = {
  loadBalancers: [{ targetGroupArn: '${target-group/staging.id}', containerName: 'app', containerPort: 8080 }],
};

describe('an update asks for what differs and for nothing else', () => {
  test.each<Update>([
    [
      'cluster',
      'main',
      ['containerInsights'],
      { name: 'platform-cluster' },
      [
        'UpdateClusterSettings',
        { cluster: 'platform-cluster', settings: [{ name: 'containerInsights', value: 'enhanced' }] },
      ],
    ],
    [
      'service',
      'staging',
      ['taskDefinition'],
      standing,
      ['UpdateService', { ...at, taskDefinition: '${task-definition/staging.id}' }],
    ],
    [
      'service',
      'staging',
      ['desiredCount'],
      { ...standing, desiredCount: 14 },
      ['UpdateService', { ...at, desiredCount: 10 }],
    ],
    [
      'service',
      'staging',
      ['desiredCount'],
      { ...standing, desiredCount: 0 },
      ['UpdateService', { ...at, desiredCount: 2 }],
    ],
    ['service', 'staging', ['subnets'], standing, ['UpdateService', { ...at, ...network }]],
    ['service', 'staging', ['securityGroups'], standing, ['UpdateService', { ...at, ...network }]],
    ['service', 'staging', ['publicAddresses'], standing, ['UpdateService', { ...at, ...network }]],
    ['service', 'staging', ['targetGroup'], standing, ['UpdateService', { ...at, ...behind }]],
    ['service', 'staging', ['otherLoadBalancers'], standing, ['UpdateService', { ...at, ...behind }]],
    ['service', 'staging', ['strategy'], standing, ['UpdateService', { ...at, ...breaker }]],
    ['service', 'staging', ['containerName'], standing, ['UpdateService', { ...at, ...behind }]],
    ['service', 'staging', ['containerPort'], standing, ['UpdateService', { ...at, ...behind }]],
    ['service', 'staging', ['circuitBreaker'], standing, ['UpdateService', { ...at, ...breaker }]],
    ['service', 'staging', ['rollback'], standing, ['UpdateService', { ...at, ...breaker }]],
    ['service', 'staging', ['minimumHealthyPercent'], standing, ['UpdateService', { ...at, ...breaker }]],
    ['service', 'staging', ['maximumPercent'], standing, ['UpdateService', { ...at, ...breaker }]],
    [
      'service',
      'staging',
      ['healthCheckGraceSeconds'],
      standing,
      ['UpdateService', { ...at, healthCheckGracePeriodSeconds: 60 }],
    ],
    ['service', 'staging', ['managedTags'], standing, ['UpdateService', { ...at, enableECSManagedTags: true }]],
    ['service', 'staging', ['propagateTags'], standing, ['UpdateService', { ...at, propagateTags: 'SERVICE' }]],
    [
      'service',
      'staging',
      ['zoneRebalancing'],
      standing,
      ['UpdateService', { ...at, availabilityZoneRebalancing: 'ENABLED' }],
    ],
    ['service', 'staging', ['executeCommand'], standing, ['UpdateService', { ...at, enableExecuteCommand: false }]],
    [
      'scaling-policy',
      'staging',
      ['others'],
      { resource: 'service/platform-cluster/staging', others: ['nightly'] },
      [
        'DeleteScalingPolicy',
        {
          ServiceNamespace: 'ecs',
          ScalableDimension: 'ecs:service:DesiredCount',
          ResourceId: 'service/platform-cluster/staging',
          PolicyName: 'nightly',
        },
      ],
    ],
    [
      'scalable-target',
      'staging',
      ['suspended'],
      {},
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
        },
      ],
    ],
    [
      'log-group',
      'staging',
      ['retentionDays'],
      { name: '/slipway/a' },
      ['PutRetentionPolicy', { logGroupName: '/slipway/a', retentionInDays: 30 }],
    ],
  ])('%s/%s %j %#', async (kind, key, paths, found, ...expected) => {
    expect(await update(kind, key, found, paths)).toEqual(expected);
  });
});
