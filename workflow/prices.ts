import type { RegionConfig } from './config.ts';
import { environments } from './stages.ts';

/**
 * On-demand list prices in US dollars, from AWS's public pricing pages as known in 2026-11, not read from the Price List
 * API: an estimate. A region that is not here says "no price known".
 */
interface Prices {
  /** An hour. */
  readonly natGateway: number;
  readonly publicAddress: number;
  readonly loadBalancer: number;
  readonly vcpu: number;
  readonly gigabyte: number;
  /** A month. */
  readonly alarm: number;
}

const unitedStates: Prices = {
  natGateway: 0.045,
  publicAddress: 0.005,
  loadBalancer: 0.0225,
  vcpu: 0.04048,
  gigabyte: 0.004445,
  alarm: 0.1,
};

const prices: Readonly<Record<string, Prices>> = {
  'us-east-1': unitedStates,
  'us-east-2': unitedStates,
  'us-west-2': unitedStates,
  'eu-west-1': { ...unitedStates, natGateway: 0.048, loadBalancer: 0.0252 },
  'eu-central-1': {
    natGateway: 0.052,
    publicAddress: 0.005,
    loadBalancer: 0.027,
    vcpu: 0.04656,
    gigabyte: 0.00511,
    alarm: 0.1,
  },
};

/** AWS's own convention. */
const hoursAMonth = 730;
/** Target tracking makes two of its own for each service. */
const scalingAlarms = 2 * environments.length;
const platformAlarms = 5;

/** What stands in one region costs a month, traffic, logs and builds left out; undefined where no price is known. */
export function monthlyCost({ region, network, app }: RegionConfig): number | undefined {
  const price = prices[region];
  if (price === undefined) return undefined;
  const zones = network.zones.length;
  const tasks = app.desiredCount * environments.length;
  const hourly =
    // A load balancer has one public address a zone, too.
    zones * (price.natGateway + 2 * price.publicAddress) +
    price.loadBalancer +
    tasks * ((app.cpu / 1024) * price.vcpu + (app.memory / 1024) * price.gigabyte);
  return hourly * hoursAMonth + (platformAlarms + scalingAlarms) * price.alarm;
}

/** For people: a line for each region, and the sum where every price is known. */
export function costLines(configs: readonly RegionConfig[]): readonly string[] {
  const costs = configs.map((config) => ({ region: config.region, cost: monthlyCost(config) }));
  const dollars = (cost: number): string => `about $${cost.toFixed(0)} a month`;
  const lines = costs.map(({ region, cost }) => `${region}: ${cost === undefined ? 'no price known' : dollars(cost)}`);
  const known = costs.flatMap(({ cost }) => cost ?? []);
  if (known.length < 2 || known.length < costs.length) return lines;
  return [
    ...lines,
    `all regions: ${dollars(known.reduce((sum, cost) => sum + cost, 0))}, without traffic, logs and builds`,
  ];
}
