import type { Environment } from './environments.ts';
/**
 * The one place where the order of stages, and the kinds of resource that each makes, is written. The state machines,
 * the stage Lambdas and their permissions, the plan, the command line and the progress view read it or are checked
 * against it (test/contract).
 */

/**
 * What a stage's resources are to a running production: it depends on them (`network`, `serving`), it is monitored by them
 * (`monitoring`), or it does not notice them before something is deployed (`delivery`).
 */
export const impacts = ['network', 'serving', 'monitoring', 'delivery'] as const;
export type Impact = (typeof impacts)[number];

/** A stage that makes resources. `kinds` are made in this order; a kind may use only what stands before it. */
export interface ProvisionStage {
  readonly name: string;
  readonly title: string;
  readonly machine: 'provision-region' | 'promote-region';
  readonly impact: Impact;
  readonly kinds: readonly string[];
  /** Kinds of earlier stages whose deferred changes it makes, before its own. */
  readonly appliesDeferred?: readonly string[];
  /** Of its Lambda. @default 512 */
  readonly memoryMegabytes?: number;
  /** Its bundle carries the app's files: it pushes the image. */
  readonly carriesApp?: true;
  /** Its bundle carries the first commit of a source repository. */
  readonly carriesSource?: true;
}

/** A loop that changes nothing and waits until resources made by earlier stages are ready. */
export interface AwaitStage {
  readonly name: string;
  readonly title: string;
  readonly machine: 'provision-region' | 'promote-region';
  /** What is awaited: the resources of these kinds that the named stage makes. */
  readonly awaits: readonly { readonly kind: string; readonly stage: string }[];
  /** Seconds of waiting after which the stage fails and names what it waited for. */
  readonly limitSeconds: number;
  /** Its end is published to people who don't want a mail for each step: an environment answers. */
  readonly milestone?: true;
}

export const stages = [
  {
    name: 'vpc',
    title: 'VPC',
    machine: 'provision-region',
    impact: 'network',
    // The bucket first of all: the primary region's pipeline is refused while one in another region is missing.
    kinds: ['artifact-bucket', 'vpc', 'internet-gateway', 'subnet', 'route-table', 'log-group', 'role'],
  },
  { name: 'nat', title: 'NAT', machine: 'provision-region', impact: 'network', kinds: ['elastic-ip', 'nat-gateway'] },
  {
    name: 'ecs',
    title: 'ECS',
    machine: 'provision-region',
    impact: 'serving',
    kinds: ['service-linked-role', 'log-group', 'role', 'cluster', 'task-definition'],
  },
  {
    name: 'alb',
    title: 'ALB',
    machine: 'provision-region',
    impact: 'serving',
    kinds: ['security-group', 'load-balancer', 'target-group', 'listener', 'listener-rule'],
  },
  {
    name: 'ecr-push',
    title: 'ECR push',
    machine: 'provision-region',
    impact: 'delivery',
    kinds: ['repository', 'image'],
    // The push streams layers of tens of MB: more memory is more network.
    memoryMegabytes: 1024,
    carriesApp: true,
  },
  {
    name: 'pipeline',
    title: 'Pipeline',
    machine: 'provision-region',
    impact: 'delivery',
    kinds: [
      'source-repository',
      'log-group',
      'role',
      'topic',
      'build-project',
      'pipeline',
      'pipeline-transition',
      'source-trigger',
    ],
    carriesSource: true,
  },
  {
    name: 'monitoring',
    title: 'Monitoring',
    machine: 'provision-region',
    impact: 'monitoring',
    // Flow logs need a role that EC2 accepts a while after it was made: here nothing waits for them.
    kinds: ['topic', 'alarm', 'dashboard', 'flow-log'],
  },
  {
    name: 'await-network',
    title: 'Await network',
    machine: 'provision-region',
    awaits: [{ kind: 'nat-gateway', stage: 'nat' }],
    limitSeconds: 900,
  },
  {
    name: 'routes',
    title: 'Route private subnets',
    machine: 'provision-region',
    impact: 'network',
    kinds: ['nat-route'],
  },
  {
    name: 'deploy-staging',
    title: 'Deploy staging',
    machine: 'provision-region',
    impact: 'delivery',
    appliesDeferred: ['target-group'],
    kinds: ['service', 'scalable-target', 'scaling-policy'],
  },
  {
    name: 'await-staging',
    title: 'Await healthy staging',
    machine: 'provision-region',
    awaits: [
      { kind: 'load-balancer', stage: 'alb' },
      { kind: 'service', stage: 'deploy-staging' },
    ],
    limitSeconds: 1800,
    milestone: true,
  },
  {
    name: 'deploy-production',
    title: 'Deploy production',
    machine: 'promote-region',
    impact: 'serving',
    appliesDeferred: ['target-group'],
    kinds: ['service', 'scalable-target', 'scaling-policy'],
  },
  {
    name: 'await-production',
    title: 'Await healthy production',
    machine: 'promote-region',
    awaits: [{ kind: 'service', stage: 'deploy-production' }],
    limitSeconds: 1800,
    milestone: true,
  },
  {
    name: 'finish-production',
    title: 'Finish production',
    machine: 'promote-region',
    impact: 'delivery',
    appliesDeferred: ['security-group', 'load-balancer', 'source-repository'],
    kinds: ['pipeline-transition'],
  },
] as const satisfies readonly (ProvisionStage | AwaitStage)[];

export type Stage = (typeof stages)[number];
export type StageName = Stage['name'];
export type MakingStage = Extract<Stage, { kinds: readonly string[] }>;
export type WaitingStage = Extract<Stage, { awaits: readonly unknown[] }>;
/** The name of a stage that makes resources. */
export type MakingStageName = MakingStage['name'];
/** Every kind of resource that Slipway makes. */
export type Kind = MakingStage['kinds'][number];
/** A stage that makes changes to what an earlier stage made. */
type ApplyingStage = Extract<Stage, { appliesDeferred: readonly Kind[] }>;
/** The kinds of which a stage makes deferred changes. */
export type DeferredKind<Name extends StageName> = Extract<ApplyingStage, { name: Name }>['appliesDeferred'][number];

export const makingStages: readonly MakingStage[] = stages.filter((stage): stage is MakingStage => 'kinds' in stage);

/** Every kind once, in the order in which it is first made. */
export const kinds: readonly Kind[] = [...new Set(makingStages.flatMap((stage): readonly Kind[] => stage.kinds))];

/** The kinds of earlier stages whose deferred changes a stage makes. */
export const deferredKinds = (stage: MakingStage): readonly Kind[] =>
  'appliesDeferred' in stage ? stage.appliesDeferred : [];

/** Kinds whose impact is not their stage's. */
const impactOfKind: Partial<Readonly<Record<Kind, Impact>>> = {
  'security-group': 'network',
  'artifact-bucket': 'delivery',
  // A new revision serves nobody before a service uses it.
  'task-definition': 'delivery',
};

/**
 * What a resource is to a running production. What belongs to another environment is behind production's load balancer,
 * and production does not notice it.
 */
export const impactOf = (stage: MakingStageName, kind: Kind, environment: Environment | undefined): Impact =>
  environment !== undefined && environment !== 'production'
    ? 'delivery'
    : (impactOfKind[kind] ?? stageNamed(stage).impact);

/**
 * The stage of that name.
 * @throws {RangeError} when there is none: a programming error
 */
export function stageNamed<Name extends StageName>(name: Name): Extract<Stage, { name: Name }> {
  const stage = stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new RangeError(`no stage is named ${name}`);
  return stage as Extract<Stage, { name: Name }>;
}

/** Name, in events, of a stage that is walked backwards. */
export const removalOf = (stage: MakingStageName): RemovalName => `remove-${stage}`;
export type RemovalName = `remove-${MakingStageName}`;

/** What people read after a change that an earlier stage leaves to that one. */
export const leftTo = (stage: StageName | undefined): string =>
  stage === undefined ? '' : ` (left to ${stageNamed(stage).title})`;

/**
 * How destroy goes: step by step, in each step some chains of stages side by side. What serves people goes first, and a stage
 * goes after all those whose resources refer to its own (test/contract/removal.test.ts). `finish-production` makes nothing
 * that its pipeline does not take along.
 */
export const removalSteps = [
  {
    // NAT gateways take the longest to go, and the rest goes meanwhile: nothing stands before them. EC2 leaves routes to one
    // that is gone as blackholes.
    title: 'Remove the platform',
    chains: [
      ['nat'],
      ['routes'],
      ['deploy-production', 'deploy-staging', 'monitoring', 'pipeline', 'alb', 'ecs', 'ecr-push'],
    ],
  },
  { title: 'Remove the network', chains: [['vpc']] },
] as const satisfies readonly { readonly title: string; readonly chains: readonly (readonly MakingStageName[])[] }[];

/** The stages that destroy takes back, in an order in which they could go one after the other. */
export const removalStages: readonly MakingStage[] = removalSteps.flatMap(({ chains }) =>
  chains.flatMap((chain): readonly MakingStage[] => chain.map((name) => stageNamed(name))),
);
