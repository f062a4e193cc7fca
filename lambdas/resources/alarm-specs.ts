import type { RegionConfig } from '../../workflow/config.ts';
import { type Environment, environmentTitle } from '../../workflow/environments.ts';
import {
  type AlarmKey,
  alarmKeyOf,
  alarmName,
  clusterName,
  mirrorProjectName,
  type ReplicaAlarmKey,
  replicaAlarmName,
} from '../../workflow/names.ts';
import { lagMetric } from './mirror.ts';
import { ref, type Wanted } from './resource.ts';

export interface AlarmSpec {
  readonly name: string;
  readonly settings: AlarmSettings;
}

export interface AlarmSettings {
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** `Average`, `Sum`, `Maximum` or a percentile such as `p95`. */
  readonly statistic: string;
  readonly comparison: string;
  readonly threshold: number;
  readonly periodSeconds: number;
  /** Of that many periods in a row, all must be over the threshold. */
  readonly periods: number;
  readonly periodsOver: number;
  readonly missingData: string;
  /** Only data of that unit count; `None` is every unit. */
  readonly unit: string;
  /** Whether a percentile of few samples counts. */
  readonly fewSamples: string;
  readonly actionsEnabled: boolean;
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
}

type Measure = Pick<
  AlarmSettings,
  'description' | 'namespace' | 'metric' | 'dimensions' | 'statistic' | 'threshold' | 'periods'
>;

/** What all alarms have in common. */
function settingsOf({ alarms }: RegionConfig, measure: Measure): AlarmSettings {
  const topic = ref('topic', 'alarms');
  return {
    ...measure,
    comparison: 'GreaterThanThreshold',
    periodSeconds: alarms.periodSeconds,
    periodsOver: measure.periods,
    // No requests yet, no service yet, or no push is no reason for an alarm.
    missingData: 'notBreaching',
    unit: 'None',
    fewSamples: 'evaluate',
    actionsEnabled: true,
    alarmActions: [topic],
    okActions: [topic],
  };
}

/** Assumption: a build starts within a minute or two, and copies in seconds. */
const replicaLagSeconds = 15 * 60;

export function replicaAlarms(config: RegionConfig): Wanted<AlarmSpec>[] {
  const wanted = (key: ReplicaAlarmKey, measure: Measure): Wanted<AlarmSpec> => ({
    key,
    spec: { name: replicaAlarmName(config, key), settings: settingsOf(config, measure) },
  });
  return [
    wanted('replica-lag', {
      description: `A push reached the replicas more than ${replicaLagSeconds / 60} minutes later`,
      namespace: lagMetric.namespace,
      metric: lagMetric.metric,
      dimensions: { [lagMetric.dimension]: config.deployment },
      statistic: 'Maximum',
      threshold: replicaLagSeconds,
      periods: 1,
    }),
    wanted('mirror-failed', {
      description: `The replicas lack a push: a build of ${mirrorProjectName(config)} failed, its log says why; start it again`,
      namespace: 'AWS/CodeBuild',
      metric: 'FailedBuilds',
      dimensions: { ProjectName: mirrorProjectName(config) },
      statistic: 'Sum',
      threshold: 0,
      periods: 1,
    }),
  ];
}

/** The five of the diagrams. Services are named, not referred to: they are deployed later. */
export function alarmsOf(config: RegionConfig, environment: Environment): Wanted<AlarmSpec>[] {
  const { alarms: limits } = config;
  const inService = { ClusterName: clusterName(config), ServiceName: environment };
  const onTargets = {
    LoadBalancer: ref('load-balancer', 'main', 'suffix'),
    TargetGroup: ref('target-group', environment, 'suffix'),
  };
  const wanted = (key: AlarmKey, measure: Measure): Wanted<AlarmSpec> => ({
    key: alarmKeyOf(environment, key),
    spec: { name: alarmName(config, environment, key), settings: settingsOf(config, measure) },
  });
  const subject = environmentTitle(environment);
  const minutes = (periods: number): string => `${(periods * limits.periodSeconds) / 60} minutes`;
  return [
    wanted('cpu', {
      description: `${subject} uses more than ${limits.cpuPercent} % CPU for ${minutes(2)}`,
      namespace: 'AWS/ECS',
      metric: 'CPUUtilization',
      dimensions: inService,
      statistic: 'Average',
      threshold: limits.cpuPercent,
      periods: 2,
    }),
    wanted('memory', {
      description: `${subject} uses more than ${limits.memoryPercent} % memory for ${minutes(2)}`,
      namespace: 'AWS/ECS',
      metric: 'MemoryUtilization',
      dimensions: inService,
      statistic: 'Average',
      threshold: limits.memoryPercent,
      periods: 2,
    }),
    wanted('http-5xx', {
      description: `${subject} answers more than ${limits.http5xxCount} requests with 5XX in ${minutes(1)}`,
      namespace: 'AWS/ApplicationELB',
      metric: 'HTTPCode_Target_5XX_Count',
      dimensions: onTargets,
      statistic: 'Sum',
      threshold: limits.http5xxCount,
      periods: 1,
    }),
    wanted('response-time', {
      description: `${subject}'s 95th percentile of response time is over ${limits.responseSeconds} s for ${minutes(1)}`,
      namespace: 'AWS/ApplicationELB',
      metric: 'TargetResponseTime',
      dimensions: onTargets,
      statistic: 'p95',
      threshold: limits.responseSeconds,
      periods: 1,
    }),
    wanted('unhealthy-targets', {
      description: `${subject} has more than ${limits.unhealthyTargets} unhealthy targets`,
      namespace: 'AWS/ApplicationELB',
      metric: 'UnHealthyHostCount',
      dimensions: onTargets,
      statistic: 'Maximum',
      threshold: limits.unhealthyTargets,
      periods: 1,
    }),
  ];
}
