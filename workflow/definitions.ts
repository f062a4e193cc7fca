/** All state machines: infra deploys these, and the contract tests range over them. */
import { destroy } from './destroy.asl.ts';
import { type Machine, type RegionMachine, regionMachines } from './machines.ts';
import { provision } from './provision.asl.ts';
import { destroyRegion, promoteRegion, provisionRegion } from './region.asl.ts';
import { rerun } from './rerun.asl.ts';
import { machineSubstitution } from './root-states.ts';

/** In the order in which they can be made: a machine after those that it starts. */
export const definitions: Readonly<Record<Machine, object>> = {
  'provision-region': provisionRegion,
  'promote-region': promoteRegion,
  'destroy-region': destroyRegion,
  provision,
  destroy,
  rerun,
};

/** The machines that a machine starts by a substitution of its definition. */
export function childrenOf(machine: Machine): readonly RegionMachine[] {
  const text = JSON.stringify(definitions[machine]);
  return regionMachines.filter((child) => text.includes(`\${${machineSubstitution(child)}}`));
}
