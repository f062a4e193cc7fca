import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  ListTagsForResourceCommand,
  type MetricAlarm,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { isMirrored, type RegionConfig } from '../../workflow/config.ts';
import { alarmed, type Environment, titleOf } from '../../workflow/environments.ts';
import {
  type AlarmKey,
  alarmArn,
  alarmKeyOf,
  alarmKeys,
  alarmName,
  anywhere,
  arnOf,
  clusterName,
  mirrorProjectName,
  type ReplicaAlarmKey,
  replicaAlarmArn,
  replicaAlarmKeys,
  replicaAlarmName,
} from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { orUnmanaged, ownedBy, ownershipTags, type Tags, tagsOf, upperTagList } from '../aws/ownership.ts';
import { tagsOfArn } from '../aws/tags.ts';
import { compare, sorted } from './differences.ts';
import { creating, onOwned } from './grants.ts';
import { lagMetric } from './mirror.ts';
import { type Found, type Resource, readyAtOnce, ref, type Unmanaged, type Wanted } from './resource.ts';

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
  readonly actionsEnabled: boolean;
  readonly alarmActions: readonly string[];
  readonly okActions: readonly string[];
}

export interface AlarmFound extends Found {
  readonly arn: string;
  readonly settings: AlarmSettings;
}

/** Environment and key of every alarm on an environment. */
const everyAlarm = alarmed.flatMap((environment) => alarmKeys.map((key) => [environment, key] as const));

const alarms = [
  ...everyAlarm.map(([environment, key]) => alarmArn(anywhere, environment, key)),
  ...replicaAlarmKeys.map((key) => replicaAlarmArn(anywhere, key)),
];

export const alarm: Resource<AlarmSpec, AlarmFound> = {
  kind: 'alarm',
  permissions: {
    read: [{ actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:ListTagsForResource'], resources: alarms }],
    write: [
      { actions: ['cloudwatch:DescribeAlarms'], resources: alarms },
      creating(['cloudwatch:PutMetricAlarm', 'cloudwatch:TagResource'], alarms),
      onOwned(['cloudwatch:PutMetricAlarm', 'cloudwatch:TagResource', 'cloudwatch:DeleteAlarms'], alarms),
      'tag:TagResources',
    ],
  },

  specs: (config) => [
    ...alarmed.flatMap((environment) => alarmsOf(config, environment)),
    ...(isMirrored(config) ? replicaAlarms(config) : []),
  ],

  async list(cloud) {
    const found: (AlarmFound | Unmanaged)[] = [];
    for (const seen of await describe(cloud, [
      ...everyAlarm.map(([environment, key]) => alarmName(cloud.scope, environment, key)),
      ...(cloud.scope.primary === false ? [] : replicaAlarmKeys.map((key) => replicaAlarmName(cloud.scope, key))),
    ])) {
      const tags = await tagsOfArn(cloud, seen.AlarmArn ?? '', () => readTags(cloud, seen));
      const owned = ownedBy(cloud.scope, 'alarm', tags);
      found.push(...orUnmanaged(owned === undefined ? [] : [toFound(owned, seen)], seen.AlarmName ?? ''));
    }
    return found;
  },

  readiness: readyAtOnce,

  diff: (spec, found) => settingNames.flatMap((name) => compare(name, found.settings[name], spec.settings[name])),

  async create(cloud, { key, spec }) {
    await cloud.client(CloudWatchClient).send(
      new PutMetricAlarmCommand({
        ...declaration(spec),
        Tags: upperTagList(ownershipTags(cloud.scope, 'alarm', key)),
      }),
    );
    return {
      key,
      id: spec.name,
      arn: arnOf(cloud.scope, 'cloudwatch', `alarm:${spec.name}`),
      settings: spec.settings,
    };
  },

  async update(cloud, { spec }) {
    await cloud.client(CloudWatchClient).send(new PutMetricAlarmCommand(declaration(spec)));
  },

  arn: ({ arn }) => arn,

  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(CloudWatchClient).send(new DeleteAlarmsCommand({ AlarmNames: [found.id] })));
  },

  output: (found) => ({ id: found.id, arn: found.arn }),
};

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
    actionsEnabled: true,
    alarmActions: [topic],
    okActions: [topic],
  };
}

/** Assumption: a build starts within a minute or two, and copies in seconds. */
const replicaLagSeconds = 15 * 60;

function replicaAlarms(config: RegionConfig): Wanted<AlarmSpec>[] {
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
function alarmsOf(config: RegionConfig, environment: Environment): Wanted<AlarmSpec>[] {
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
  const subject = titleOf(environment);
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

const settingNames = [
  'description',
  'namespace',
  'metric',
  'dimensions',
  'statistic',
  'comparison',
  'threshold',
  'periodSeconds',
  'periods',
  'periodsOver',
  'missingData',
  'actionsEnabled',
  'alarmActions',
  'okActions',
] as const satisfies readonly (keyof AlarmSettings)[];

async function describe(cloud: Cloud, names: readonly string[]): Promise<MetricAlarm[]> {
  const client = cloud.client(CloudWatchClient);
  const seen: MetricAlarm[] = [];
  for await (const page of paginateDescribeAlarms({ client }, { AlarmNames: [...names], AlarmTypes: ['MetricAlarm'] }))
    seen.push(...(page.MetricAlarms ?? []));
  return seen;
}

async function readTags(cloud: Cloud, { AlarmArn }: MetricAlarm): Promise<Tags> {
  const answer = await ignoreNotFound(
    cloud.client(CloudWatchClient).send(new ListTagsForResourceCommand({ ResourceARN: AlarmArn })),
  );
  return tagsOf(answer?.Tags);
}

const isPercentile = (statistic: string): boolean => /^p\d/.test(statistic);

const declaration = ({ name, settings }: AlarmSpec): PutMetricAlarmCommandInput => ({
  AlarmName: name,
  AlarmDescription: settings.description,
  Namespace: settings.namespace,
  MetricName: settings.metric,
  Dimensions: Object.entries(settings.dimensions).map(([Name, Value]) => ({ Name, Value })),
  ...(isPercentile(settings.statistic)
    ? { ExtendedStatistic: settings.statistic }
    : { Statistic: settings.statistic as 'Average' }),
  ComparisonOperator: settings.comparison as 'GreaterThanThreshold',
  Threshold: settings.threshold,
  Period: settings.periodSeconds,
  EvaluationPeriods: settings.periods,
  DatapointsToAlarm: settings.periodsOver,
  TreatMissingData: settings.missingData,
  ActionsEnabled: settings.actionsEnabled,
  AlarmActions: [...settings.alarmActions],
  OKActions: [...settings.okActions],
});

const toFound = (owned: Pick<Found, 'key' | 'tags'>, seen: MetricAlarm): AlarmFound => ({
  ...owned,
  id: seen.AlarmName ?? '',
  arn: seen.AlarmArn ?? '',
  settings: {
    description: seen.AlarmDescription ?? '',
    namespace: seen.Namespace ?? '',
    metric: seen.MetricName ?? '',
    dimensions: Object.fromEntries((seen.Dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? ''])),
    statistic: seen.ExtendedStatistic ?? seen.Statistic ?? '',
    comparison: seen.ComparisonOperator ?? '',
    threshold: seen.Threshold ?? Number.NaN,
    periodSeconds: seen.Period ?? 0,
    periods: seen.EvaluationPeriods ?? 0,
    // Absent where it is the same.
    periodsOver: seen.DatapointsToAlarm ?? seen.EvaluationPeriods ?? 0,
    missingData: seen.TreatMissingData ?? 'missing',
    actionsEnabled: seen.ActionsEnabled ?? true,
    alarmActions: sorted(seen.AlarmActions ?? []),
    okActions: sorted(seen.OKActions ?? []),
  },
});
