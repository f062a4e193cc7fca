import { type Takes, takes } from '../../workflow/timings.ts';
import { secondsToLook } from './age.ts';
import type { Found, Readiness } from './resource.ts';

/** What can be changed on a living service, apart from the task definition and the desired count. */
export interface ServiceSettings {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly publicAddresses: boolean;
  readonly targetGroup: string;
  readonly containerName: string;
  readonly containerPort: number;
  readonly circuitBreaker: boolean;
  readonly rollback: boolean;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly healthCheckGraceSeconds: number;
  readonly managedTags: boolean;
  readonly propagateTags: string;
  readonly zoneRebalancing: string;
  /** How ECS replaces tasks. */
  readonly strategy: string;
  readonly executeCommand: boolean;
}

export interface ServiceSpec extends ServiceSettings {
  readonly name: string;
  readonly cluster: string;
  readonly launchType: 'FARGATE';
  readonly taskDefinition: string;
  readonly desiredCount: number;
  /** Autoscaling moves the desired count between these. */
  readonly minCount: number;
  readonly maxCount: number;
}

export interface Rollout {
  readonly primary: boolean;
  readonly taskDefinition: string;
  readonly state: string;
  readonly reason: string;
  readonly ageSeconds: number;
}

export interface ServiceFound extends Found, ServiceSettings {
  readonly name: string;
  readonly cluster: string;
  readonly launchType: string;
  /** Of the service's tasks in target groups, all but the first, as ECS shows them. */
  readonly otherLoadBalancers: readonly unknown[];
  readonly taskDefinition: string;
  readonly desiredCount: number;
  readonly runningCount: number;
  readonly rollouts: readonly Rollout[];
  readonly healthyTargets: number;
  /** Why targets are not healthy, each reason once. */
  readonly targetReasons: readonly string[];
  /** Of the current deployment, the newest first. */
  readonly events: readonly string[];
  /** Why tasks stopped, each reason once; read only while the service is not steady. */
  readonly stopReasons: readonly string[];
}

/** ECS counts a task when ELB has found it healthy, and says so a little later: 2 s are an assumption. Seven apply logs: 55 to 127 s. */
const steady: Takes = {
  typical: takes('taskRunning').typical + takes('targetHealthy').typical + 2,
  p90: takes('taskRunning').p90 + takes('targetHealthy').p90 + 2,
};

export function readiness(found: ServiceFound, spec: ServiceSpec): Readiness {
  const primary = found.rollouts.find((rollout) => rollout.primary);
  const failure = failureOf(found, spec, primary);
  if (failure !== undefined)
    return {
      state: 'failed',
      reason: [failure, ...obstacles(found), ...found.stopReasons, ...found.targetReasons].join('; '),
    };
  const onIt = primary !== undefined && isOrFollows(primary.taskDefinition, spec.taskDefinition);
  const enough = found.runningCount >= found.desiredCount && found.healthyTargets >= found.desiredCount;
  if (primary?.state === 'COMPLETED' && onIt && enough) return { state: 'ready' };
  const counts = `${found.runningCount} of ${found.desiredCount} tasks run, ${found.healthyTargets} are healthy`;
  return {
    state: 'pending',
    reason: [counts, ...obstacles(found), ...found.stopReasons, ...found.targetReasons].join('; '),
    nextCheckSeconds: secondsToLook(steady, primary?.ageSeconds ?? 0),
  };
}

/** The wanted revision, or a later one of its family: the pipeline released in the meantime. */
function isOrFollows(running: string, wanted: string): boolean {
  const [[family, revision], [ofFamily, wantedRevision]] = [running, wanted].map((arn) => {
    const colon = arn.lastIndexOf(':');
    return [arn.slice(0, colon), Number(arn.slice(colon + 1))] as const;
  }) as [readonly [string, number], readonly [string, number]];
  return running === wanted || (family === ofFamily && revision > wantedRevision);
}

/** ECS says in an event why it can't even start a task: "(service staging) was unable to place a task because …". */
const obstacles = ({ events }: ServiceFound): readonly string[] =>
  events.filter((event) => event.includes('unable')).slice(0, 1);

/** Why the deployment of the wanted task definition has failed, if it has. */
function failureOf(found: ServiceFound, spec: ServiceSpec, primary: Rollout | undefined): string | undefined {
  // Beside a newer deployment of the same tasks an older failure no longer counts: it was started again.
  const again = primary?.taskDefinition === spec.taskDefinition;
  const failed = found.rollouts.find(
    (rollout) =>
      rollout.state === 'FAILED' && (rollout.primary || (!again && rollout.taskDefinition === spec.taskDefinition)),
  );
  if (failed !== undefined) return `the deployment failed: ${failed.reason}`;
  // Once it has rolled back ECS forgets the failed deployment: the older one is primary again, and its reason says why.
  if (
    primary !== undefined &&
    primary.taskDefinition !== spec.taskDefinition &&
    /roll(ing|ed) back/.test(primary.reason)
  )
    return `the deployment failed and was rolled back to ${primary.taskDefinition}: ${primary.reason}`;
  return undefined;
}
