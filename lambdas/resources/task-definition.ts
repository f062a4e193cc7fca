import {
  type ContainerDefinition,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type DescribeTaskDefinitionCommandOutput,
  ECSClient,
  type HealthCheck,
  paginateListTaskDefinitions,
  RegisterTaskDefinitionCommand,
  type TaskDefinitionStatus,
} from '@aws-sdk/client-ecs';
import { type Environment, environmentNamed, environments } from '../../workflow/environments.ts';
import {
  anywhere,
  appLogGroup,
  clusterName,
  repositoryUri,
  taskDefinitionArns,
  taskFamily,
} from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { noRevision, says } from '../aws/error-tables.ts';
import { lowerTagList, made, orUnmanaged, ownedBy, ownershipTags, tagsOf } from '../aws/ownership.ts';
import { compare, compareByName, releasing, sorted } from './differences.ts';
import { creating, onOwned, tagging } from './grants.ts';
import { passRole, taskRoles } from './pass-role.ts';
import { outgoing, type Release, registeredByPipeline, releaseLabels, releaseOf, takesBack } from './release.ts';
import { type Found, type Resource, readyAtOnce, ref, type Unmanaged } from './resource.ts';

/** Name of the one container; the service and the pipeline's imagedefinitions.json use it. */
export const appContainer = 'app';

/** DeleteTaskDefinitions takes at most ten (service model). */
const deletedAtOnce = 10;

export interface TaskDefinitionSpec {
  readonly family: string;
  readonly cpu: string;
  readonly memory: string;
  readonly executionRole: string;
  readonly taskRole?: string;
  readonly networkMode: 'awsvpc';
  readonly compatibility: 'FARGATE';
  readonly architecture: 'X86_64';
  readonly system: 'LINUX';
  readonly container: {
    /** Slipway's own app, pinned by digest: a tag may move between two tasks of one deployment. */
    readonly image: string;
    readonly port: number;
    readonly environment: Readonly<Record<string, string>>;
    /** ARNs by variable. */
    readonly secrets?: Readonly<Record<string, string>>;
    /** Absent: the image's own. */
    readonly command?: readonly string[];
    /** An image of the user's own: nothing is known of what is in it. */
    readonly userImage?: true;
    readonly logGroup: string;
    readonly logRegion: string;
    readonly healthPath: string;
  };
}

export interface TaskDefinitionFound extends Found {
  readonly family: string;
  readonly cpu: string;
  readonly memory: string;
  readonly executionRole?: string;
  readonly taskRole?: string;
  readonly networkMode: string;
  readonly compatibility: readonly string[];
  readonly architecture: string;
  readonly system: string;
  /** Of the app's container; absent where there is none. */
  readonly release?: Release;
  /** Containers by name, as `plainContainer` leaves them. */
  readonly containers: Readonly<Record<string, PlainContainer>>;
}

const arns = environments.map((environment) => taskDefinitionArns(anywhere, environment));

/**
 * A revision never changes: an update registers the next. The family's latest active one counts, or the one that runs where
 * the latest is a release that ECS has rolled back. What the pipeline has released is what goes out with a changed setting.
 * Revisions stay until the family is deleted, so that ECS can roll back to them.
 */
export const taskDefinition: Resource<TaskDefinitionSpec, TaskDefinitionFound> = {
  kind: 'task-definition',
  permissions: {
    read: ['ecs:ListTaskDefinitions', 'ecs:DescribeTaskDefinition', 'ecs:DescribeServices'],
    write: [
      'ecs:ListTaskDefinitions',
      creating(['ecs:RegisterTaskDefinition'], arns),
      ...tagging('ecs', 'RegisterTaskDefinition', arns),
      // ECS knows no resource for it; a revision that is deregistered still runs.
      'ecs:DeregisterTaskDefinition',
      onOwned(['ecs:DeleteTaskDefinitions'], arns),
      passRole('ecs-tasks.amazonaws.com', taskRoles),
      'tag:TagResources',
    ],
  },
  revised: true,
  lingers: true,
  environmentOf: environmentNamed,

  specs: (config) =>
    environments.map((environment) => ({
      key: environment,
      spec: {
        family: taskFamily(config, environment),
        cpu: `${config.app.cpu}`,
        memory: `${config.app.memory}`,
        executionRole: ref('role', 'execution', 'arn'),
        ...(config.app.taskRoleArn === undefined ? {} : { taskRole: config.app.taskRoleArn }),
        networkMode: 'awsvpc',
        compatibility: 'FARGATE',
        architecture: 'X86_64',
        system: 'LINUX',
        container: {
          image: `${repositoryUri(config)}@${config.image.digest}`,
          port: config.app.port,
          environment: {
            ...config.app.environment,
            AWS_REGION: config.region,
            ENVIRONMENT: environment,
            PORT: `${config.app.port}`,
          },
          logGroup: appLogGroup(config, environment),
          logRegion: config.region,
          healthPath: config.app.healthPath,
          ...(config.app.secrets === undefined ? {} : { secrets: config.app.secrets }),
          ...(config.app.command === undefined ? {} : { command: config.app.command }),
          ...(config.app.image === undefined ? {} : { userImage: true as const }),
        },
      },
    })),

  async list(cloud) {
    const found = environments.map(async (environment) => {
      const latest = await latestOf(cloud, taskFamily(cloud.scope, environment));
      const released = latest.some((each) => 'release' in each && registeredByPipeline(each.release));
      const running = released ? await runningIn(cloud, environment) : [];
      return running.length > 0 ? running : latest;
    });
    return (await Promise.all(found)).flat();
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...ownAppDifference(spec, found),
    ...compare('family', found.family, spec.family, 'replace'),
    ...compare('cpu', found.cpu, spec.cpu),
    ...compare('memory', found.memory, spec.memory),
    ...compare('executionRole', found.executionRole, spec.executionRole),
    ...compare('taskRole', found.taskRole, spec.taskRole),
    ...compare('networkMode', found.networkMode, spec.networkMode),
    ...compare('compatibility', sorted(found.compatibility), [spec.compatibility]),
    ...compare('architecture', found.architecture, spec.architecture),
    ...compare('system', found.system, spec.system),
    ...compareContainers(found.containers, {
      [appContainer]: plainContainer(containerOf(spec, outgoing(spec.container.image, found.release).image)),
    }),
  ],

  create: (cloud, { key, spec }) => register(cloud, key, spec),

  update: (cloud, { key, spec }, found) => register(cloud, key, spec, found.release),

  arn: ({ id }) => id,

  async delete(cloud, found) {
    const ecs = cloud.client(ECSClient);
    for (const taskDefinition of await revisions(cloud, found.family, 'ACTIVE'))
      await ignoreNotFound(ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition })));
    const inactive = await revisions(cloud, found.family, 'INACTIVE');
    for (let start = 0; start < inactive.length; start += deletedAtOnce)
      await ecs.send(
        new DeleteTaskDefinitionsCommand({ taskDefinitions: inactive.slice(start, start + deletedAtOnce) }),
      );
  },

  output: ({ key, id, family, release }) => ({
    id,
    family,
    ...(release === undefined ? {} : { environment: key, image: release.image }),
  }),

  headlines: ({ environment, image }) =>
    image === undefined ? {} : { image: `${environment} ${image.slice(image.indexOf('@') + 1)}` },
};

/** Another own app than the revision knows goes out; in the place of a release, people are asked first. */
function ownAppDifference({ container: { image } }: TaskDefinitionSpec, { release }: TaskDefinitionFound) {
  const differences = compare('ownApp', release?.ownApp, outgoing(image, release).app);
  return takesBack(image, release) ? releasing(differences) : differences;
}

type Described = Pick<DescribeTaskDefinitionCommandOutput, 'taskDefinition' | 'tags'>;

export function toFound(scope: Scope, { taskDefinition: seen, tags }: Described): TaskDefinitionFound[] {
  const owned = ownedBy(scope, 'task-definition', tagsOf(tags));
  if (owned === undefined || seen?.taskDefinitionArn === undefined) return [];
  const containers = (seen.containerDefinitions ?? []).map(releaseOf);
  const release = containers.find(({ container }) => container.name === appContainer)?.release;
  return [
    {
      ...owned,
      id: seen.taskDefinitionArn,
      family: seen.family ?? '',
      cpu: seen.cpu ?? '',
      memory: seen.memory ?? '',
      networkMode: seen.networkMode ?? '',
      compatibility: seen.requiresCompatibilities ?? [],
      architecture: seen.runtimePlatform?.cpuArchitecture ?? '',
      system: seen.runtimePlatform?.operatingSystemFamily ?? '',
      containers: Object.fromEntries(
        containers.map(({ container }) => [container.name ?? '', plainContainer(container)]),
      ),
      ...(release === undefined ? {} : { release: { ...release, ...(scope.keepReleases ? { kept: true } : {}) } }),
      ...(seen.executionRoleArn === undefined ? {} : { executionRole: seen.executionRoleArn }),
      ...(seen.taskRoleArn === undefined ? {} : { taskRole: seen.taskRoleArn }),
    },
  ];
}

async function register(
  cloud: Cloud,
  key: string,
  spec: TaskDefinitionSpec,
  release?: Release,
): Promise<TaskDefinitionFound> {
  const out = outgoing(spec.container.image, release);
  const tags = lowerTagList(ownershipTags(cloud.scope, 'task-definition', key));
  const answer = await cloud.client(ECSClient).send(
    new RegisterTaskDefinitionCommand({
      family: spec.family,
      cpu: spec.cpu,
      memory: spec.memory,
      executionRoleArn: spec.executionRole,
      ...(spec.taskRole === undefined ? {} : { taskRoleArn: spec.taskRole }),
      networkMode: spec.networkMode,
      requiresCompatibilities: [spec.compatibility],
      runtimePlatform: { cpuArchitecture: spec.architecture, operatingSystemFamily: spec.system },
      containerDefinitions: [{ ...containerOf(spec, out.image), dockerLabels: releaseLabels(out) }],
      tags,
    }),
  );
  return made(toFound(cloud.scope, { taskDefinition: answer.taskDefinition, tags }), 'RegisterTaskDefinition');
}

/** The newest active revision that carries our tags: as a rule the family's newest, which one call shows. */
async function latestOf(cloud: Cloud, family: string): Promise<readonly (TaskDefinitionFound | Unmanaged)[]> {
  const client = cloud.client(ECSClient);
  const newest = await newestActive(cloud, family);
  const latest = newest === undefined ? [] : toFound(cloud.scope, newest);
  if (latest.length > 0) return latest;
  const query = { familyPrefix: family, status: 'ACTIVE', sort: 'DESC' } as const;
  for await (const page of paginateListTaskDefinitions({ client }, query))
    for (const taskDefinition of page.taskDefinitionArns ?? []) {
      const answer = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }));
      const found = toFound(cloud.scope, answer);
      if (found.length > 0) return found;
    }
  return newest === undefined ? [] : orUnmanaged([], family);
}

/** The revision that an environment's service runs, if it is one of ours. */
async function runningIn(cloud: Cloud, environment: Environment): Promise<TaskDefinitionFound[]> {
  const ecs = cloud.client(ECSClient);
  const query = { cluster: clusterName(cloud.scope), services: [environment] };
  const answer = await ignoreNotFound(ecs.send(new DescribeServicesCommand(query)));
  const taskDefinition = answer?.services?.find(({ status }) => status === 'ACTIVE')?.taskDefinition;
  if (taskDefinition === undefined) return [];
  const described = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition, include: ['TAGS'] }));
  return toFound(cloud.scope, described).filter(({ family }) => family === taskFamily(cloud.scope, environment));
}

async function newestActive(cloud: Cloud, family: string): Promise<Described | undefined> {
  try {
    return await cloud
      .client(ECSClient)
      .send(new DescribeTaskDefinitionCommand({ taskDefinition: family, include: ['TAGS'] }));
  } catch (error) {
    if (says(error, noRevision)) return undefined;
    throw error;
  }
}

async function revisions(cloud: Cloud, family: string, status: TaskDefinitionStatus): Promise<readonly string[]> {
  const arns: string[] = [];
  const query = { familyPrefix: family, status };
  for await (const page of paginateListTaskDefinitions({ client: cloud.client(ECSClient) }, query))
    arns.push(...(page.taskDefinitionArns ?? []));
  return arns;
}

const containerOf = ({ container }: TaskDefinitionSpec, image: string): ContainerDefinition => ({
  name: appContainer,
  image,
  essential: true,
  ...(container.command === undefined ? {} : { command: [...container.command] }),
  // Our app writes nothing to disk; of another one that can't be told.
  readonlyRootFilesystem: container.userImage !== true,
  portMappings: [{ containerPort: container.port, hostPort: container.port, protocol: 'tcp' }],
  environment: Object.entries(container.environment).map(([name, value]) => ({ name, value })),
  ...(container.secrets === undefined
    ? {}
    : { secrets: Object.entries(container.secrets).map(([name, valueFrom]) => ({ name, valueFrom })) }),
  // Longer than the app needs for what is still open after the target group's deregistration delay of 30 s; ECS's default.
  stopTimeout: 30,
  // Our image has node and no shell tools; in another one nobody knows what could ask, and the target group does.
  ...(container.userImage === true ? {} : { healthCheck: healthCheckOf(container) }),
  logConfiguration: {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': container.logGroup,
      'awslogs-region': container.logRegion,
      'awslogs-stream-prefix': appContainer,
      // A slow log service must not stop the app: ECS's default since June 2025, an account setting before.
      mode: 'non-blocking',
    },
  },
});

/** Three failures at 10 s: as soon as the target group notices. */
const healthCheckOf = ({ port, healthPath }: TaskDefinitionSpec['container']): HealthCheck => ({
  command: [
    'CMD',
    'node',
    '-e',
    'fetch(process.argv[1]).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))',
    // An argument, never a part of the code: the path is the user's text.
    `http://127.0.0.1:${port}${healthPath}`,
  ],
  interval: 10,
  timeout: 5,
  retries: 3,
  startPeriod: 10,
});

/** A container definition without what ECS fills in and without orders that mean nothing. */
export type PlainContainer = Readonly<Record<string, unknown>>;

export function plainContainer(container: ContainerDefinition): PlainContainer {
  const plain: Record<string, unknown> = {
    ...container,
    // ECS returns 0 for a container without a share of its own, and every absent list as an empty one.
    cpu: container.cpu === 0 ? undefined : container.cpu,
    versionConsistency: container.versionConsistency === 'enabled' ? undefined : container.versionConsistency,
    environment: Object.fromEntries((container.environment ?? []).map(({ name, value }) => [name ?? '', value ?? ''])),
    secrets: container.secrets?.length
      ? Object.fromEntries(container.secrets.map(({ name, valueFrom }) => [name ?? '', valueFrom ?? '']))
      : undefined,
    portMappings: container.portMappings?.map((port) => ({
      ...port,
      hostPort: port.hostPort ?? port.containerPort,
      protocol: port.protocol ?? 'tcp',
    })),
  };
  return withoutEmpty(plain) as PlainContainer;
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined && part !== null && !(Array.isArray(part) && part.length === 0))
      .map(([name, part]) => [name, withoutEmpty(part)]),
  );
}

const compareContainers = (
  was: Readonly<Record<string, PlainContainer>>,
  want: Readonly<Record<string, PlainContainer>>,
) =>
  sorted([...new Set([...Object.keys(was), ...Object.keys(want)])]).flatMap((name) => {
    const [before, after] = [was[name], want[name]];
    return before === undefined || after === undefined
      ? compare(`containers[${name}]`, before, after)
      : compareByName((property) => `containers[${name}].${property}`, before, after);
  });
