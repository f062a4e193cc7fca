import {
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { environmentNamed, environments } from '../../workflow/environments.ts';
import { anywhere, appLogGroup, repositoryUri, taskDefinitionArns, taskFamily } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { lowerTagList, made, ownershipTags } from '../aws/ownership.ts';
import { compare, releasing, sorted } from './differences.ts';
import { creating, onOwned, tagging } from './grants.ts';
import { passRole, taskRoles } from './pass-role.ts';
import { outgoing, type Release, registeredByPipeline, releaseLabels, takesBack } from './release.ts';
import { type Resource, readyAtOnce, ref } from './resource.ts';
import { appContainer, type ContainerSpec, compareContainers, containerOf, plainContainer } from './task-container.ts';
import { latestOf, revisions, runningIn, type TaskDefinitionFound, toFound } from './task-revisions.ts';

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
  readonly container: ContainerSpec;
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
      // It has no resource-level permissions; a revision that is deregistered still runs.
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
      [appContainer]: plainContainer(containerOf(spec.container, outgoing(spec.container.image, found.release).image)),
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
      containerDefinitions: [{ ...containerOf(spec.container, out.image), dockerLabels: releaseLabels(out) }],
      tags,
    }),
  );
  return made(toFound(cloud.scope, { taskDefinition: answer.taskDefinition, tags }), 'RegisterTaskDefinition');
}
