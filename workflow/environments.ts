/**
 * The environments of a region, in the order in which a release reaches them. Whatever differs between them stands in
 * `settings`: an environment that lacks something does not compile.
 */
export const environments = ['staging', 'production'] as const;
export type Environment = (typeof environments)[number];

interface Settings {
  /** Where the load balancer serves it. Exactly one is served on `/`, and takes what no other does. */
  readonly path: `/${string}`;
  /** The stage that deploys it (workflow/stages.ts). */
  readonly deployStage: `deploy-${string}`;
  /** Whether people are alarmed about it. */
  readonly alarms: boolean;
}

export const settings = {
  staging: { path: '/staging', deployStage: 'deploy-staging', alarms: false },
  production: { path: '/', deployStage: 'deploy-production', alarms: true },
} as const satisfies Readonly<Record<Environment, Settings>>;

/** The environment of that name; undefined where there is none. */
export const environmentNamed = (name: string | undefined): Environment | undefined =>
  environments.find((environment) => environment === name);

/** As people read it in a console: `Staging`. */
export const environmentTitle = (environment: Environment): string =>
  environment.charAt(0).toUpperCase() + environment.slice(1);

/** Those that people are alarmed about. */
export const alarmed: readonly Environment[] = environments.filter((environment) => settings[environment].alarms);

/** Where an environment answers, behind the load balancer's address. */
export const pathOf = (environment: Environment): `/${string}` => settings[environment].path;
