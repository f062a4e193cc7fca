/** Names of the state machines, without the prefix that infra gives them. */

/** The machines that people start. */
export const rootMachines = ['provision', 'destroy'] as const;

/** The machine that EventBridge starts when one of those ended badly. */
export const rerunMachine = 'rerun';

/** The machines that those start, one execution a region. */
export const regionMachines = ['provision-region', 'promote-region', 'destroy-region'] as const;
