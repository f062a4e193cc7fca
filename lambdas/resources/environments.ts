import type { Environment } from '../../workflow/stages.ts';

export const environments: readonly Environment[] = ['staging', 'production'];

export const isEnvironment = (name: string | undefined): name is Environment =>
  environments.some((environment) => environment === name);

/** The stage that deploys an environment. */
export const deployStage = { staging: 'deploy-staging', production: 'deploy-production' } as const satisfies Record<
  Environment,
  string
>;
