import { describe, expect, test } from '@jest/globals';
import { type DashboardSpec, dashboard } from '../../../../lambdas/resources/dashboard.ts';
import { answeringCloud, refusal } from '../../../support/answering-cloud.ts';
import { tags } from '../../../support/ownership.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const spec = dashboard.specs(regionConfig())[0]?.spec as DashboardSpec;
const text = JSON.stringify(spec.body);

describe('specs', () => {
  test('its name, which the whole account shares, holds the region', () => {
    expect([spec.name, dashboard.specs(secondaryConfig())[0]?.spec.name]).toEqual([
      'platform-us-east-1',
      'platform-us-west-2',
    ]);
  });

  test.each([
    ['CPU', 'CPUUtilization'],
    ['memory', 'MemoryUtilization'],
    ['requests', 'RequestCount'],
    ['5XX answers', 'HTTPCode_Target_5XX_Count'],
    ['response time', 'TargetResponseTime'],
    ['healthy targets', 'HealthyHostCount'],
    ['the alarms', '${alarm/unhealthy-targets.arn}'],
    ["staging's logs", "SOURCE '/slipway/platform/staging'"],
    ["production's logs", "SOURCE '/slipway/platform/production'"],
  ])('it shows %s', (_, part) => {
    expect(text).toContain(part);
  });

  test('it shows both environments', () => {
    for (const environment of ['staging', 'production'])
      expect(text).toContain(`\${target-group/${environment}.suffix}`);
  });

  test('its widgets lie side by side on a grid of 24', () => {
    const places = spec.body.widgets as readonly { x: number; y: number; width: number; height: number }[];
    for (const [index, one] of places.entries()) {
      expect(one.x + one.width).toBeLessThanOrEqual(24);
      for (const other of places.slice(index + 1))
        expect(
          one.x + one.width <= other.x ||
            other.x + other.width <= one.x ||
            one.y + one.height <= other.y ||
            other.y + other.height <= one.y,
        ).toBe(true);
    }
  });
});

describe('diff', () => {
  const found = (body: unknown) => ({ key: 'main', id: spec.name, body });
  test('goes by meaning, not by spelling', () => {
    const reversed = JSON.parse(JSON.stringify(spec.body), (_, value) =>
      value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    expect(dashboard.diff(spec, found(reversed))).toEqual([]);
  });

  test('sees a widget less', () => {
    expect(dashboard.diff(spec, found({ widgets: spec.body.widgets.slice(1) }))).toMatchObject([{ path: 'body' }]);
  });

  test('sees a body that is no JSON', () => {
    expect(dashboard.diff(spec, found('nonsense'))).toMatchObject([{ path: 'body', was: 'nonsense' }]);
  });
});

describe('what is drawn', () => {
  const widgets = spec.body.widgets as readonly {
    type: string;
    x: number;
    y: number;
    width: number;
    height: number;
    properties: { title: string; stat?: string; metrics?: readonly (readonly unknown[])[] };
  }[];
  const balancer = ['LoadBalancer', '${load-balancer/main.suffix}'];
  const both = (line: (environment: string) => readonly unknown[]) => ['staging', 'production'].map(line);
  const ofServices = (namespace: string, metric: string) =>
    both((name) => [namespace, metric, 'ClusterName', 'platform-cluster', 'ServiceName', name, { label: name }]);
  const ofTargets = (metric: string, label = '') =>
    both((name) => [
      'AWS/ApplicationELB',
      metric,
      ...balancer,
      'TargetGroup',
      `\${target-group/${name}.suffix}`,
      { label: `${name}${label}` },
    ]);
  const alarmAt = (value: number) => ({ annotations: { horizontal: [{ label: 'alarm', value }] } });
  const percent = { yAxis: { left: { min: 0, max: 100 } } };

  test.each<[string, number[], string, readonly (readonly unknown[])[], object]>([
    ['CPU %', [0, 3, 8, 6], 'Average', ofServices('AWS/ECS', 'CPUUtilization'), { ...percent, ...alarmAt(80) }],
    ['Memory %', [8, 3, 8, 6], 'Average', ofServices('AWS/ECS', 'MemoryUtilization'), { ...percent, ...alarmAt(80) }],
    ['Running tasks', [16, 3, 8, 6], 'Average', ofServices('ECS/ContainerInsights', 'RunningTaskCount'), {}],
    ['Requests a minute', [0, 9, 6, 6], 'Sum', ofTargets('RequestCount'), {}],
    [
      '5XX answers a minute',
      [6, 9, 6, 6],
      'Sum',
      [
        ...ofTargets('HTTPCode_Target_5XX_Count'),
        ['AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', ...balancer, { label: 'load balancer' }],
      ],
      {},
    ],
    ['Response time, p95, s', [12, 9, 6, 6], 'p95', ofTargets('TargetResponseTime'), alarmAt(1)],
    [
      'Targets',
      [18, 9, 6, 6],
      'Average',
      [...ofTargets('HealthyHostCount', ' healthy'), ...ofTargets('UnHealthyHostCount', ' unhealthy')],
      {},
    ],
  ])('%s', (title, [x, y, width, height], stat, metrics, more) => {
    expect(widgets.find(({ properties }) => properties.title === title)).toEqual({
      type: 'metric',
      ...{ x, y, width, height },
      properties: { title, region: 'us-east-1', view: 'timeSeries', stat, period: 60, metrics, ...more },
    });
  });

  test('the alarms on top and the logs below, over the whole width', () => {
    expect([widgets.at(0), widgets.at(-1)]).toEqual([
      {
        type: 'alarm',
        ...{ x: 0, y: 0, width: 24, height: 3 },
        properties: {
          title: 'platform in us-east-1: alarms on production and the replicas',
          alarms: [
            'cpu',
            'memory',
            'http-5xx',
            'response-time',
            'unhealthy-targets',
            'replica-lag',
            'mirror-failed',
          ].map((key) => `\${alarm/${key}.arn}`),
        },
      },
      {
        type: 'log',
        ...{ x: 0, y: 15, width: 24, height: 6 },
        properties: {
          title: 'Requests that failed, and what the app said',
          region: 'us-east-1',
          view: 'table',
          query:
            "SOURCE '/slipway/platform/staging' | SOURCE '/slipway/platform/production' | fields @timestamp, environment, level, event, method, path, status, milliseconds, message | filter level != \"info\" or status >= 500 | sort @timestamp desc | limit 50",
        },
      },
    ]);
  });
});

const absent = () => {
  throw refusal('ResourceNotFound');
};

test('one of our name is ours by its tags only', async () => {
  const GetDashboard = () => ({ DashboardBody: '{"widgets":[]}' });
  const own = answeringCloud({ GetDashboard, ListTagsForResource: () => ({ Tags: tags('dashboard', 'main') }) });
  expect(await dashboard.list(own.cloud, {})).toMatchObject([
    { key: 'main', id: 'platform-us-east-1', body: { widgets: [] } },
  ]);
  expect(await dashboard.list(answeringCloud({ GetDashboard }).cloud, {})).toEqual([
    { key: 'platform-us-east-1', id: 'platform-us-east-1', unmanaged: true },
  ]);
});

describe('what is sent', () => {
  const small = { name: 'platform-us-east-1', body: { widgets: [] } };
  const sent = ['PutDashboard', { DashboardName: 'platform-us-east-1', DashboardBody: '{"widgets":[]}' }];

  test('to make it, with its tags', async () => {
    const { cloud, calls } = answeringCloud({ GetDashboard: absent });
    const made = await dashboard.create(cloud, { key: 'main', spec: small }, 't');
    expect(made).toEqual({ key: 'main', id: 'platform-us-east-1', body: { widgets: [] } });
    expect(calls.at(-1)).toEqual([sent[0], { ...Object(sent[1]), Tags: tags('dashboard', 'main') }]);
  });

  test('to tag it', async () => {
    const { cloud, calls } = answeringCloud({});
    await dashboard.tag?.(cloud, { key: 'main', id: small.name, body: {} }, { Name: 'platform-main' });
    expect(calls).toEqual([
      [
        'TagResource',
        {
          ResourceARN: 'arn:aws:cloudwatch::123456789012:dashboard/platform-us-east-1',
          Tags: [{ Key: 'Name', Value: 'platform-main' }],
        },
      ],
    ]);
  });

  test('to change it', async () => {
    const { cloud, calls } = answeringCloud({ PutDashboard: () => ({ DashboardValidationMessages: [] }) });
    await dashboard.update(cloud, { key: 'main', spec: small }, { key: 'main', id: small.name, body: {} }, []);
    expect(calls).toEqual([sent]);
  });

  test('a body that CloudWatch takes and cannot draw is an error', async () => {
    const DashboardValidationMessages = [
      { DataPath: '/widgets/0', Message: 'no metrics' },
      { DataPath: '/widgets/1', Message: 'no region' },
    ];
    const { cloud } = answeringCloud({
      GetDashboard: absent,
      PutDashboard: () => ({ DashboardValidationMessages }),
    });
    await expect(dashboard.create(cloud, { key: 'main', spec: small }, 't')).rejects.toThrow(
      'dashboard platform-us-east-1 is not valid: /widgets/0: no metrics; /widgets/1: no region',
    );
  });
});
