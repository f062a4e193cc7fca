import type { Service, Task } from '@aws-sdk/client-ecs';
import { describe, expect, test } from '@jest/globals';
import { toFound } from '../../../../lambdas/resources/service-mapping.ts';
import type { Answers } from '../../../support/answering-cloud.ts';
import { lowerTags, scope } from '../../../support/ownership.ts';
import { read } from '../../../support/reading.ts';

describe('what ECS shows', () => {
  const seen = (overrides: Partial<Service> = {}, tasks: readonly Task[] = []) =>
    toFound(
      scope,
      'platform-cluster',
      {
        serviceArn: 'arn:service',
        serviceName: 'staging',
        status: 'ACTIVE',
        tags: lowerTags('service', 'staging'),
        ...overrides,
      },
      [
        { TargetHealth: { State: 'healthy' } },
        { TargetHealth: { State: 'initial', Reason: 'Elb.InitialHealthChecking' } },
        { TargetHealth: { State: 'unhealthy', Description: 'Health checks failed with these codes: [503]' } },
      ],
      tasks,
    );

  test.each([
    ['treats a draining service as absent', { status: 'DRAINING' }, 0],
    ['treats an inactive service as absent', { status: 'INACTIVE' }, 0],
    ['does not take a service without our tags for ours', { tags: [] }, 0],
    ['knows its own', {}, 1],
  ])('%s', (_, overrides, count) => {
    expect(seen(overrides)).toHaveLength(count);
  });

  test('counts healthy targets, and tells of those that are unhealthy', () => {
    expect(seen()[0]).toMatchObject({
      healthyTargets: 1,
      targetReasons: ['target unhealthy: Health checks failed with these codes: [503]'],
    });
  });

  test('keeps the events of the current deployment only', () => {
    const events = [
      { createdAt: new Date(2_000), message: 'unable to place a task' },
      { createdAt: new Date(500), message: 'deployment failed' },
    ];
    const deployments = [{ status: 'PRIMARY', createdAt: new Date(1_000) }];
    expect(seen({ events, deployments })[0]?.events).toEqual(['unable to place a task']);
  });

  test('tells each reason of stopped tasks once, and none of tasks that were too many', () => {
    const failing = {
      stoppedReason: 'Essential container in task exited',
      containers: [{ name: 'app', exitCode: 1 }],
    };
    const scaled = { stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/1)' };
    expect(seen({}, [failing, failing, scaled])[0]?.stopReasons).toEqual([
      'task stopped: Essential container in task exited · app: exit code 1',
    ]);
  });
});

describe('a service is read in our terms', () => {
  test.each<[Answers, ...object[]]>([
    [
      {
        DescribeServices: () => ({
          services: [
            {
              serviceArn: 'arn:service',
              serviceName: 'staging',
              status: 'ACTIVE',
              launchType: 'EC2',
              taskDefinition: 'arn:task:3',
              desiredCount: 3,
              runningCount: 1,
              networkConfiguration: {
                awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'], assignPublicIp: 'ENABLED' },
              },
              loadBalancers: [
                { targetGroupArn: 'arn:group', containerName: 'web', containerPort: 9090 },
                { targetGroupArn: 'arn:theirs' },
              ],
              deploymentConfiguration: {
                strategy: 'BLUE_GREEN',
                deploymentCircuitBreaker: { enable: true, rollback: true },
                minimumHealthyPercent: 50,
                maximumPercent: 150,
              },
              healthCheckGracePeriodSeconds: 7,
              enableECSManagedTags: true,
              propagateTags: 'TASK_DEFINITION',
              availabilityZoneRebalancing: 'ENABLED',
              enableExecuteCommand: true,
              deployments: [
                {
                  status: 'PRIMARY',
                  taskDefinition: 'arn:task:3',
                  rolloutState: 'FAILED',
                  rolloutStateReason: 'broken',
                },
                { status: 'ACTIVE', taskDefinition: 'arn:task:2' },
              ],
              tags: lowerTags('service', 'staging'),
            },
          ],
        }),
        DescribeTargetHealth: () => ({
          TargetHealthDescriptions: [
            { TargetHealth: { State: 'healthy' } },
            { TargetHealth: { State: 'unhealthy', Description: 'codes [503]' } },
          ],
        }),
        ListTasks: () => ({ taskArns: ['arn:task/1'] }),
        DescribeTasks: () => ({ tasks: [{ stoppedReason: 'out of memory' }] }),
      },
      {
        key: 'staging',
        id: 'arn:service',
        name: 'staging',
        cluster: 'platform-cluster',
        launchType: 'EC2',
        taskDefinition: 'arn:task:3',
        desiredCount: 3,
        runningCount: 1,
        subnets: ['subnet-1'],
        securityGroups: ['sg-1'],
        publicAddresses: true,
        targetGroup: 'arn:group',
        containerName: 'web',
        containerPort: 9090,
        circuitBreaker: true,
        rollback: true,
        minimumHealthyPercent: 50,
        maximumPercent: 150,
        healthCheckGraceSeconds: 7,
        managedTags: true,
        propagateTags: 'TASK_DEFINITION',
        zoneRebalancing: 'ENABLED',
        strategy: 'BLUE_GREEN',
        otherLoadBalancers: [{ targetGroupArn: 'arn:theirs' }],
        executeCommand: true,
        rollouts: [
          { primary: true, taskDefinition: 'arn:task:3', state: 'FAILED', reason: 'broken', ageSeconds: 0 },
          { primary: false, taskDefinition: 'arn:task:2', state: 'IN_PROGRESS', reason: '', ageSeconds: 0 },
        ],
        healthyTargets: 1,
        targetReasons: ['target unhealthy: codes [503]'],
        events: [],
        stopReasons: ['task stopped: out of memory'],
      },
    ],
    [
      {
        DescribeServices: () => ({
          services: [{ serviceArn: 'arn:service', status: 'ACTIVE', tags: lowerTags('service', 'staging') }],
        }),
      },
      {
        key: 'staging',
        id: 'arn:service',
        name: '',
        cluster: 'platform-cluster',
        launchType: '',
        taskDefinition: '',
        desiredCount: 0,
        runningCount: 0,
        subnets: [],
        securityGroups: [],
        publicAddresses: false,
        targetGroup: '',
        containerName: '',
        containerPort: 0,
        circuitBreaker: false,
        rollback: false,
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        healthCheckGraceSeconds: 0,
        managedTags: false,
        propagateTags: 'NONE',
        zoneRebalancing: 'DISABLED',
        strategy: 'ROLLING',
        otherLoadBalancers: [],
        executeCommand: false,
        rollouts: [],
        healthyTargets: 0,
        targetReasons: [],
        events: [],
        stopReasons: [],
      },
    ],
  ])('%#', async (answers, ...expected) => {
    expect((await read('service', answers)).found).toStrictEqual(expected);
  });
});
