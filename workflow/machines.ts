/** Names of the state machines, without the prefix that infra gives them. */

/** The machines that people start. */
export const rootMachines = ['provision', 'destroy'] as const;

/** The machines that those start, one execution a region. */
export const regionMachines = ['provision-region', 'promote-region', 'destroy-region'] as const;
