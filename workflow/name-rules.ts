import { alarmed, environments } from './environments.ts';
import {
  alarmKeys,
  alarmName,
  appLogGroup,
  artifactBucketName,
  buildLogGroup,
  buildProjectName,
  clusterName,
  dashboardName,
  failureRuleName,
  flowLogGroup,
  insightsLogGroup,
  loadBalancerName,
  mirrorProjectName,
  mirrorRuleName,
  type Place,
  pipelineName,
  replicaAlarmKeys,
  replicaAlarmName,
  repositoryName,
  roleKeys,
  roleName,
  scalingPolicyName,
  securityGroupName,
  sourceRepositoryName,
  sourceRuleName,
  targetGroupName,
  taskFamily,
  topicKeys,
  topicName,
} from './names.ts';
import { knownRegions } from './regions.ts';

/** What a service accepts as the name of one kind of resource. */
interface NameRule {
  /** As people call it. */
  readonly what: string;
  readonly names: (place: Place) => readonly string[];
  /** The service's API reference, as of 2026-11. */
  readonly pattern: RegExp;
  readonly longest: number;
  /** Names that match the pattern and are refused all the same. */
  readonly reserved?: { readonly pattern: RegExp; readonly why: string };
}

const words = /^[A-Za-z0-9_-]+$/;
const ofEachEnvironment =
  (name: (place: Place, environment: (typeof environments)[number]) => string) => (place: Place) =>
    environments.map((environment) => name(place, environment));

/** Every name that is derived from an input; test/unit/workflow/name-rules.test.ts finds one that is missing. */
export const nameRules: readonly NameRule[] = [
  {
    what: 'load balancer',
    names: (place) => [loadBalancerName(place)],
    pattern: /^(?!-)[A-Za-z0-9-]+(?<!-)$/,
    longest: 32,
    reserved: { pattern: /^internal-/, why: 'names of load balancers may not start with internal-' },
  },
  {
    what: 'target group',
    names: ofEachEnvironment(targetGroupName),
    pattern: /^(?!-)[A-Za-z0-9-]+(?<!-)$/,
    longest: 32,
  },
  {
    what: 'security group',
    names: (place) => [securityGroupName(place, 'alb'), securityGroupName(place, 'task')],
    pattern: /^[A-Za-z0-9 ._:/()#,@[\]+=&;{}!$*-]+$/,
    longest: 255,
    reserved: { pattern: /^sg-/, why: 'names of security groups may not start with sg-' },
  },
  {
    what: 'bucket',
    names: (place) => [artifactBucketName(place)],
    pattern: /^[a-z0-9][a-z0-9.-]+[a-z0-9]$/,
    longest: 63,
    reserved: {
      pattern: /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/,
      why: 'S3 reserves the prefixes xn--, sthree- and amzn-s3-demo-',
    },
  },
  {
    what: 'topic',
    names: (place) => topicKeys.map((key) => topicName(place, key)),
    pattern: words,
    longest: 256,
    reserved: { pattern: /^slipway-/, why: 'topics that start with slipway- are the provisioner’s own' },
  },
  {
    what: 'role',
    names: (place) => roleKeys.map((key) => roleName(place, key)),
    pattern: /^[\w+=,.@-]+$/,
    longest: 64,
  },
  { what: 'cluster', names: (place) => [clusterName(place)], pattern: words, longest: 255 },
  { what: 'task definition family', names: ofEachEnvironment(taskFamily), pattern: words, longest: 255 },
  { what: 'scaling policy', names: ofEachEnvironment(scalingPolicyName), pattern: /^\P{C}+$/u, longest: 256 },
  {
    what: 'image repository',
    names: (place) => [repositoryName(place)],
    pattern: /^[a-z0-9]+([._-][a-z0-9]+)*$/,
    longest: 256,
  },
  {
    what: 'source repository',
    names: (place) => [sourceRepositoryName(place)],
    pattern: /^[\w.-]+(?<!\.git)$/,
    longest: 100,
  },
  {
    what: 'build project',
    names: (place) => [buildProjectName(place), mirrorProjectName(place)],
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]+$/,
    longest: 150,
  },
  { what: 'pipeline', names: (place) => [pipelineName(place)], pattern: /^[A-Za-z0-9.@_-]+$/, longest: 100 },
  {
    what: 'event rule',
    names: (place) => [sourceRuleName(place), mirrorRuleName(place), failureRuleName(place)],
    pattern: /^[.\-_A-Za-z0-9]+$/,
    longest: 64,
  },
  {
    what: 'alarm',
    names: (place) => [
      ...alarmed.flatMap((each) => alarmKeys.map((key) => alarmName(place, each, key))),
      ...replicaAlarmKeys.map((key) => replicaAlarmName(place, key)),
    ],
    pattern: /^\P{C}+$/u,
    longest: 255,
  },
  { what: 'dashboard', names: (place) => [dashboardName(place)], pattern: words, longest: 255 },
  {
    what: 'log group',
    names: (place) => [
      ...environments.map((each) => appLogGroup(place, each)),
      flowLogGroup(place),
      buildLogGroup(place),
      insightsLogGroup(place),
    ],
    pattern: /^(?!aws\/)[.\-_/#A-Za-z0-9]+$/,
    longest: 512,
  },
];

/** Why AWS would refuse resources of a deployment of that name; empty where it takes them all, in every known region. */
export function nameProblems(deployment: string): readonly string[] {
  const places = knownRegions.map(
    (region): Place => ({ deployment, account: '0'.repeat(12), partition: 'aws', region }),
  );
  return nameRules.flatMap(({ what, names, pattern, longest, reserved }) => {
    for (const name of places.flatMap(names)) {
      if (name.length > longest) return [`the ${what} would be named ${name}: at most ${longest} characters`];
      if (!pattern.test(name)) return [`the ${what} would be named ${name}, which its service does not take`];
      if (reserved?.pattern.test(name)) return [`the ${what} would be named ${name}: ${reserved.why}`];
    }
    return [];
  });
}
