import type { RegionConfig } from './config.ts';
import type { Environment } from './environments.ts';

/** Where a name or an ARN belongs. */
export type Place = Pick<RegionConfig, 'deployment' | 'account' | 'partition' | 'region'>;
type Deployment = Pick<Place, 'deployment'>;

/**
 * Every place at once, for the patterns of IAM statements: they come from the same functions as the names, so that no
 * permission can miss a renamed resource. Infra fills in account and partition.
 */
export const anywhere: Place = { deployment: '*', account: '{account}', partition: '{partition}', region: '*' };

/** What an alarm watches, of each environment that has alarms. */
export const alarmKeys = ['cpu', 'memory', 'http-5xx', 'response-time', 'unhealthy-targets'] as const;
export type AlarmKey = (typeof alarmKeys)[number];

/** What is watched of the replicas, in the primary region. */
export const replicaAlarmKeys = ['replica-lag', 'mirror-failed'] as const;
export type ReplicaAlarmKey = (typeof replicaAlarmKeys)[number];

export const topicKeys = ['alarms', 'approvals'] as const;
export type TopicKey = (typeof topicKeys)[number];

export const roleKeys = ['flow-logs', 'execution', 'build', 'pipeline', 'events', 'mirror'] as const;
export type RoleKey = (typeof roleKeys)[number];

/** `<deployment>-<part>`; which services accept such a name is checked in workflow/name-rules.ts. */
const nameOf = (place: Deployment, part: string): string => `${place.deployment}-${part}`;

export const clusterName = (place: Deployment): string => nameOf(place, 'cluster');
export const loadBalancerName = (place: Deployment): string => nameOf(place, 'alb');
export const targetGroupName = (place: Deployment, environment: Environment): string => nameOf(place, environment);
export const securityGroupName = (place: Deployment, key: 'alb' | 'task'): string => nameOf(place, key);
export const taskFamily = (place: Deployment, environment: Environment): string => nameOf(place, environment);
export const scalingPolicyName = (place: Deployment, environment: Environment): string =>
  nameOf(place, `${environment}-cpu`);
export const repositoryName = (place: Deployment): string => nameOf(place, 'app');
export const sourceRepositoryName = (place: Deployment): string => nameOf(place, 'app');
export const buildProjectName = (place: Deployment): string => nameOf(place, 'build');
/** Copies the source to its replicas. */
export const mirrorProjectName = (place: Deployment): string => nameOf(place, 'mirror');
const pipelinePart = 'pipeline';
export const pipelineName = (place: Deployment): string => nameOf(place, pipelinePart);
/** What the name of every pipeline of ours ends in. */
export const pipelineSuffix = `-${pipelinePart}`;
/** The deployment that a pipeline of that name would belong to. */
export const deploymentOfPipeline = (name: string): string | undefined =>
  name.endsWith(pipelineSuffix) ? name.slice(0, -pipelineSuffix.length) : undefined;
export const sourceRuleName = (place: Deployment): string => nameOf(place, 'source');
export const mirrorRuleName = (place: Deployment): string => nameOf(place, 'mirror');
/** Tells the provisioner in another region that the pipeline failed. */
export const failureRuleName = (place: Deployment): string => nameOf(place, 'pipeline-failed');
export const topicName = (place: Deployment, key: TopicKey): string => nameOf(place, key);
/** Production's alarms came first and carry no environment in their names. */
export const alarmKeyOf = (environment: Environment, key: AlarmKey): string =>
  environment === 'production' ? key : `${environment}-${key}`;
export const alarmName = (place: Deployment, environment: Environment, key: AlarmKey): string =>
  nameOf(place, alarmKeyOf(environment, key));
export const replicaAlarmName = (place: Deployment, key: ReplicaAlarmKey): string => nameOf(place, key);
/** Dashboards belong to the account, so their names hold the region. */
export const dashboardName = (place: Pick<Place, 'deployment' | 'region'>): string => nameOf(place, place.region);
/** Role names are account-global, so they hold the region. */
export const roleName = (place: Pick<Place, 'deployment' | 'region'>, key: RoleKey): string =>
  `${place.deployment}-${place.region}-${key}`;
/** Bucket names are global: account and region make them unique. */
export const artifactBucketName = (place: Omit<Place, 'partition'>): string =>
  `${place.deployment}-${place.account}-${place.region}-artifacts`;

/** Every log group that has a name of our choice. */
const ownLogGroup = (place: Deployment, part: string): string => `/slipway/${place.deployment}/${part}`;
export const appLogGroup = (place: Deployment, environment: Environment): string => ownLogGroup(place, environment);
export const flowLogGroup = (place: Deployment): string => ownLogGroup(place, 'flow-logs');
/** CodeBuild's own choice of name for a project's log. */
export const buildLogGroup = (place: Deployment): string => `/aws/codebuild/${buildProjectName(place)}`;
/** Container Insights writes here, and would make the group itself, without retention. */
export const insightsLogGroup = (place: Deployment): string =>
  `/aws/ecs/containerinsights/${clusterName(place)}/performance`;

/** Registry host and repository, without tag or digest. */
export const repositoryUri = (place: Place): string =>
  `${place.account}.dkr.ecr.${place.region}.${place.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}/${repositoryName(place)}`;

/** `arn:<partition>:<service>:<region>:<account>:<resource>` in the place's own account and region. */
export const arnOf = (place: Omit<Place, 'deployment'>, service: string, resource: string): string =>
  `arn:${place.partition}:${service}:${place.region}:${place.account}:${resource}`;

/** IAM path of every role that the workflow makes. A path can't be changed later. */
export const rolePath = '/slipway/';
/** A role under our path. */
export const roleArnNamed = (place: Pick<Place, 'partition' | 'account'>, name: string): string =>
  `arn:${place.partition}:iam::${place.account}:role${rolePath}${name}`;
export const roleArn = (place: Place, key: RoleKey): string => roleArnNamed(place, roleName(place, key));
export const bucketArn = (place: Place): string => `arn:${place.partition}:s3:::${artifactBucketName(place)}`;
export const repositoryArn = (place: Place): string => arnOf(place, 'ecr', `repository/${repositoryName(place)}`);
export const sourceRepositoryArn = (place: Place): string => arnOf(place, 'codecommit', sourceRepositoryName(place));
export const buildProjectArn = (place: Place): string =>
  arnOf(place, 'codebuild', `project/${buildProjectName(place)}`);
/** CodeBuild makes it with the first report that buildspec.yml calls `tests`. */
export const reportGroupArn = (place: Place): string =>
  arnOf(place, 'codebuild', `report-group/${buildProjectName(place)}-tests`);
export const mirrorProjectArn = (place: Place): string =>
  arnOf(place, 'codebuild', `project/${mirrorProjectName(place)}`);
export const pipelineArn = (place: Place): string => arnOf(place, 'codepipeline', pipelineName(place));
export const sourceRuleArn = (place: Place): string => arnOf(place, 'events', `rule/${sourceRuleName(place)}`);
export const mirrorRuleArn = (place: Place): string => arnOf(place, 'events', `rule/${mirrorRuleName(place)}`);
export const failureRuleArn = (place: Place): string => arnOf(place, 'events', `rule/${failureRuleName(place)}`);
/** Where AWS's services put their events. */
export const defaultBusArn = (place: Omit<Place, 'deployment'>): string => arnOf(place, 'events', 'event-bus/default');
export const topicArn = (place: Place, key: TopicKey): string => arnOf(place, 'sns', topicName(place, key));
export const alarmArn = (place: Place, environment: Environment, key: AlarmKey): string =>
  arnOf(place, 'cloudwatch', `alarm:${alarmName(place, environment, key)}`);
export const replicaAlarmArn = (place: Place, key: ReplicaAlarmKey): string =>
  arnOf(place, 'cloudwatch', `alarm:${replicaAlarmName(place, key)}`);
export const dashboardArn = (place: Place): string =>
  `arn:${place.partition}:cloudwatch::${place.account}:dashboard/${dashboardName(place)}`;
/** Without the `:*` that DescribeLogGroups puts behind it: the tagging calls refuse that. */
export const logGroupArn = (place: Place, name: string): string => arnOf(place, 'logs', `log-group:${name}`);
/** Load balancer, listeners and rules: their ARNs end in hashes that ELB picks. */
export const loadBalancerArns = (place: Place, type: 'loadbalancer' | 'listener' | 'listener-rule'): string =>
  arnOf(place, 'elasticloadbalancing', `${type}/app/${loadBalancerName(place)}/*`);
export const targetGroupArns = (place: Place, environment: Environment): string =>
  arnOf(place, 'elasticloadbalancing', `targetgroup/${targetGroupName(place, environment)}/*`);
export const clusterArn = (place: Place): string => arnOf(place, 'ecs', `cluster/${clusterName(place)}`);
/** What Application Auto Scaling calls a service, and the end of its ARN. */
export const serviceResource = (place: Deployment, environment: Environment): string =>
  `service/${clusterName(place)}/${environment}`;
export const serviceArn = (place: Place, environment: Environment): string =>
  arnOf(place, 'ecs', serviceResource(place, environment));
/** All revisions of an environment's task definition. */
export const taskDefinitionArns = (place: Place, environment: Environment): string =>
  arnOf(place, 'ecs', `task-definition/${taskFamily(place, environment)}:*`);

/** Patterns of all groups: some calls are authorised on the group, some on the group with its streams. */
export const logGroupPatterns: readonly string[] = [
  logGroupArn(anywhere, ownLogGroup(anywhere, '*')),
  ...[insightsLogGroup(anywhere), buildLogGroup(anywhere)].flatMap((name) => [
    logGroupArn(anywhere, name),
    `${logGroupArn(anywhere, name)}:*`,
  ]),
];

/** `arn:…:secret:name-AbCdEf:json-key:stage:version` → the ARN that IAM and the services know. */
export const secretOf = (valueFrom: string): string => valueFrom.split(':').slice(0, 7).join(':');

/** In Secrets Manager, or else in Parameter Store. */
export const inSecretsManager = (valueFrom: string): boolean => valueFrom.split(':')[2] === 'secretsmanager';
