import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient, DescribeAlarmsCommand, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetProjectsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodeCommitClient, GetRepositoryCommand } from '@aws-sdk/client-codecommit';
import { CodePipelineClient, GetPipelineCommand, GetPipelineStateCommand } from '@aws-sdk/client-codepipeline';
import {
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
} from '@aws-sdk/client-ecr';
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
} from '@aws-sdk/client-ecs';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import {
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import {
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { type Environment, environments } from '../../workflow/environments.ts';
import type { Provisioner } from './provisioner.ts';

const account = '000000000000';

/** An IAM policy document, as far as the tests look at it. */
interface PolicyDocument {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Resource?: string | readonly string[];
    readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }[];
}

/** The one of its kind. */
export function only<Item>(items: readonly Item[] | undefined, what: string): Item {
  const [first, ...others] = items ?? [];
  if (first === undefined || others.length > 0)
    throw new Error(`${items?.length ?? 0} ${what} where there should be one`);
  return first;
}

/**
 * Everything that a deployment has in a region, read through the plain SDK by name and VPC, and never through
 * lambdas/resources: what those overlook, this sees.
 */
export async function readPlatform(provisioner: Provisioner, deployment: string, region: string, cidr: string) {
  const network = await readNetwork(provisioner, region, cidr);
  const [containers, balancer, registry, delivery, monitoring, roles, bucket, logGroups] = await Promise.all([
    readContainers(provisioner, deployment, region),
    readBalancer(provisioner, deployment, region),
    readRegistry(provisioner, deployment, region),
    readDelivery(provisioner, deployment, region),
    readMonitoring(provisioner, deployment, region),
    readRoles(provisioner, deployment, region),
    readBucket(provisioner, deployment, region),
    readLogGroups(provisioner, deployment, region),
  ]);
  return {
    deployment,
    region,
    account,
    ...network,
    ...containers,
    ...balancer,
    ...registry,
    ...delivery,
    ...monitoring,
    roles,
    bucket,
    logGroups,
  };
}

export type Platform = Awaited<ReturnType<typeof readPlatform>>;

async function readNetwork(provisioner: Provisioner, region: string, cidr: string) {
  const ec2 = provisioner.client(EC2Client, region);
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'cidr', Values: [cidr] }] }));
  const vpc = only(Vpcs, `VPCs of ${cidr} in ${region}`);
  const inVpc = [{ Name: 'vpc-id', Values: [vpc.VpcId ?? ''] }];
  const [attribute, gateways, subnets, nats, addresses, routeTables, groups, flowLogs] = await Promise.all([
    ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpc.VpcId, Attribute: 'enableDnsHostnames' })),
    ec2.send(
      new DescribeInternetGatewaysCommand({ Filters: [{ Name: 'attachment.vpc-id', Values: [vpc.VpcId ?? ''] }] }),
    ),
    ec2.send(new DescribeSubnetsCommand({ Filters: inVpc })),
    ec2.send(new DescribeNatGatewaysCommand({ Filter: inVpc })),
    ec2.send(new DescribeAddressesCommand({})),
    ec2.send(new DescribeRouteTablesCommand({ Filters: inVpc })),
    ec2.send(new DescribeSecurityGroupsCommand({ Filters: inVpc })),
    ec2.send(new DescribeFlowLogsCommand({ Filter: [{ Name: 'resource-id', Values: [vpc.VpcId ?? ''] }] })),
  ]);
  return {
    vpc,
    dnsHostnames: attribute.EnableDnsHostnames?.Value,
    internetGateways: gateways.InternetGateways ?? [],
    subnets: subnets.Subnets ?? [],
    // EC2 shows a deleted one for another hour.
    natGateways: (nats.NatGateways ?? []).filter(({ State }) => State !== 'deleted'),
    addresses: addresses.Addresses ?? [],
    routeTables: routeTables.RouteTables ?? [],
    securityGroups: groups.SecurityGroups ?? [],
    flowLogs: flowLogs.FlowLogs ?? [],
  };
}

async function readContainers(provisioner: Provisioner, deployment: string, region: string) {
  const ecs = provisioner.client(ECSClient, region);
  const scaling = provisioner.client(ApplicationAutoScalingClient, region);
  const cluster = `${deployment}-cluster`;
  const [clusters, services, targets, policies] = await Promise.all([
    ecs.send(new DescribeClustersCommand({ clusters: [cluster], include: ['SETTINGS', 'TAGS'] })),
    ecs.send(new DescribeServicesCommand({ cluster, services: [...environments] })),
    scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' })),
    scaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' })),
  ]);
  const byEnvironment = async (environment: Environment) => {
    const service = services.services?.find(({ serviceName }) => serviceName === environment);
    if (service === undefined) throw new Error(`no service ${environment} in ${cluster} in ${region}`);
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster, serviceName: environment }));
    const [tasks, definition] = await Promise.all([
      ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns })),
      ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: service.taskDefinition, include: ['TAGS'] })),
    ]);
    const resource = `service/${cluster}/${environment}`;
    return {
      environment,
      service,
      tasks: tasks.tasks ?? [],
      taskDefinition: definition.taskDefinition ?? {},
      container: only(definition.taskDefinition?.containerDefinitions, `containers of ${environment}`),
      scalableTarget: targets.ScalableTargets?.find(({ ResourceId }) => ResourceId === resource),
      scalingPolicies: (policies.ScalingPolicies ?? []).filter(({ ResourceId }) => ResourceId === resource),
    };
  };
  return {
    cluster: only(clusters.clusters, `clusters ${cluster}`),
    environments: [await byEnvironment('staging'), await byEnvironment('production')] as const satisfies {
      readonly [Index in keyof typeof environments]: unknown;
    },
  };
}

async function readBalancer(provisioner: Provisioner, deployment: string, region: string) {
  const elb = provisioner.client(ElasticLoadBalancingV2Client, region);
  const { LoadBalancers } = await elb.send(new DescribeLoadBalancersCommand({ Names: [`${deployment}-alb`] }));
  const loadBalancer = only(LoadBalancers, 'load balancers');
  const [{ Listeners = [] }, { TargetGroups = [] }] = await Promise.all([
    elb.send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancer.LoadBalancerArn })),
    elb.send(new DescribeTargetGroupsCommand({ LoadBalancerArn: loadBalancer.LoadBalancerArn })),
  ]);
  const rules = await Promise.all(
    Listeners.map(async ({ ListenerArn }) => (await elb.send(new DescribeRulesCommand({ ListenerArn }))).Rules ?? []),
  );
  const targetGroups = await Promise.all(
    TargetGroups.map(async (group) => ({
      ...group,
      health:
        (await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: group.TargetGroupArn })))
          .TargetHealthDescriptions ?? [],
    })),
  );
  return { loadBalancer, listeners: Listeners, rules: rules.flat(), targetGroups };
}

async function readRegistry(provisioner: Provisioner, deployment: string, region: string) {
  const ecr = provisioner.client(ECRClient, region);
  const repositoryName = `${deployment}-app`;
  const [{ repositories }, { imageDetails = [] }, lifecycle] = await Promise.all([
    ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] })),
    ecr.send(new DescribeImagesCommand({ repositoryName })),
    ecr.send(new GetLifecyclePolicyCommand({ repositoryName })),
  ]);
  return {
    repository: only(repositories, 'repositories'),
    images: imageDetails,
    lifecyclePolicy: JSON.parse(lifecycle.lifecyclePolicyText ?? '{}') as { rules?: readonly unknown[] },
  };
}

/** Absent where the answer is that there is none. */
async function orAbsent<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && /NotFound|DoesNotExist/.test(error.name)) return undefined;
    throw error;
  }
}

async function readDelivery(provisioner: Provisioner, deployment: string, region: string) {
  const codecommit = provisioner.client(CodeCommitClient, region);
  const codepipeline = provisioner.client(CodePipelineClient, region);
  const events = provisioner.client(EventBridgeClient, region);
  const [source, projects, pipeline, state, trigger, approvals] = await Promise.all([
    codecommit.send(new GetRepositoryCommand({ repositoryName: `${deployment}-app` })),
    provisioner.client(CodeBuildClient, region).send(new BatchGetProjectsCommand({ names: [`${deployment}-build`] })),
    orAbsent(codepipeline.send(new GetPipelineCommand({ name: `${deployment}-pipeline` }))),
    orAbsent(codepipeline.send(new GetPipelineStateCommand({ name: `${deployment}-pipeline` }))),
    orAbsent(events.send(new DescribeRuleCommand({ Name: `${deployment}-source` }))),
    readTopic(provisioner, region, `${deployment}-approvals`),
  ]);
  const targets =
    trigger === undefined
      ? []
      : ((await events.send(new ListTargetsByRuleCommand({ Rule: `${deployment}-source` }))).Targets ?? []);
  return {
    source: source.repositoryMetadata ?? {},
    buildProjects: projects.projects ?? [],
    pipeline: pipeline?.pipeline,
    pipelineState: state,
    trigger: trigger === undefined ? undefined : { ...trigger, targets },
    approvalsTopic: approvals,
  };
}

async function readTopic(provisioner: Provisioner, region: string, name: string) {
  const sns = provisioner.client(SNSClient, region);
  const TopicArn = `arn:aws:sns:${region}:${account}:${name}`;
  const attributes = await orAbsent(sns.send(new GetTopicAttributesCommand({ TopicArn })));
  if (attributes === undefined) return undefined;
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  return { arn: TopicArn, subscriptions: Subscriptions.map(({ Protocol, Endpoint }) => `${Protocol}:${Endpoint}`) };
}

async function readMonitoring(provisioner: Provisioner, deployment: string, region: string) {
  const cloudwatch = provisioner.client(CloudWatchClient, region);
  const [{ MetricAlarms = [] }, dashboard, alarmsTopic] = await Promise.all([
    cloudwatch.send(new DescribeAlarmsCommand({ AlarmNamePrefix: `${deployment}-` })),
    cloudwatch.send(new GetDashboardCommand({ DashboardName: `${deployment}-${region}` })),
    readTopic(provisioner, region, `${deployment}-alarms`),
  ]);
  return {
    alarms: new Map(MetricAlarms.map((alarm) => [alarm.AlarmName, alarm])),
    dashboard: JSON.parse(dashboard.DashboardBody ?? '{}') as { widgets: readonly { type: string }[] },
    alarmsTopic,
  };
}

async function readRoles(provisioner: Provisioner, deployment: string, region: string) {
  const iam = provisioner.client(IAMClient);
  const { Roles = [] } = await iam.send(new ListRolesCommand({ PathPrefix: '/slipway/' }));
  const prefix = `${deployment}-${region}-`;
  const roles = await Promise.all(
    Roles.filter(({ RoleName }) => RoleName?.startsWith(prefix)).map(async ({ RoleName = '' }) => {
      const [{ Role }, inline, attached] = await Promise.all([
        iam.send(new GetRoleCommand({ RoleName })),
        iam.send(new ListRolePoliciesCommand({ RoleName })),
        iam.send(new ListAttachedRolePoliciesCommand({ RoleName })),
      ]);
      const documents = await Promise.all(
        (inline.PolicyNames ?? []).map(async (PolicyName) => {
          const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
          return JSON.parse(decodeURIComponent(PolicyDocument ?? '{}')) as PolicyDocument;
        }),
      );
      return [
        RoleName.slice(prefix.length),
        {
          path: Role?.Path,
          boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
          tags: Role?.Tags ?? [],
          attached: attached.AttachedPolicies ?? [],
          statements: documents.flatMap(({ Statement }) => Statement),
        },
      ] as const;
    }),
  );
  return new Map(roles);
}

async function readBucket(provisioner: Provisioner, deployment: string, region: string) {
  const s3 = provisioner.client(S3Client, region);
  const Bucket = `${deployment}-${account}-${region}-artifacts`;
  const [encryption, block, policy] = await Promise.all([
    s3.send(new GetBucketEncryptionCommand({ Bucket })),
    s3.send(new GetPublicAccessBlockCommand({ Bucket })),
    s3.send(new GetBucketPolicyCommand({ Bucket })),
  ]);
  return {
    name: Bucket,
    encryption: encryption.ServerSideEncryptionConfiguration?.Rules?.map(
      (rule) => rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
    ),
    publicAccessBlock: block.PublicAccessBlockConfiguration,
    policy: JSON.parse(policy.Policy ?? '{}') as PolicyDocument,
  };
}

/** Retention in days by name. */
async function readLogGroups(provisioner: Provisioner, deployment: string, region: string) {
  const logs = provisioner.client(CloudWatchLogsClient, region);
  const groups = await Promise.all(
    [
      `/slipway/${deployment}/`,
      `/aws/ecs/containerinsights/${deployment}-cluster`,
      `/aws/codebuild/${deployment}-`,
    ].map(
      async (logGroupNamePrefix) =>
        (await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }))).logGroups ?? [],
    ),
  );
  return new Map(groups.flat().map(({ logGroupName, retentionInDays }) => [logGroupName, retentionInDays]));
}
