import type { Prices, RegionConfig } from './config.ts';
import { alarmed, environments } from './environments.ts';
import { alarmKeys } from './names.ts';
import type { Kind } from './stages.ts';

const unitedStates: Prices = {
  natGateway: 0.045,
  publicAddress: 0.005,
  loadBalancer: 0.0225,
  vcpu: 0.04048,
  gigabyte: 0.004445,
  logGigabyte: 0.5,
  alarm: 0.1,
};

/**
 * On-demand list prices in US dollars, from AWS's public pricing pages (VPC, ELB, Fargate Linux/X86, CloudWatch) as known
 * in 2026-11, not read from the Price List API: an estimate. A region that is not here says "no price known"; the input's
 * `prices` adds to the table and goes before it.
 */
const prices: Readonly<Record<string, Prices>> = {
  'us-east-1': unitedStates,
  'us-east-2': unitedStates,
  'us-west-2': unitedStates,
  'eu-west-1': { ...unitedStates, natGateway: 0.048, loadBalancer: 0.0252, logGigabyte: 0.57 },
  'eu-central-1': {
    natGateway: 0.052,
    publicAddress: 0.005,
    loadBalancer: 0.027,
    vcpu: 0.04656,
    gigabyte: 0.00511,
    logGigabyte: 0.63,
    alarm: 0.1,
  },
};

const priceDate = '2026-11';

/** AWS's own convention. */
const hoursAMonth = 730;
/** Assumed: flow logs, Container Insights and the app of a platform with little traffic, GB a month. */
const assumedLogGigabytes = 10;

/** The part of a region's configuration that costs money. */
export type Priced = Pick<RegionConfig, 'region' | 'prices'> & {
  readonly network: { readonly zones: readonly unknown[] };
  readonly app: Pick<RegionConfig['app'], 'minCount' | 'maxCount' | 'cpu' | 'memory'>;
};

/** Free, or paid by use, which the estimate leaves out: the compiler asks of a new kind whether it belongs here. */
type Unpriced =
  | 'artifact-bucket'
  | 'build-project'
  | 'cluster'
  | 'dashboard'
  | 'flow-log'
  | 'image'
  | 'internet-gateway'
  | 'listener'
  | 'listener-rule'
  | 'nat-route'
  | 'pipeline'
  | 'pipeline-transition'
  | 'repository'
  | 'role'
  | 'route-table'
  | 'scalable-target'
  | 'security-group'
  | 'service-linked-role'
  | 'source-repository'
  | 'source-trigger'
  | 'subnet'
  | 'target-group'
  | 'task-definition'
  | 'topic'
  | 'vpc';

/** What all resources of a kind in one region cost a month. */
const costs: Readonly<Record<Exclude<Kind, Unpriced>, (config: Priced, price: Prices) => number>> = {
  'elastic-ip': ({ network }, price) => network.zones.length * price.publicAddress * hoursAMonth,
  'nat-gateway': ({ network }, price) => network.zones.length * price.natGateway * hoursAMonth,
  // It has a public address in each zone.
  'load-balancer': ({ network }, price) =>
    (price.loadBalancer + network.zones.length * price.publicAddress) * hoursAMonth,
  'log-group': (_, price) => assumedLogGigabytes * price.logGigabyte,
  service: ({ app }, price) =>
    environments.length *
    app.minCount *
    ((app.cpu / 1024) * price.vcpu + (app.memory / 1024) * price.gigabyte) *
    hoursAMonth,
  // The two on the replicas, in one region, are left out.
  alarm: (_, price) => alarmed.length * alarmKeys.length * price.alarm,
  // Target tracking makes two alarms of its own.
  'scaling-policy': (_, price) => environments.length * 2 * price.alarm,
};

/** What is known of a region; undefined unless all of it is. */
function pricesIn({ region, prices: own }: Pick<RegionConfig, 'region' | 'prices'>): Prices | undefined {
  const known = { ...prices[region], ...own };
  const names = Object.keys(unitedStates) as (keyof Prices)[];
  return names.every((name) => known[name] !== undefined) ? (known as Prices) : undefined;
}

/**
 * What stands in one region costs a month, traffic and builds left out; undefined where no price is known. Autoscaling
 * takes idle services down to `minCount` tasks, whatever they were started with.
 */
export function monthlyCost(config: Priced): number | undefined {
  const price = pricesIn(config);
  return price && Object.values(costs).reduce((sum, cost) => sum + cost(config, price), 0);
}

/** For people: a line for each region, the sum where every price is known, and what the figures are. */
export function costLines(configs: readonly Priced[]): readonly string[] {
  const costs = configs.map((config) => ({
    region: config.region,
    cost: monthlyCost(config),
    most: monthlyCost({ ...config, app: { ...config.app, minCount: config.app.maxCount } }),
  }));
  const dollars = (cost: number, most: number): string =>
    `about $${cost.toFixed(0)} a month${most > cost ? `, $${most.toFixed(0)} with every service at its maxCount` : ''}`;
  const lines = costs.map(
    ({ region, cost, most }) =>
      `${region}: ${cost === undefined || most === undefined ? 'no price known' : dollars(cost, most)}`,
  );
  const known = costs.flatMap(({ cost, most }) => (cost === undefined || most === undefined ? [] : [{ cost, most }]));
  const sum = (name: 'cost' | 'most'): number => known.reduce((total, each) => total + each[name], 0);
  return [
    ...lines,
    ...(known.length < 2 || known.length < costs.length ? [] : [`all regions: ${dollars(sum('cost'), sum('most'))}`]),
    ...(known.length === 0
      ? []
      : [
          `at list prices of ${priceDate}, with ${assumedLogGigabytes} GB of logs a region, without traffic and builds`,
        ]),
  ];
}
