import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { describe, expect, test } from '@jest/globals';
import { plainContainer } from '../../../../lambdas/resources/task-container.ts';
import { type TaskDefinitionSpec, taskDefinition } from '../../../../lambdas/resources/task-definition.ts';
import { type TaskDefinitionFound, toFound } from '../../../../lambdas/resources/task-revisions.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';
import { lowerTags, scope } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const spec = (): TaskDefinitionSpec => {
  const [staging] = taskDefinition.specs(regionConfig());
  if (staging === undefined) throw new TypeError('there is no staging');
  return { ...staging.spec, executionRole: 'arn:role' };
};

const image = `123456789012.dkr.ecr.us-east-1.amazonaws.com/platform-app@sha256:${'0123456789abcdef'.repeat(4)}`;

/** The container as ECS returns it: defaults filled in, lists in an order of their own. */
const container = (overrides: ContainerDefinition = {}): ContainerDefinition => ({
  name: 'app',
  image,
  dockerLabels: { 'slipway.image': image, 'slipway.app': image },
  cpu: 0,
  links: [],
  portMappings: [{ containerPort: 8080, hostPort: 8080, protocol: 'tcp' }],
  essential: true,
  readonlyRootFilesystem: true,
  environment: [
    { name: 'PORT', value: '8080' },
    { name: 'ENVIRONMENT', value: 'staging' },
    { name: 'AWS_REGION', value: 'us-east-1' },
  ],
  mountPoints: [],
  volumesFrom: [],
  systemControls: [],
  stopTimeout: 30,
  healthCheck: {
    command: [
      'CMD',
      'node',
      '-e',
      'fetch(process.argv[1]).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))',
      'http://127.0.0.1:8080/health',
    ],
    interval: 10,
    timeout: 5,
    retries: 3,
    startPeriod: 10,
  },
  logConfiguration: {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': '/slipway/platform/staging',
      'awslogs-region': 'us-east-1',
      'awslogs-stream-prefix': 'app',
      mode: 'non-blocking',
    },
    secretOptions: [],
  },
  ...overrides,
});

const found = (
  overrides: Partial<TaskDefinitionFound> = {},
  containers: readonly ContainerDefinition[] = [container()],
): TaskDefinitionFound => {
  const [seen] = toFound(scope, {
    tags: lowerTags('task-definition', 'staging'),
    taskDefinition: {
      taskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/platform-staging:3',
      family: 'platform-staging',
      cpu: '256',
      memory: '512',
      executionRoleArn: 'arn:role',
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
      containerDefinitions: [...containers],
    },
  });
  if (seen === undefined) throw new TypeError('not ours');
  return { ...seen, ...overrides };
};

describe('specs', () => {
  const wanted = taskDefinition.specs(regionConfig());

  test('each environment has a family of its own', () => {
    expect(wanted.map(({ key, spec }) => [key, spec.family, spec.container.environment.ENVIRONMENT])).toEqual([
      ['staging', 'platform-staging', 'staging'],
      ['production', 'platform-production', 'production'],
    ]);
  });

  test('a task has 256 CPU units and 512 MB on Fargate, linux/amd64', () => {
    expect(wanted[0]?.spec).toMatchObject({
      cpu: '256',
      memory: '512',
      compatibility: 'FARGATE',
      architecture: 'X86_64',
      system: 'LINUX',
    });
  });

  test('the image is pinned by digest', () => {
    expect(wanted[0]?.spec.container.image).toMatch(/platform-app@sha256:[0-9a-f]{64}$/);
  });

  test('the app is told region, environment, port and version', () => {
    expect(wanted[1]?.spec.container.environment).toEqual({
      AWS_REGION: 'us-east-1',
      ENVIRONMENT: 'production',
      PORT: '8080',
    });
  });
});

describe('diff', () => {
  test.each<[string, TaskDefinitionFound, string[]]>([
    ['sees nothing in what ECS fills in', found(), []],
    ['names another image', found({}, [container({ image: 'other' })]), ['containers[app].image']],
    [
      'names a variable that somebody changed',
      found({}, [container({ environment: [{ name: 'PORT', value: '1' }] })]),
      ['containers[app].environment'],
    ],
    ['names what nobody asked for', found({}, [container({ privileged: true })]), ['containers[app].privileged']],
    ['names a container that somebody added', found({}, [container(), { name: 'extra' }]), ['containers[extra]']],
    ['names a container that is missing', found({}, []), ['ownApp', 'containers[app]']],
    ['names a task role, which the app should not have', found({ taskRole: 'arn:admin' }), ['taskRole']],
    [
      'names size, role and platform',
      found({ cpu: '512', memory: '1024', executionRole: 'arn:other', architecture: 'ARM64' }),
      ['cpu', 'memory', 'executionRole', 'architecture'],
    ],
  ])('%s', (_, seen, paths) => {
    expect(taskDefinition.diff(spec(), seen).map(({ path }) => path)).toEqual(paths);
  });

  test('no difference asks for a replacement: an update registers the next revision', () => {
    const differences = taskDefinition.diff(spec(), found({ cpu: '512' }, [container({ image: 'other' })]));
    expect(differences.some(({ replace }) => replace)).toBe(false);
  });

  test('a role that does not exist yet shows as a reference', () => {
    const differences = taskDefinition.diff({ ...spec(), executionRole: '${role/execution.arn}' }, found());
    expect(differences).toEqual([{ path: 'executionRole', was: 'arn:role', want: '${role/execution.arn}' }]);
  });
});

test('a port without a host port means the same one', () => {
  const port = { containerPort: 8080 };
  expect(plainContainer({ portMappings: [port] })).toEqual(
    plainContainer({ portMappings: [{ ...port, hostPort: 8080, protocol: 'tcp' }] }),
  );
});

test('what the SDK may leave out of a variable, a secret or the whole is empty and no failure', () => {
  const nothing = { name: undefined, valueFrom: undefined };
  const secrets = [{ ...nothing, name: 'S' }, nothing];
  expect(plainContainer({ environment: [{ name: 'A' }, { value: 'b' }], secrets })).toEqual({
    environment: { A: '', '': 'b' },
    secrets: { S: '', '': '' },
  });
});

test('gives the ARN with the revision, and the image', () => {
  const output = taskDefinition.output(found());
  expect(output).toEqual({
    id: 'arn:aws:ecs:us-east-1:123456789012:task-definition/platform-staging:3',
    family: 'platform-staging',
    environment: 'staging',
    image,
  });
  expect(taskDefinition.headlines?.(output)).toEqual({ image: `staging sha256:${'0123456789abcdef'.repeat(4)}` });
});

test('runs the user’s app with its command and variables, which override none of the platform’s', () => {
  const config = regionConfig();
  const environment = { GREETING: 'hi', PORT: '1' };
  const image = `ghcr.io/acme/shop@sha256:${'1'.repeat(64)}`;
  const [ours, theirs] = [{ environment }, { environment, command: ['serve', '--fast'], image }].map(
    (app) => taskDefinition.specs({ ...config, app: { ...config.app, ...app } })[0]?.spec.container,
  );
  expect(ours?.environment).toEqual({ GREETING: 'hi', AWS_REGION: 'us-east-1', ENVIRONMENT: 'staging', PORT: '8080' });
  expect(Object.keys(ours ?? {})).not.toContain('command');
  // The image is the region's copy.
  expect(theirs).toMatchObject({ command: ['serve', '--fast'], userImage: true, image: ours?.image });
});

test('of the user’s image nothing is taken for granted: no node to ask, no disk that is never written', async () => {
  const config = regionConfig();
  const [wanted] = taskDefinition.specs({ ...config, app: { ...config.app, image: 'x', command: ['serve'] } });
  if (wanted === undefined) throw new TypeError('there is no staging');
  const { cloud, calls } = answeringCloud({
    RegisterTaskDefinition: () => ({ taskDefinition: { taskDefinitionArn: 'arn:1' } }),
  });
  await taskDefinition.create(cloud, wanted, 'token');
  const [, sent] = calls[0] ?? [];
  expect(sent).toMatchObject({ containerDefinitions: [{ command: ['serve'], readonlyRootFilesystem: false }] });
  expect(JSON.stringify(sent)).not.toContain('healthCheck');
});

test.each(["/health?x='y'", '/`id`', '/$(id)', '/"); process.exit(0); ("', '/a\\b', '/${HOME}'])(
  'the path %s goes to the health check as text: no shell and no program reads it',
  async (healthPath) => {
    const config = regionConfig();
    const [wanted] = taskDefinition.specs({ ...config, app: { ...config.app, healthPath } });
    if (wanted === undefined) throw new TypeError('there is no staging');
    const { cloud, calls } = answeringCloud({
      RegisterTaskDefinition: () => ({ taskDefinition: { taskDefinitionArn: 'arn:1' } }),
    });
    await taskDefinition.create(cloud, wanted, 'token');
    const command = [...(container().healthCheck?.command ?? []).slice(0, -1), `http://127.0.0.1:8080${healthPath}`];
    expect(calls[0]?.[1]).toMatchObject({ containerDefinitions: [{ healthCheck: { command } }] });
  },
);

test('takes secrets in whatever order ECS lists them, and the role that the input names', () => {
  const config = regionConfig();
  const secrets = { B: 'arn:b', A: 'arn:a' };
  const [wanted] = taskDefinition.specs({ ...config, app: { ...config.app, secrets, taskRoleArn: 'arn:reader' } });
  if (wanted === undefined) throw new TypeError('there is no staging');
  const live = (containers: ContainerDefinition, taskRoleArn: string) =>
    toFound(scope, {
      taskDefinition: {
        taskDefinitionArn: 'arn:1',
        taskRoleArn,
        containerDefinitions: [containers],
      },
      tags: lowerTags('task-definition', 'staging'),
    }).flatMap((seen) => taskDefinition.diff({ ...wanted.spec, executionRole: 'arn:role' }, seen));
  const paths = (...of: Parameters<typeof live>) => live(...of).map(({ path }) => path);
  const listed = container({
    secrets: Object.entries(secrets)
      .toReversed()
      .map(([name, valueFrom]) => ({ name, valueFrom })),
  });
  expect(paths(listed, 'arn:reader')).not.toEqual(expect.arrayContaining([expect.stringMatching(/secrets|taskRole/)]));
  expect(paths(container(), 'arn:other')).toEqual(expect.arrayContaining(['taskRole', 'containers[app].secrets']));
});
