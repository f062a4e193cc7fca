import type { Prices, RegionConfig } from './config.ts';
import { alarmed, environments } from './environments.ts';
import { alarmKeys } from './names.ts';

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
/** Target tracking makes two of its own for each service. */
const scalingAlarms = 2 * environments.length;
const platformAlarms = alarmed.length * alarmKeys.length;
/** Assumed: flow logs, Container Insights and the app of a platform with little traffic, GB a month. */
const assumedLogGigabytes = 10;

/** What is known of a region; undefined unless all of it is. */
function pricesIn({ region, prices: own }: Pick<RegionConfig, 'region' | 'prices'>): Prices | undefined {
  const known = { ...prices[region], ...own };
  const names = Object.keys(unitedStates) as (keyof Prices)[];
  return names.every((name) => known[name] !== undefined) ? (known as Prices) : undefined;
}

/** What stands in one region costs a month, traffic and builds left out; undefined where no price is known. */
export function monthlyCost(config: RegionConfig): number | undefined {
  const { network, app } = config;
  const price = pricesIn(config);
  if (price === undefined) return undefined;
  const zones = network.zones.length;
  const tasks = app.desiredCount * environments.length;
  const hourly =
    // A load balancer has one public address a zone, too.
    zones * (price.natGateway + 2 * price.publicAddress) +
    price.loadBalancer +
    tasks * ((app.cpu / 1024) * price.vcpu + (app.memory / 1024) * price.gigabyte);
  return (
    hourly * hoursAMonth + assumedLogGigabytes * price.logGigabyte + (platformAlarms + scalingAlarms) * price.alarm
  );
}

/** For people: a line for each region, the sum where every price is known, and what the figures are. */
export function costLines(configs: readonly RegionConfig[]): readonly string[] {
  const costs = configs.map((config) => ({ region: config.region, cost: monthlyCost(config) }));
  const dollars = (cost: number): string => `about $${cost.toFixed(0)} a month`;
  const lines = costs.map(({ region, cost }) => `${region}: ${cost === undefined ? 'no price known' : dollars(cost)}`);
  const known = costs.flatMap(({ cost }) => cost ?? []);
  const sum = known.reduce((total, cost) => total + cost, 0);
  return [
    ...lines,
    ...(known.length < 2 || known.length < costs.length ? [] : [`all regions: ${dollars(sum)}`]),
    ...(known.length === 0
      ? []
      : [
          `at list prices of ${priceDate}, with ${assumedLogGigabytes} GB of logs a region, without traffic and builds`,
        ]),
  ];
}
