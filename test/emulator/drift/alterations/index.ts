import { compute } from './compute.ts';
import { delivery } from './delivery.ts';
import type { Alteration } from './hands.ts';
import { monitoring } from './monitoring.ts';
import { network } from './network.ts';
import { roles } from './roles.ts';
import { traffic } from './traffic.ts';

export type { Alteration, Hands, Region } from './hands.ts';

/** What somebody may do by hand to each part of the platform. */
export const alterations: readonly Alteration[] = [
  ...network,
  ...traffic,
  ...compute,
  ...roles,
  ...delivery,
  ...monitoring,
];
