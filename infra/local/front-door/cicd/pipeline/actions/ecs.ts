import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Deployment,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type Service,
  type TaskDefinition,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { unzipSync } from 'fflate';
import { z } from 'zod';
import { getArtifact } from '../artifacts.ts';
import { type ActionContext, ActionFailure, type ActionResult } from '../pipeline-runs.ts';
import type { ActionTools } from './tools.ts';

const pollMilliseconds = 300;
/** CodePipeline's default, and its most. */
const defaultTimeoutMinutes = 60;
const imageDefinitions = z.array(z.object({ name: z.string(), imageUri: z.string() })).min(1);

/** A task definition without what only ECS can say of it: what the next revision is registered with. */
export function settingsOf({
  taskDefinitionArn: _arn,
  revision: _revision,
  status: _status,
  requiresAttributes: _attributes,
  compatibilities: _compatibilities,
  registeredAt: _at,
  registeredBy: _by,
  ...settings
}: TaskDefinition): TaskDefinition {
  return settings;
}

/** Registers the running revision with the images that the artifact names, moves the service there and waits until it is steady. */
export async function deployToEcs(context: ActionContext, tools: ActionTools): Promise<ActionResult> {
  const { record, configuration, signal } = context;
  const { ClusterName: cluster, ServiceName: service, FileName: file = 'imagedefinitions.json' } = configuration;
  const images = readImages(await getArtifact(context, tools.caller), file);
  const ecs = tools.caller.client(ECSClient, record.action.region);
  const running = await serviceOf(ecs, cluster, service);
  const { taskDefinition: current, tags } = await ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: running.taskDefinition, include: ['TAGS'] }),
  );
  const containers = current?.containerDefinitions ?? [];
  const unknown = images.find(({ name }) => !containers.some((container) => container.name === name));
  if (unknown !== undefined)
    throw new ActionFailure(
      'JobFailed',
      `The Amazon ECS task definition ${current?.family} has no container named ${unknown.name}, which ${file} names`,
    );
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      ...settingsOf(current ?? {}),
      family: current?.family,
      containerDefinitions: containers.map((container) => ({
        ...container,
        image: images.find(({ name }) => name === container.name)?.imageUri ?? container.image,
      })),
      ...(tags === undefined || tags.length === 0 ? {} : { tags }),
    }),
  );
  const revision = taskDefinition?.taskDefinitionArn ?? '';
  const updated = await ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition: revision }));
  const deployment = updated.service?.deployments?.find(({ taskDefinition: of }) => of === revision);
  record.external = { id: deployment?.id ?? revision };
  const minutes = Number(configuration.DeploymentTimeout ?? defaultTimeoutMinutes);
  const limit = Date.now() + tools.clock.milliseconds(minutes * 60);
  for (;;) {
    signal.throwIfAborted();
    const state = stateOf(await serviceOf(ecs, cluster, service), revision);
    if (state === 'steady') return {};
    if (state !== 'rolling')
      throw new ActionFailure(
        'DeploymentFailed',
        `The deployment of ${revision} to ${cluster}/${service} in ${record.action.region} failed: ${state.failed}`,
      );
    if (Date.now() > limit)
      throw new ActionFailure(
        'JobFailed',
        `The service ${cluster}/${service} in ${record.action.region} was not steady ${minutes} minutes after its deployment`,
      );
    await sleep(pollMilliseconds);
  }
}

async function serviceOf(ecs: ECSClient, cluster: string | undefined, name: string | undefined): Promise<Service> {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [name ?? ''] }));
  const found = services?.find(({ status }) => status === 'ACTIVE');
  if (found === undefined)
    throw new ActionFailure('ConfigurationError', `The service ${name} of cluster ${cluster} was not found`);
  return found;
}

function readImages(artifact: Buffer, file: string): { name: string; imageUri: string }[] {
  const content = unzipSync(artifact)[file];
  if (content === undefined)
    throw new ActionFailure(
      'InvalidConfiguration',
      `Did not find the image definition file ${file} in the input artifact`,
    );
  try {
    return imageDefinitions.parse(JSON.parse(Buffer.from(content).toString('utf8')));
  } catch {
    throw new ActionFailure('InvalidConfiguration', `The image definition file ${file} contains invalid JSON format`);
  }
}

/** How far a service is with a revision; a circuit breaker that has rolled back leaves it with another one. */
function stateOf(service: Service, revision: string): 'rolling' | 'steady' | { failed: string } {
  const of = (wanted: string): Deployment | undefined =>
    service.deployments?.find(({ taskDefinition }) => taskDefinition === wanted);
  const ours = of(revision);
  if (ours?.rolloutState === 'FAILED') return { failed: ours.rolloutStateReason ?? 'its circuit breaker struck' };
  if (service.taskDefinition !== revision) return { failed: `the service runs ${service.taskDefinition} now` };
  // One that failed before is forgotten on AWS; ministack goes on showing it.
  const living = service.deployments?.filter(({ rolloutState }) => rolloutState !== 'FAILED');
  const steady =
    living?.length === 1 &&
    service.runningCount === service.desiredCount &&
    (ours?.rolloutState === undefined || ours.rolloutState === 'COMPLETED');
  return steady ? 'steady' : 'rolling';
}
