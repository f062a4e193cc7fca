import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
} from '@aws-sdk/client-ecr';
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import { type Environment, environments } from '../../../workflow/environments.ts';
import type { Provisioner } from '../provisioner.ts';
import { only } from './only.ts';

export async function readContainers(provisioner: Provisioner, deployment: string, region: string) {
  const ecs = provisioner.client(ECSClient, region);
  const scaling = provisioner.client(ApplicationAutoScalingClient, region);
  const cluster = `${deployment}-cluster`;
  const [clusters, services, targets, policies] = await Promise.all([
    ecs.send(new DescribeClustersCommand({ clusters: [cluster], include: ['SETTINGS', 'TAGS'] })),
    ecs.send(new DescribeServicesCommand({ cluster, services: [...environments] })),
    scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' })),
    scaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' })),
  ]);
  const byEnvironment = async (environment: Environment) => {
    const service = services.services?.find(({ serviceName }) => serviceName === environment);
    if (service === undefined) throw new Error(`no service ${environment} in ${cluster} in ${region}`);
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName: environment }));
    const [tasks, definition] = await Promise.all([
      ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns })),
      ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: service.taskDefinition, include: ['TAGS'] })),
    ]);
    const resource = `service/${cluster}/${environment}`;
    return {
      environment,
      service,
      tasks: tasks.tasks ?? [],
      taskDefinition: definition.taskDefinition ?? {},
      container: only(definition.taskDefinition?.containerDefinitions, `containers of ${environment}`),
      scalableTarget: targets.ScalableTargets?.find(({ ResourceId }) => ResourceId === resource),
      scalingPolicies: (policies.ScalingPolicies ?? []).filter(({ ResourceId }) => ResourceId === resource),
    };
  };
  return {
    cluster: only(clusters.clusters, `clusters ${cluster}`),
    environments: [await byEnvironment('staging'), await byEnvironment('production')] as const satisfies {
      readonly [Index in keyof typeof environments]: unknown;
    },
  };
}

export async function readRegistry(provisioner: Provisioner, deployment: string, region: string) {
  const ecr = provisioner.client(ECRClient, region);
  const repositoryName = `${deployment}-app`;
  const [{ repositories }, { imageDetails = [] }, lifecycle] = await Promise.all([
    ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] })),
    ecr.send(new DescribeImagesCommand({ repositoryName })),
    ecr.send(new GetLifecyclePolicyCommand({ repositoryName })),
  ]);
  return {
    repository: only(repositories, 'repositories'),
    images: imageDetails,
    lifecyclePolicy: JSON.parse(lifecycle.lifecyclePolicyText ?? '{}') as { rules?: readonly unknown[] },
  };
}
