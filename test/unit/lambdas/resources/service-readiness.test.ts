import { describe, expect, test } from '@jest/globals';
import { eventsOf, stopReasons, targetReasons } from '../../../../lambdas/resources/service-diagnosis.ts';
import {
  type Rollout,
  readiness,
  type ServiceFound,
  type ServiceSpec,
} from '../../../../lambdas/resources/service-readiness.ts';

const spec = { taskDefinition: 'task:2' } as ServiceSpec;
const rollout = (overrides: Partial<Rollout> = {}): Rollout => ({
  primary: true,
  taskDefinition: 'task:2',
  state: 'COMPLETED',
  reason: '',
  ageSeconds: 30,
  ...overrides,
});
const found = (overrides: Partial<ServiceFound>): ServiceFound =>
  ({
    desiredCount: 2,
    runningCount: 2,
    healthyTargets: 2,
    rollouts: [rollout()],
    targetReasons: [],
    events: [],
    stopReasons: [],
    ...overrides,
  }) as unknown as ServiceFound;
const troubles = {
  events: ['was unable to place a task: no room', 'was unable to assume the role'],
  stopReasons: ['task stopped: exit code 1'],
  targetReasons: ['target unhealthy: [503]'],
};

describe('a service says how it is', () => {
  test.each<[string, Partial<ServiceFound>, object]>([
    ['more tasks than wanted are ready', { runningCount: 3, healthyTargets: 3 }, { state: 'ready' }],
    [
      'what the pipeline released since is ready',
      { rollouts: [rollout({ taskDefinition: 'task:10' })] },
      { state: 'ready' },
    ],
    [
      'pending where the tasks are of another family',
      { rollouts: [rollout({ taskDefinition: 'other:3' })] },
      { state: 'pending', reason: '2 of 2 tasks run, 2 are healthy', nextCheckSeconds: 25 },
    ],
    [
      'pending, with the first obstacle, then the tasks, then the targets',
      { runningCount: 0, healthyTargets: 0, ...troubles },
      {
        state: 'pending',
        reason:
          '0 of 2 tasks run, 0 are healthy; was unable to place a task: no room; task stopped: exit code 1; target unhealthy: [503]',
        nextCheckSeconds: 25,
      },
    ],
    [
      'failed, with the same in the same order',
      { rollouts: [rollout({ state: 'FAILED', reason: 'tasks failed to start' })], ...troubles },
      {
        state: 'failed',
        reason:
          'the deployment failed: tasks failed to start; was unable to place a task: no room; task stopped: exit code 1; target unhealthy: [503]',
      },
    ],
    [
      'failed where ECS rolls back',
      { rollouts: [rollout({ taskDefinition: 'task:1', reason: 'rolling back to 1.' })] },
      { state: 'failed', reason: 'the deployment failed and was rolled back to task:1: rolling back to 1.' },
    ],
    [
      'failed where ECS has rolled back',
      { rollouts: [rollout({ taskDefinition: 'task:1', reason: 'rolled back to 1.' })] },
      { state: 'failed', reason: 'the deployment failed and was rolled back to task:1: rolled back to 1.' },
    ],
    [
      'pending where the reason of the wanted tasks speaks of an earlier rollback',
      { runningCount: 1, rollouts: [rollout({ reason: 'rolled back to 2.' })] },
      { state: 'pending', reason: '1 of 2 tasks run, 2 are healthy', nextCheckSeconds: 25 },
    ],
    [
      'pending where older tasks are still complete',
      { rollouts: [rollout({ taskDefinition: 'task:1', reason: 'completed.' })] },
      { state: 'pending', reason: '2 of 2 tasks run, 2 are healthy', nextCheckSeconds: 25 },
    ],
  ])('%s', (_, overrides, expected) => {
    expect(readiness(found(overrides), spec)).toEqual(expected);
  });
});

describe('why targets are not healthy', () => {
  test.each<[string, object, string[]]>([
    [
      'ELB’s words',
      { State: 'unhealthy', Reason: 'Target.Timeout', Description: 'Request timed out' },
      ['target unhealthy: Request timed out'],
    ],
    ['its code without words', { State: 'unhealthy', Reason: 'Target.Timeout' }, ['target unhealthy: Target.Timeout']],
    ['neither', { State: 'unavailable' }, ['target unavailable: ELB gives no reason']],
    ['nothing of one that comes', { State: 'initial', Reason: 'Elb.RegistrationInProgress' }, []],
    ['nothing of one that goes', { State: 'draining', Reason: 'Target.DeregistrationInProgress' }, []],
    ['nothing of a healthy one', { State: 'healthy' }, []],
  ])('%s', (_, TargetHealth, expected) => {
    expect(targetReasons([{ TargetHealth }, { TargetHealth }])).toEqual(expected);
  });
  test('nothing of one without a state', () => {
    expect(targetReasons([{}])).toEqual([]);
  });
});

describe('why tasks stopped', () => {
  test.each<[string, object, string[]]>([
    [
      'the task’s reason and each container’s, with its exit code',
      {
        stoppedReason: 'Essential container in task exited',
        containers: [
          { name: 'app', reason: 'OutOfMemoryError', exitCode: 137 },
          { name: 'sidecar', exitCode: 0 },
        ],
      },
      [
        'task stopped: Essential container in task exited · app: OutOfMemoryError, exit code 137 · sidecar: exit code 0',
      ],
    ],
    [
      'nothing of a container that says nothing',
      { stoppedReason: 'CannotPullContainerError', containers: [{ name: 'app' }] },
      ['task stopped: CannotPullContainerError'],
    ],
    ['a container’s alone', { containers: [{ name: 'app', exitCode: 1 }] }, ['task stopped: app: exit code 1']],
    ['nothing where nobody says anything', {}, []],
    ['nothing of a task that was too many', { stoppedReason: 'Scaling activity initiated by (deployment 1)' }, []],
  ])('%s', (_, task, expected) => {
    expect(stopReasons([task, task])).toEqual(expected);
  });
  test('the first five', () => {
    const tasks = ['a', 'b', 'c', 'd', 'e', 'f'].map((stoppedReason) => ({ stoppedReason }));
    expect(stopReasons(tasks)).toEqual(['a', 'b', 'c', 'd', 'e'].map((reason) => `task stopped: ${reason}`));
  });
});

describe('events', () => {
  const at = (seconds: number, message?: string) => ({
    createdAt: new Date(seconds * 1000),
    ...(message === undefined ? {} : { message }),
  });
  const deployments = [
    { status: 'ACTIVE', createdAt: new Date(1000) },
    { status: 'PRIMARY', createdAt: new Date(5000) },
  ];
  test('are those since the primary deployment began, its first moment too', () => {
    const events = [at(6, 'later'), at(5, 'at once'), at(4, 'before'), at(7), { message: 'without a time' }];
    expect(eventsOf({ events, deployments })).toEqual(['later', 'at once']);
  });
  test('are the newest five', () => {
    const events = ['a', 'b', 'c', 'd', 'e', 'f'].map((message) => at(9, message));
    expect(eventsOf({ events, deployments })).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
  test('are all of them before a deployment shows', () => {
    expect(eventsOf({ events: [{ message: 'one' }] })).toEqual(['one']);
    expect(eventsOf({})).toEqual([]);
  });
});
