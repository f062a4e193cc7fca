import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  paginateListServices,
  paginateListTasks,
} from '@aws-sdk/client-ecs';
import type { Cloud } from '../aws/cloud.ts';
import { ownedBy, shownTags, tagsOf } from '../aws/ownership.ts';

/** DescribeServices takes at most ten, DescribeTasks a hundred (service model). */
const [servicesAtOnce, tasksAtOnce] = [10, 100];

/** What runs in a cluster of ours and is not ours, in words: ECS removes no cluster that has services or tasks. */
export async function obstaclesIn(
  cloud: Cloud,
  { name: cluster, instances = 0 }: { readonly name: string; readonly instances?: number },
): Promise<readonly string[]> {
  const registered = instances > 0 ? [`${instances} container instances are registered in it: deregister them`] : [];
  return [...registered, ...(await Promise.all([servicesIn(cloud, cluster), tasksIn(cloud, cluster)])).flat()];
}

async function servicesIn(cloud: Cloud, cluster: string): Promise<readonly string[]> {
  const client = cloud.client(ECSClient);
  const found: string[] = [];
  for await (const { serviceArns = [] } of paginateListServices({ client, pageSize: servicesAtOnce }, { cluster })) {
    if (serviceArns.length === 0) continue;
    const { services = [] } = await client.send(
      new DescribeServicesCommand({ cluster, services: serviceArns, include: ['TAGS'] }),
    );
    for (const { serviceArn, status, tags } of services)
      if (status === 'ACTIVE' && ownedBy(cloud.scope, 'service', tagsOf(tags)) === undefined)
        found.push(`service ${serviceArn} (${shownTags(tagsOf(tags))}) is not ours`);
  }
  return found;
}

async function tasksIn(cloud: Cloud, cluster: string): Promise<readonly string[]> {
  const client = cloud.client(ECSClient);
  const found: string[] = [];
  for await (const { taskArns = [] } of paginateListTasks({ client, pageSize: tasksAtOnce }, { cluster })) {
    if (taskArns.length === 0) continue;
    const { tasks = [] } = await client.send(new DescribeTasksCommand({ cluster, tasks: taskArns, include: ['TAGS'] }));
    // Those of a service go with it.
    for (const { taskArn, group, tags } of tasks)
      if (!group?.startsWith('service:')) found.push(`task ${taskArn} (${shownTags(tagsOf(tags))}) is not ours`);
  }
  return found;
}
