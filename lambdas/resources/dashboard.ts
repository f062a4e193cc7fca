import {
  CloudWatchClient,
  DeleteDashboardsCommand,
  GetDashboardCommand,
  ListTagsForResourceCommand,
  PutDashboardCommand,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch';
import { isMirrored, type RegionConfig } from '../../workflow/config.ts';
import { alarmed, environments } from '../../workflow/environments.ts';
import {
  alarmKeyOf,
  alarmKeys,
  anywhere,
  appLogGroup,
  clusterName,
  dashboardArn,
  dashboardName,
  replicaAlarmKeys,
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
import { ResourceFailedError } from '../errors.ts';
import { compare } from './differences.ts';
import { creating, onOwned } from './grants.ts';
import { type Found, type Resource, readyAtOnce, ref } from './resource.ts';

export interface DashboardSpec {
  readonly name: string;
  readonly body: { readonly widgets: readonly object[] };
}

export interface DashboardFound extends Found {
  readonly body: unknown;
}

const dashboards = [dashboardArn(anywhere)];

export const dashboard: Resource<DashboardSpec, DashboardFound> = {
  kind: 'dashboard',
  permissions: {
    read: [{ actions: ['cloudwatch:GetDashboard', 'cloudwatch:ListTagsForResource'], resources: dashboards }],
    write: [
      { actions: ['cloudwatch:PutDashboard', 'cloudwatch:DeleteDashboards'], resources: dashboards },
      creating(['cloudwatch:TagResource'], dashboards),
      onOwned(['cloudwatch:TagResource'], dashboards),
    ],
  },

  specs: (config) => [{ key: 'main', spec: { name: dashboardName(config), body: bodyOf(config) } }],

  list: read,

  readiness: readyAtOnce,

  /** Parsed, not as text: CloudWatch's console saves the same dashboard in another order and spacing. */
  diff: (spec, found) => compare('body', found.body, spec.body),

  async create(cloud, { key, spec }) {
    await put(cloud.client(CloudWatchClient), spec, ownershipTags(cloud.scope, 'dashboard', key));
    return { key, id: spec.name, body: spec.body };
  },

  update: (cloud, { spec }) => put(cloud.client(CloudWatchClient), spec),

  /** Not by ARN: a dashboard's ARN has no region, and the tagging API works on one region. */
  async tag(cloud, _found, tags) {
    await cloud
      .client(CloudWatchClient)
      .send(new TagResourceCommand({ ResourceARN: dashboardArn(cloud.scope), Tags: upperTagList(tags) }));
  },

  async delete(cloud, found) {
    await ignoreNotFound(
      cloud.client(CloudWatchClient).send(new DeleteDashboardsCommand({ DashboardNames: [found.id] })),
    );
  },

  output: (found) => ({ id: found.id }),

  headlines: ({ id }) => ({ dashboard: id }),
};

/** CloudWatch accepts a dashboard that it can't draw and says so in its answer only. */
async function put(cloudwatch: CloudWatchClient, { name, body }: DashboardSpec, tags?: Tags): Promise<void> {
  const { DashboardValidationMessages: problems = [] } = await cloudwatch.send(
    new PutDashboardCommand({
      DashboardName: name,
      DashboardBody: JSON.stringify(body),
      ...(tags === undefined ? {} : { Tags: upperTagList(tags) }),
    }),
  );
  if (problems.length > 0)
    throw new ResourceFailedError(
      `dashboard ${name} is not valid: ${problems.map(({ DataPath, Message }) => `${DataPath}: ${Message}`).join('; ')}`,
    );
}

async function read(cloud: Cloud): Promise<readonly (DashboardFound | Unmanaged)[]> {
  const name = dashboardName(cloud.scope);
  const query = new GetDashboardCommand({ DashboardName: name });
  const seen = await ignoreNotFound(cloud.client(CloudWatchClient).send(query));
  if (seen === undefined) return [];
  const owned = ownedBy(cloud.scope, 'dashboard', await readTags(cloud));
  return orUnmanaged(owned === undefined ? [] : [{ ...owned, id: name, body: parsed(seen.DashboardBody) }], name);
}

async function readTags(cloud: Cloud): Promise<Tags> {
  const query = new ListTagsForResourceCommand({ ResourceARN: dashboardArn(cloud.scope) });
  return tagsOf((await ignoreNotFound(cloud.client(CloudWatchClient).send(query)))?.Tags);
}

/** A body that somebody edited into something that is no JSON is a difference, not a failure. */
function parsed(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    return body;
  }
}

type Metric = readonly [namespace: string, metric: string, ...dimensions: string[], look: { readonly label: string }];

function bodyOf(config: RegionConfig): DashboardSpec['body'] {
  const { region } = config;
  const loadBalancer = ['LoadBalancer', ref('load-balancer', 'main', 'suffix')] as const;

  /** One line an environment. */
  const ofServices = (metric: string, namespace = 'AWS/ECS'): Metric[] =>
    environments.map((environment) => [
      namespace,
      metric,
      'ClusterName',
      clusterName(config),
      'ServiceName',
      environment,
      { label: environment },
    ]);
  const ofTargets = (metric: string, label = ''): Metric[] =>
    environments.map((environment) => [
      'AWS/ApplicationELB',
      metric,
      ...loadBalancer,
      'TargetGroup',
      ref('target-group', environment, 'suffix'),
      { label: `${environment}${label}` },
    ]);
  const graph = (place: Place, title: string, stat: string, metrics: readonly Metric[], extra: object = {}) => ({
    type: 'metric',
    ...place,
    properties: { title, region, view: 'timeSeries', stat, period: 60, metrics, ...extra },
  });
  const limit = (label: string, value: number) => ({ annotations: { horizontal: [{ label, value }] } });
  const percent = { yAxis: { left: { min: 0, max: 100 } } };
  const { alarms } = config;

  return {
    widgets: [
      {
        type: 'alarm',
        ...at(0, 0, 24, 3),
        properties: {
          title: `${config.deployment} in ${region}: alarms on ${[...alarmed, ...(isMirrored(config) ? ['the replicas'] : [])].join(' and ')}`,
          alarms: [
            ...alarmed.flatMap((environment) => alarmKeys.map((key) => alarmKeyOf(environment, key))),
            ...(isMirrored(config) ? replicaAlarmKeys : []),
          ].map((key) => ref('alarm', key, 'arn')),
        },
      },
      graph(at(0, 3, 8, 6), 'CPU %', 'Average', ofServices('CPUUtilization'), {
        ...percent,
        ...limit('alarm', alarms.cpuPercent),
      }),
      graph(at(8, 3, 8, 6), 'Memory %', 'Average', ofServices('MemoryUtilization'), {
        ...percent,
        ...limit('alarm', alarms.memoryPercent),
      }),
      graph(at(16, 3, 8, 6), 'Running tasks', 'Average', ofServices('RunningTaskCount', 'ECS/ContainerInsights')),
      graph(at(0, 9, 6, 6), 'Requests a minute', 'Sum', ofTargets('RequestCount')),
      graph(at(6, 9, 6, 6), '5XX answers a minute', 'Sum', [
        ...ofTargets('HTTPCode_Target_5XX_Count'),
        ['AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', ...loadBalancer, { label: 'load balancer' }],
      ]),
      graph(
        at(12, 9, 6, 6),
        'Response time, p95, s',
        'p95',
        ofTargets('TargetResponseTime'),
        limit('alarm', alarms.responseSeconds),
      ),
      graph(at(18, 9, 6, 6), 'Targets', 'Average', [
        ...ofTargets('HealthyHostCount', ' healthy'),
        ...ofTargets('UnHealthyHostCount', ' unhealthy'),
      ]),
      {
        type: 'log',
        ...at(0, 15, 24, 6),
        properties: {
          title: 'Requests that failed, and what the app said',
          region,
          view: 'table',
          query: [
            ...environments.map((environment) => `SOURCE '${appLogGroup(config, environment)}'`),
            'fields @timestamp, environment, level, event, method, path, status, milliseconds, message',
            'filter level != "info" or status >= 500',
            'sort @timestamp desc',
            'limit 50',
          ].join(' | '),
        },
      },
    ],
  };
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** On the dashboard's grid, 24 wide. */
const at = (x: number, y: number, width: number, height: number): Place => ({ x, y, width, height });
