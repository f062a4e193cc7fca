import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  ListTagsForResourceCommand,
  type MetricAlarm,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { isMirrored } from '../../workflow/config.ts';
import { alarmed } from '../../workflow/environments.ts';
import {
  alarmArn,
  alarmKeys,
  alarmName,
  anywhere,
  arnOf,
  replicaAlarmArn,
  replicaAlarmKeys,
  replicaAlarmName,
} from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import {
  orUnmanaged,
  ownedBy,
  ownershipTags,
  type Tags,
  tagsOf,
  type Unmanaged,
  upperTagList,
} from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { tagsOfArn } from '../aws/tags.ts';
import { type AlarmSettings, type AlarmSpec, alarmsOf, replicaAlarms } from './alarm-specs.ts';
import { compare, sorted } from './differences.ts';
import { creating, onOwned } from './grants.ts';
import { type Found, type Resource, readyAtOnce } from './resource.ts';

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
  'unit',
  'fewSamples',
  'actionsEnabled',
  'alarmActions',
  'okActions',
] as const satisfies readonly (keyof AlarmSettings)[];

function describe(cloud: Cloud, names: readonly string[]): Promise<readonly MetricAlarm[]> {
  const client = cloud.client(CloudWatchClient);
  const pages = paginateDescribeAlarms({ client }, { AlarmNames: [...names], AlarmTypes: ['MetricAlarm'] });
  return allPages(pages, ({ MetricAlarms }) => MetricAlarms);
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
    unit: seen.Unit ?? 'None',
    fewSamples: seen.EvaluateLowSampleCountPercentile ?? 'evaluate',
    actionsEnabled: seen.ActionsEnabled ?? true,
    alarmActions: sorted(seen.AlarmActions ?? []),
    okActions: sorted(seen.OKActions ?? []),
  },
});
