import type { Kind } from '../../workflow/stages.ts';
import { computeDecisions } from './compute.ts';
import type { Decisions } from './decisions.ts';
import { deliveryDecisions } from './delivery.ts';
import { monitoringDecisions } from './monitoring.ts';
import { networkDecisions } from './network.ts';
import { roleDecisions } from './roles.ts';
import { trafficDecisions } from './traffic.ts';

/** Of every kind; workflow/OWNED.md shows them with the members of AWS's models (`npm run owned`). */
export const decisions: Readonly<Record<Kind, Decisions>> = {
  ...networkDecisions,
  ...trafficDecisions,
  ...computeDecisions,
  ...monitoringDecisions,
  ...roleDecisions,
  ...deliveryDecisions,
};
