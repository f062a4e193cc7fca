import { describe, expect, test } from '@jest/globals';
import type { Cloud } from '../../../../lambdas/aws/cloud.ts';
import { service } from '../../../../lambdas/resources/service.ts';
import type { Rollout, ServiceFound, ServiceSpec } from '../../../../lambdas/resources/service-readiness.ts';
import { scope } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const family = 'arn:aws:ecs:us-east-1:123456789012:task-definition/platform-staging';
const resolved = (overrides: Partial<ServiceSpec> = {}): ServiceSpec => {
  const [staging] = service.specs(regionConfig());
  if (staging === undefined) throw new TypeError('there is no staging');
  return {
    ...staging.spec,
    cluster: 'platform-cluster',
    taskDefinition: `${family}:2`,
    subnets: ['subnet-1', 'subnet-2'],
    securityGroups: ['sg-task'],
    targetGroup: 'arn:staging',
    ...overrides,
  };
};
const rollout = (overrides: Partial<Rollout> = {}): Rollout => ({
  primary: true,
  taskDefinition: `${family}:2`,
  state: 'COMPLETED',
  reason: 'ECS deployment ecs-svc/2 completed.',
  ageSeconds: 30,
  ...overrides,
});
const found = (overrides: Partial<ServiceFound> = {}): ServiceFound => {
  const { minCount: _min, maxCount: _max, ...settings } = resolved();
  return {
    ...settings,
    key: 'staging',
    id: 'arn:aws:ecs:us-east-1:123456789012:service/platform-cluster/staging',
    runningCount: 2,
    otherLoadBalancers: [],
    rollouts: [rollout()],
    healthyTargets: 2,
    targetReasons: [],
    events: [],
    stopReasons: [],
    ...overrides,
  };
};

describe('specs', () => {
  test('each environment is deployed by a stage of its own', () => {
    expect(service.specs(regionConfig()).map(({ key, stage, spec }) => [key, stage, spec.name])).toEqual([
      ['staging', 'deploy-staging', 'staging'],
      ['production', 'deploy-production', 'production'],
    ]);
  });

  test('two tasks run on Fargate in the private subnets, without public addresses, behind their target group', () => {
    expect(service.specs(regionConfig())[1]?.spec).toMatchObject({
      launchType: 'FARGATE',
      taskDefinition: '${task-definition/production.id}',
      desiredCount: 2,
      subnets: ['${subnet/private-a.id}', '${subnet/private-b.id}'],
      securityGroups: ['${security-group/task.id}'],
      publicAddresses: false,
      targetGroup: '${target-group/production.id}',
      containerPort: 8080,
      circuitBreaker: true,
      rollback: true,
    });
  });
});

describe('diff', () => {
  test.each([
    [10, 9, { minCount: 2, maxCount: 9 }],
    [1, 2, { minCount: 2, maxCount: 9 }],
  ])('cuts %i tasks no further than to %i, and says so', (was, want, bounds) => {
    expect(service.diff({ ...resolved(), ...bounds }, found({ desiredCount: was }))).toEqual([
      { path: 'desiredCount', was, want },
    ]);
  });

  test.each<[string, Partial<ServiceFound>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    ['sees nothing where autoscaling moved the count within its bounds', { desiredCount: 7 }, []],
    ['names a count above the bounds', { desiredCount: 11 }, ['desiredCount']],
    ['names a count below the bounds', { desiredCount: 0 }, ['desiredCount']],
    ['names another task definition', { taskDefinition: `${family}:1` }, ['taskDefinition']],
    ['names public addresses', { publicAddresses: true }, ['publicAddresses']],
    ['names subnets and groups', { subnets: ['subnet-9'], securityGroups: [] }, ['subnets', 'securityGroups']],
    [
      'names a circuit breaker that was switched off',
      { circuitBreaker: false, rollback: false },
      ['circuitBreaker', 'rollback'],
    ],
    ['names another way to replace tasks', { strategy: 'BLUE_GREEN' }, ['strategy']],
    [
      'names a target group of others that its tasks are in, too',
      { otherLoadBalancers: [{ targetGroupArn: 'arn:theirs' }] },
      ['otherLoadBalancers'],
    ],
    ['names a way into the containers that somebody opened', { executeCommand: true }, ['executeCommand']],
    [
      'names the rest',
      { healthCheckGraceSeconds: 0, managedTags: false, propagateTags: 'NONE', zoneRebalancing: 'DISABLED' },
      ['healthCheckGraceSeconds', 'managedTags', 'propagateTags', 'zoneRebalancing'],
    ],
  ])('%s', (_, overrides, paths) => {
    expect(service.diff(resolved(), found(overrides)).map(({ path }) => path)).toEqual(paths);
  });

  test('starts a deployment again that has failed, and nothing else with it', async () => {
    const failed = found({ rollouts: [rollout({ state: 'FAILED' })] });
    const differences = service.diff(resolved(), failed);
    expect(differences).toEqual([{ path: 'deployment', was: 'FAILED', want: 'started again' }]);
    const sent: unknown[] = [];
    const ecs = { send: async ({ input }: { input: unknown }) => void sent.push(input) };
    const cloud = { scope, client: () => ecs } as unknown as Cloud;
    await service.update(cloud, { key: 'staging', spec: resolved() }, failed, differences);
    expect(sent).toEqual([{ cluster: failed.cluster, service: failed.name, forceNewDeployment: true }]);
  });

  test('asks for a replacement where the launch type differs', () => {
    expect(service.diff(resolved(), found({ launchType: 'EC2' }))[0]?.replace).toBe(true);
  });

  test('a task definition that does not exist yet shows as a reference', () => {
    const token = '${task-definition/staging.id}';
    expect(service.diff(resolved({ taskDefinition: token }), found())[0]?.want).toBe(token);
  });
});

describe('readiness', () => {
  test.each<[string, Partial<ServiceFound>, object]>([
    ['is ready when the deployment is complete and all targets are healthy', {}, { state: 'ready' }],
    [
      'is pending while targets are not healthy',
      { healthyTargets: 1, targetReasons: ['target unhealthy: codes [503]'] },
      { state: 'pending', reason: '2 of 2 tasks run, 1 are healthy; target unhealthy: codes [503]' },
    ],
    [
      'says why ECS can start no task',
      { runningCount: 0, healthyTargets: 0, events: ['started 1 tasks', 'was unable to place a task because X'] },
      { state: 'pending', reason: '0 of 2 tasks run, 0 are healthy; was unable to place a task because X' },
    ],
    ['is pending while tasks are missing', { runningCount: 1 }, { state: 'pending' }],
    [
      'is pending while the deployment goes on',
      { rollouts: [rollout({ state: 'IN_PROGRESS', ageSeconds: 25 })] },
      { state: 'pending', nextCheckSeconds: 30 },
    ],
    [
      'is pending while ECS still shows the deployment before',
      { rollouts: [rollout({ taskDefinition: `${family}:1` })] },
      { state: 'pending' },
    ],
    ['is pending before the first deployment shows', { rollouts: [] }, { state: 'pending', nextCheckSeconds: 55 }],
    [
      'has failed when the circuit breaker says so, with the reasons of the stopped tasks',
      {
        rollouts: [rollout({ state: 'FAILED', reason: 'tasks failed to start' })],
        stopReasons: ['task stopped: CannotPullContainerError'],
      },
      {
        state: 'failed',
        reason: 'the deployment failed: tasks failed to start; task stopped: CannotPullContainerError',
      },
    ],
    [
      'has failed while ECS rolls back',
      {
        rollouts: [
          rollout({ taskDefinition: `${family}:1`, state: 'IN_PROGRESS' }),
          rollout({ primary: false, state: 'FAILED', reason: 'tasks failed to start' }),
        ],
      },
      { state: 'failed', reason: 'the deployment failed: tasks failed to start' },
    ],
    [
      'has failed when ECS has rolled back',
      {
        rollouts: [
          rollout({
            taskDefinition: `${family}:1`,
            reason: 'ECS deployment circuit breaker: rolling back to ecs-svc/1.',
          }),
        ],
      },
      { state: 'failed' },
    ],
    [
      'does not mind an older deployment that failed and drains',
      {
        rollouts: [
          rollout({ state: 'IN_PROGRESS' }),
          rollout({ primary: false, taskDefinition: `${family}:1`, state: 'FAILED' }),
        ],
      },
      { state: 'pending' },
    ],
    [
      'goes by the newer of two deployments of the same tasks',
      { rollouts: [rollout({ state: 'IN_PROGRESS' }), rollout({ primary: false, state: 'FAILED' })] },
      { state: 'pending' },
    ],
  ])('%s', (_, overrides, expected) => {
    expect(service.readiness(found(overrides), resolved())).toMatchObject(expected);
  });
});

test('gives ARN and name', () => {
  expect(service.output(found())).toEqual({
    id: 'arn:aws:ecs:us-east-1:123456789012:service/platform-cluster/staging',
    name: 'staging',
  });
});
