import { DescribeServicesCommand, ListClustersCommand, ListServicesCommand, type Service } from '@aws-sdk/client-ecs';
import { DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Handlers, type Interceptor, jsonOf, ServiceError, structures, text, texts, withBody } from '../call.ts';
import { all, clientTokens, oneAtATime } from '../client-tokens.ts';
import type { Clock } from '../clock.ts';
import type { Occupants } from '../ec2/dependencies.ts';
import type { Attachments } from '../elb/attachments.ts';
import type { TargetHealth } from '../elb/health.ts';
import type { Emulator } from '../emulator.ts';
import { isFargateSize } from './fargate-sizes.ts';

/** The services of a region, in all clusters. */
async function servicesIn(emulator: Emulator, region: string): Promise<Service[]> {
  const client = emulator.ecs(region);
  const { clusterArns = [] } = await client.send(new ListClustersCommand({}));
  const lists = clusterArns.map(async (cluster) => {
    const { serviceArns = [] } = await client.send(new ListServicesCommand({ cluster }));
    if (serviceArns.length === 0) return [];
    const { services = [] } = await client.send(new DescribeServicesCommand({ cluster, services: serviceArns }));
    return services;
  });
  return (await Promise.all(lists)).flat();
}

/** Which subnets and security groups tasks occupy. */
export const tasksOf =
  (emulator: Emulator): Occupants['tasksIn'] =>
  async (region) => {
    const occupied = (await servicesIn(emulator, region))
      .filter((service) => (service.runningCount ?? 0) + (service.pendingCount ?? 0) > 0)
      .flatMap((service) => service.networkConfiguration?.awsvpcConfiguration ?? []);
    return {
      subnets: occupied.flatMap((network) => network.subnets ?? []),
      groups: occupied.flatMap((network) => network.securityGroups ?? []),
    };
  };

/** ECS as the workflow needs it: see README.md, "ECS". */
export function ecs(
  emulator: Emulator,
  { health, attachments }: { readonly health: TargetHealth; readonly attachments: Attachments },
  clock: Clock,
): Handlers {
  const turn = oneAtATime((call) => call.region);

  const registerTaskDefinition: Interceptor = (call, next) => {
    const { cpu, memory } = call.parameters;
    if (texts(call.parameters, 'requiresCompatibilities').includes('FARGATE')) {
      if (cpu === undefined || memory === undefined || !isFargateSize(Number(cpu), Number(memory))) {
        throw new ServiceError(
          'ClientException',
          `No Fargate configuration exists for given values: ${String(cpu)} CPU, ${String(memory)} memory.`,
        );
      }
    }
    return next(call);
  };

  const createService: Interceptor = async (call, next) => {
    for (const balancer of structures(call.parameters, 'loadBalancers')) {
      const arn = text(balancer, 'targetGroupArn') ?? '';
      const { TargetGroups: groups = [] } = await emulator
        .elb(call.region)
        .send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }))
        .catch(() => ({ TargetGroups: [] }));
      const [group] = groups;
      if (group === undefined) {
        throw new ServiceError(
          'InvalidParameterException',
          `Unable to assume role and validate the specified targetGroupArn. The target group with targetGroupArn ${arn} does not exist.`,
        );
      }
      if ((await attachments.of(call.region, arn)).length === 0) {
        throw new ServiceError(
          'InvalidParameterException',
          `The target group with targetGroupArn ${arn} does not have an associated load balancer.`,
        );
      }
      health.watch(call.region);
    }
    const reply = await next(call);
    if (reply.status < 300) return reply;
    const document = await jsonOf(reply);
    // The same refusal under AWS's own name.
    if (/not idempotent/i.test(String(document.message))) {
      throw new ServiceError('InvalidParameterException', 'Creation of service was not idempotent.');
    }
    return withBody(reply, JSON.stringify(document));
  };

  const deleteCluster: Interceptor = async (call, next) => {
    const cluster = text(call.parameters, 'cluster') ?? 'default';
    const { serviceArns = [] } = await emulator
      .ecs(call.region)
      .send(new ListServicesCommand({ cluster }))
      .catch(() => ({ serviceArns: [] }));
    if (serviceArns.length === 0) return next(call);
    const { services = [] } = await emulator
      .ecs(call.region)
      .send(new DescribeServicesCommand({ cluster, services: serviceArns }));
    if (services.some((service) => service.status === 'ACTIVE')) {
      throw new ServiceError(
        'ClusterContainsServicesException',
        'The Cluster cannot be deleted while Services are active.',
      );
    }
    return next(call);
  };

  /** Deployments and events have the age that they have on AWS's clock. */
  const stretched: Interceptor = async (call, next) => {
    const reply = await next(call);
    if (reply.status >= 300) return reply;
    const document = await jsonOf(reply);
    for (const service of structures(document, 'services'))
      for (const each of [...structures(service, 'deployments'), ...structures(service, 'events')])
        Object.assign(each, { createdAt: clock.stretched(Number(each.createdAt) * 1000).getTime() / 1000 });
    return withBody(reply, JSON.stringify(document));
  };

  /** A rollout goes on until the load balancer has left the tasks before it. */
  const untilDrained: Interceptor = async (call, next) => {
    const reply = await next(call);
    if (reply.status >= 300) return reply;
    const document = await jsonOf(reply);
    for (const service of structures(document, 'services')) {
      const desired = Number(service.desiredCount ?? 0);
      const groups = structures(service, 'loadBalancers').map((balancer) => text(balancer, 'targetGroupArn') ?? '');
      if (groups.every((arn) => health.targetsOf(arn).length <= desired)) continue;
      for (const deployment of structures(service, 'deployments'))
        if (deployment.status === 'PRIMARY' && deployment.rolloutState === 'COMPLETED')
          Object.assign(deployment, {
            rolloutState: 'IN_PROGRESS',
            rolloutStateReason: `ECS deployment ${text(deployment, 'id')} in progress.`,
          });
    }
    return withBody(reply, JSON.stringify(document));
  };

  return {
    'ecs:RegisterTaskDefinition': registerTaskDefinition,
    'ecs:CreateService': all(turn, clientTokens(), createService),
    'ecs:DeleteCluster': deleteCluster,
    'ecs:DescribeServices': all(stretched, untilDrained),
  };
}
