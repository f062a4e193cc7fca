import type { Impact, Kind } from '../../../workflow/stages.ts';
import type { Thing, Write } from './platform.ts';

const impacts: Partial<Readonly<Record<Kind, Impact>>> = {
  vpc: 'network',
  'nat-gateway': 'network',
  alarm: 'monitoring',
};

/**
 * Whether people have to be asked before a change: what production depends on, and every deletion.
 * @param own what stands of the deployment
 */
export function needsApproval({ action, thing: { region, kind, key } }: Write, own: readonly Thing[]): boolean {
  const stands = own.some((each) => each.region === region && each.kind === 'service' && each.key === 'production');
  return action === 'delete' || key === 'production' || (stands && impacts[kind] !== undefined);
}

/** Whether a reconcile may make a change without being asked, where its input lets it. */
export const isSafeRepair = ({ action, thing: { kind } }: Write): boolean =>
  action !== 'delete' && impacts[kind] !== undefined;
