import { accountChecks } from './account.ts';
import { assumptions } from './assumptions.ts';
import { bootstrap } from './bootstrap.ts';
import { type Check, type Finding, unknown } from './check.ts';
import { provisionerChecks } from './provisioner.ts';
import { regionChecks } from './regions.ts';

/** Everything that `doctor` checks. */
export const checks: readonly Check[] = [...accountChecks, bootstrap, ...provisionerChecks, ...regionChecks];

/** The assumptions as findings. */
export const openAssumptions: readonly Finding[] = assumptions.map(({ assumption, settledBy }) => ({
  name: 'assumption',
  stopsDeploy: false,
  ...unknown(`${assumption} (settled by ${settledBy})`),
}));
