import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient, ListDashboardsCommand, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient, ListProjectsCommand } from '@aws-sdk/client-codebuild';
import { CodeCommitClient, ListRepositoriesCommand } from '@aws-sdk/client-codecommit';
import { CodePipelineClient, ListPipelinesCommand } from '@aws-sdk/client-codepipeline';
import {
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
  type Tag,
} from '@aws-sdk/client-ec2';
import { DescribeImagesCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import {
  DescribeServicesCommand,
  ECSClient,
  ListClustersCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
} from '@aws-sdk/client-ecs';
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { IAMClient, ListRolePoliciesCommand, paginateListRoles } from '@aws-sdk/client-iam';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSubscriptionsByTopicCommand, paginateListTopics, SNSClient } from '@aws-sdk/client-sns';
import { allPages } from '../../lambdas/aws/pages.ts';
import type { Provisioner } from '../support/provisioner.ts';

/** One living thing, `region kind name facts`: equal things of two runs have equal lines, whatever ids they got. */
export type Inventory = readonly string[];

/** Everything that lives in the regions, whoever made it and whether or not it has a tag of ours. */
export async function takeInventory(provisioner: Provisioner, regions: readonly string[]): Promise<Inventory> {
  const lists = await Promise.all([
    readRoles(provisioner),
    readBuckets(provisioner),
    ...regions.flatMap((region) => [
      readNetwork(provisioner, region),
      readContainers(provisioner, region),
      readBalancers(provisioner, region),
      readRest(provisioner, region),
    ]),
  ]);
  return lists.flat().sort();
}

const nameIn = (tags: readonly Tag[] | undefined): string =>
  tags?.find(({ Key }) => Key === 'Name')?.Value ?? 'without-name';

/** Of the bootstrap, which not every cloud of the bench has. */
const isCdks = (name = ''): boolean => name.startsWith('cdk-');

/** An ARN without what AWS picks at random. */
const stable = (arn = ''): string => arn.replaceAll(/\/[0-9a-f]{16,17}\b/g, '/…');

async function readNetwork(provisioner: Provisioner, region: string): Promise<string[]> {
  const ec2 = provisioner.client(EC2Client, region);
  const [vpcs, subnets, gateways, tables, nats, addresses, groups, flowLogs] = await Promise.all([
    ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['false'] }] })),
    ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'default-for-az', Values: ['false'] }] })),
    ec2.send(new DescribeInternetGatewaysCommand({})),
    ec2.send(new DescribeRouteTablesCommand({})),
    ec2.send(new DescribeNatGatewaysCommand({})),
    ec2.send(new DescribeAddressesCommand({})),
    ec2.send(new DescribeSecurityGroupsCommand({})),
    ec2.send(new DescribeFlowLogsCommand({})),
  ]);
  const nameOfVpc = new Map((vpcs.Vpcs ?? []).map((vpc) => [vpc.VpcId, nameIn(vpc.Tags)]));
  // The default VPC and what belongs to it came with the region.
  const made = ({ VpcId }: { VpcId?: string | undefined }): boolean => nameOfVpc.has(VpcId);
  return [
    ...(vpcs.Vpcs ?? []).map((vpc) => `vpc ${nameIn(vpc.Tags)} ${vpc.CidrBlock}`),
    ...(subnets.Subnets ?? []).map((each) => `subnet ${nameIn(each.Tags)} ${each.CidrBlock} ${each.AvailabilityZone}`),
    ...(gateways.InternetGateways ?? [])
      .filter(({ Attachments = [] }) => Attachments.length === 0 || Attachments.some(made))
      .map((each) => `internet-gateway ${nameIn(each.Tags)} attached ${each.Attachments?.length ?? 0}`),
    ...(tables.RouteTables ?? []).filter(made).map((each) => {
      const routes = (each.Routes ?? []).map(
        (route) => `${route.DestinationCidrBlock}→${(route.NatGatewayId ?? route.GatewayId ?? '').split('-')[0]}`,
      );
      return `route-table ${nameIn(each.Tags)} ${routes.sort().join(' ')} associated ${each.Associations?.length ?? 0}`;
    }),
    ...(nats.NatGateways ?? [])
      .filter(({ State }) => State !== 'deleted')
      .map((each) => `nat-gateway ${nameIn(each.Tags)} ${each.State}`),
    ...(addresses.Addresses ?? []).map(
      (each) => `elastic-ip ${nameIn(each.Tags)} ${each.AssociationId === undefined ? 'idle' : 'associated'}`,
    ),
    ...(groups.SecurityGroups ?? [])
      .filter(made)
      .map(
        (each) =>
          `security-group ${each.GroupName} in ${each.IpPermissions?.length} out ${each.IpPermissionsEgress?.length}`,
      ),
    ...(flowLogs.FlowLogs ?? []).map((each) => `flow-log ${nameIn(each.Tags)} ${each.LogGroupName}`),
  ].map((line) => `${region} ${line}`);
}

async function readContainers(provisioner: Provisioner, region: string): Promise<string[]> {
  const ecs = provisioner.client(ECSClient, region);
  const scaling = provisioner.client(ApplicationAutoScalingClient, region);
  const [{ clusterArns = [] }, { taskDefinitionArns = [] }, targets, policies] = await Promise.all([
    ecs.send(new ListClustersCommand({})),
    ecs.send(new ListTaskDefinitionsCommand({ status: 'ACTIVE' })),
    scaling.send(new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' })),
    scaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' })),
  ]);
  const services: string[] = [];
  for (const cluster of clusterArns) {
    const { serviceArns = [] } = await ecs.send(new ListServicesCommand({ cluster }));
    if (serviceArns.length === 0) continue;
    const described = await ecs.send(new DescribeServicesCommand({ cluster, services: serviceArns }));
    services.push(
      ...(described.services ?? []).map(
        (each) =>
          `service ${each.serviceName} desired ${each.desiredCount} of ${each.taskDefinition?.split('/').at(-1)}`,
      ),
    );
  }
  return [
    ...clusterArns.map((arn) => `cluster ${arn}`),
    ...services,
    ...taskDefinitionArns.map((arn) => `task-definition ${arn.split('/').at(-1)}`),
    ...(targets.ScalableTargets ?? []).map((each) => `scalable-target ${each.ResourceId}`),
    ...(policies.ScalingPolicies ?? []).map((each) => `scaling-policy ${each.ResourceId} ${each.PolicyName}`),
  ].map((line) => `${region} ${line}`);
}

async function readBalancers(provisioner: Provisioner, region: string): Promise<string[]> {
  const elb = provisioner.client(ElasticLoadBalancingV2Client, region);
  const [{ LoadBalancers = [] }, { TargetGroups = [] }] = await Promise.all([
    elb.send(new DescribeLoadBalancersCommand({})),
    elb.send(new DescribeTargetGroupsCommand({})),
  ]);
  const lines: string[] = [];
  for (const balancer of LoadBalancers) {
    lines.push(`load-balancer ${balancer.LoadBalancerName} ${balancer.State?.Code}`);
    const { LoadBalancerArn } = balancer;
    const { Listeners = [] } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn }));
    for (const { ListenerArn, Port } of Listeners) {
      const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn }));
      lines.push(`listener ${balancer.LoadBalancerName} ${Port}`);
      lines.push(...Rules.map(({ Priority }) => `listener-rule ${balancer.LoadBalancerName} ${Port} ${Priority}`));
    }
  }
  lines.push(...TargetGroups.map((each) => `target-group ${each.TargetGroupName} ${each.LoadBalancerArns?.length}`));
  return lines.map((line) => `${region} ${line}`);
}

async function readRest(provisioner: Provisioner, region: string): Promise<string[]> {
  const ecr = provisioner.client(ECRClient, region);
  const cloudwatch = provisioner.client(CloudWatchClient, region);
  const sns = provisioner.client(SNSClient, region);
  const events = provisioner.client(EventBridgeClient, region);
  const [{ repositories = [] }, groups, projects, sources, pipelines, alarms, dashboards, topics, rules] =
    await Promise.all([
      ecr.send(new DescribeRepositoriesCommand({})),
      allPages(
        paginateDescribeLogGroups({ client: provisioner.client(CloudWatchLogsClient, region) }, {}),
        (page) => page.logGroups,
      ),
      provisioner.client(CodeBuildClient, region).send(new ListProjectsCommand({})),
      provisioner.client(CodeCommitClient, region).send(new ListRepositoriesCommand({})),
      provisioner.client(CodePipelineClient, region).send(new ListPipelinesCommand({})),
      allPages(paginateDescribeAlarms({ client: cloudwatch }, {}), ({ MetricAlarms }) => MetricAlarms),
      cloudwatch.send(new ListDashboardsCommand({})),
      allPages(paginateListTopics({ client: sns }, {}), ({ Topics }) => Topics),
      events.send(new ListRulesCommand({})),
    ]);
  const images = await Promise.all(
    repositories.map(async ({ repositoryName }) => {
      const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName }));
      return imageDetails.map((each) => `image ${repositoryName} ${each.imageTags?.length} tags`);
    }),
  );
  const subscriptions = await Promise.all(
    topics.map(async ({ TopicArn }) => {
      const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
      return [`topic ${TopicArn}`, ...Subscriptions.map((each) => `subscription ${TopicArn} ${each.Endpoint}`)];
    }),
  );
  const targets = await Promise.all(
    (rules.Rules ?? []).map(async ({ Name }) => {
      const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
      return `source-trigger ${Name} ${Targets.length} targets`;
    }),
  );
  return [
    ...repositories
      .filter(({ repositoryName }) => !isCdks(repositoryName))
      .map((each) => `repository ${each.repositoryName}`),
    ...images.flat(),
    ...groups
      // The provisioner's own functions get theirs with their first line.
      .filter(({ logGroupName = '' }) => !logGroupName.startsWith('/aws/lambda/'))
      .map((each) => `log-group ${each.logGroupName} ${each.retentionInDays}`),
    ...(projects.projects ?? []).map((name) => `build-project ${name}`),
    ...(sources.repositories ?? []).map((each) => `source-repository ${each.repositoryName}`),
    ...(pipelines.pipelines ?? []).map((each) => `pipeline ${each.name}`),
    ...alarms.map((each) => `alarm ${each.AlarmName}`),
    ...(dashboards.DashboardEntries ?? []).map((each) => `dashboard ${each.DashboardName}`),
    ...subscriptions.flat(),
    ...targets,
  ].map((line) => `${region} ${stable(line)}`);
}

async function readRoles(provisioner: Provisioner): Promise<string[]> {
  const iam = provisioner.client(IAMClient);
  const roles = await allPages(paginateListRoles({ client: iam }, {}), ({ Roles }) => Roles);
  return Promise.all(
    // Those without a path are the provisioner's own and CDK's.
    roles
      .filter(({ Path }) => Path !== '/')
      .map(async ({ RoleName, Path }) => {
        const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
        return `global role ${Path}${RoleName} ${PolicyNames.length} policies`;
      }),
  );
}

async function readBuckets(provisioner: Provisioner): Promise<string[]> {
  const { Buckets = [] } = await provisioner.client(S3Client).send(new ListBucketsCommand({}));
  return Buckets.filter(({ Name }) => !isCdks(Name)).map(({ Name }) => `global artifact-bucket ${Name}`);
}
