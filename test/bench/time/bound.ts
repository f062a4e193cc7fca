import timings from '../../../workflow/timings.json' with { type: 'json' };

export type Which = 'typical' | 'p90';

/** Seconds that no workflow can do without: the longest chain of AWS's own durations, plus one latency a create on it. */
export interface Bound {
  readonly staging: number;
  readonly production: number;
  readonly destroy: number;
}

export function boundOf(which: Which, factor = 1): Bound {
  const takes = (what: keyof typeof timings.seconds): number => timings.seconds[what][which] * factor;
  const latency = timings.latencyMilliseconds.others[which] / 1000;
  const serving = takes('taskRunning') + takes('targetHealthy');
  // Nobody waits for a VPC or a subnet that is pending: EC2 takes what is made in it.
  // VPC, subnet, address, gateway, route, service: tasks pull their image through the gateway.
  const byGateway = takes('natAvailable') + serving + 6 * latency;
  // VPC, subnet, group, load balancer, listener: targets are checked once it is active.
  const byLoadBalancer = takes('loadBalancerActive') + takes('targetHealthy') + 5 * latency;
  return {
    staging: Math.max(byGateway, byLoadBalancer),
    production: serving + latency,
    // The gateway, its address, the subnet, the VPC; the load balancer's interfaces go meanwhile.
    destroy: Math.max(takes('natDeleted'), takes('loadBalancerDeleted')) + 4 * latency,
  };
}
