import type { Durations } from '../../../../infra/local/front-door/clock.ts';

/** AWS's typical seconds, as tests of the clock and of what runs on it reckon with them. */
export const durations: Durations = {
  natAvailable: 106,
  natDeleted: 58,
  loadBalancerActive: 150,
  loadBalancerDeleted: 16,
  taskRunning: 56,
  targetHealthy: 10,
};
