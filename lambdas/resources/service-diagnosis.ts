import { DescribeTasksCommand, ECSClient, ListTasksCommand, type Service, type Task } from '@aws-sdk/client-ecs';
import {
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  type TargetHealthDescription,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';

// Why a service is not steady: what ECS says in its events, why tasks stopped, and what ELB thinks of the others.

/** Events and stopped tasks that are kept for a report; ECS keeps the last 100 events, and stopped tasks for an hour. */
const kept = 5;

/** Of the current deployment, the newest first. */
export function eventsOf({ events = [], deployments = [] }: Service): readonly string[] {
  const since = deployments.find(({ status }) => status === 'PRIMARY')?.createdAt?.getTime() ?? 0;
  return events
    .flatMap(({ createdAt, message }) =>
      message === undefined || (createdAt?.getTime() ?? 0) < since ? [] : [message],
    )
    .slice(0, kept);
}

/** Targets on their way in or out explain nothing. */
function targetReason({ TargetHealth: health }: TargetHealthDescription): string | undefined {
  if (health?.State !== 'unhealthy' && health?.State !== 'unavailable') return undefined;
  return `target ${health.State}: ${health.Description ?? health.Reason ?? 'ELB gives no reason'}`;
}

/** A task that stopped because fewer were wanted doesn't explain why the rest don't run. */
function stopReason(task: Task): string | undefined {
  const reason = task.stoppedReason ?? '';
  if (reason.startsWith('Scaling activity initiated by')) return undefined;
  const containers = (task.containers ?? []).flatMap(({ name, reason: why, exitCode }) => {
    const parts = [why, exitCode === undefined ? undefined : `exit code ${exitCode}`].filter((part) => part);
    return parts.length === 0 ? [] : [`${name}: ${parts.join(', ')}`];
  });
  const text = [reason, ...containers].filter((part) => part !== '').join(' · ');
  return text === '' ? undefined : `task stopped: ${text}`;
}

export const targetReasons = (targets: readonly TargetHealthDescription[]): readonly string[] =>
  distinct(targets.map(targetReason));

export const stopReasons = (tasks: readonly Task[]): readonly string[] =>
  distinct(tasks.map(stopReason)).slice(0, kept);

const distinct = (texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(texts.filter((text) => text !== undefined)),
];

export async function readTargets(cloud: Cloud, seen: Service): Promise<readonly TargetHealthDescription[]> {
  const TargetGroupArn = seen.loadBalancers?.[0]?.targetGroupArn;
  if (TargetGroupArn === undefined) return [];
  const answer = await ignoreNotFound(
    cloud.client(ElasticLoadBalancingV2Client).send(new DescribeTargetHealthCommand({ TargetGroupArn })),
  );
  return answer?.TargetHealthDescriptions ?? [];
}

/** One page: the reasons repeat themselves. */
export async function stopped(cloud: Cloud, { clusterArn, serviceName }: Service): Promise<readonly Task[]> {
  const ecs = cloud.client(ECSClient);
  const { taskArns = [] } = await ecs.send(
    new ListTasksCommand({ cluster: clusterArn, serviceName, desiredStatus: 'STOPPED', maxResults: 10 }),
  );
  if (taskArns.length === 0) return [];
  return (await ecs.send(new DescribeTasksCommand({ cluster: clusterArn, tasks: taskArns }))).tasks ?? [];
}
