import {
  ApplicationAutoScalingClient,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutDashboardCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, PutRetentionPolicyCommand, UntagResourceCommand } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetProjectsCommand, CodeBuildClient, UpdateProjectCommand } from '@aws-sdk/client-codebuild';
import { CodeCommitClient, UpdateRepositoryDescriptionCommand } from '@aws-sdk/client-codecommit';
import { CodePipelineClient, GetPipelineCommand, UpdatePipelineCommand } from '@aws-sdk/client-codepipeline';
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateTagsCommand,
  DeleteFlowLogsCommand,
  DeleteNatGatewayCommand,
  DeleteRouteCommand,
  EC2Client,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import {
  DeleteLifecyclePolicyCommand,
  ECRClient,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import {
  DescribeTaskDefinitionCommand,
  ECSClient,
  UntagResourceCommand as UntagTaskDefinitionCommand,
  UpdateClusterSettingsCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  AddTagsCommand,
  ElasticLoadBalancingV2Client,
  ModifyListenerCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DisableRuleCommand, EventBridgeClient, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  AttachRolePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  IAMClient,
  PutRolePolicyCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteBucketLifecycleCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  ListSubscriptionsByTopicCommand,
  SetTopicAttributesCommand,
  SNSClient,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import type { Platform } from '../../support/platform-reading.ts';
import type { Provisioner } from '../../support/provisioner.ts';

/** One thing that somebody does by hand, and the lines that a plan has for it. */
export interface Alteration {
  readonly name: string;
  readonly region: Region;
  alter(hands: Hands): Promise<unknown>;
  /** `kind/key path`, or `kind/key` where it is to be made anew. */
  readonly planned: readonly string[];
}

export type Region = 'us-east-1' | 'us-west-2';
const [east, west] = ['us-east-1', 'us-west-2'] as const;

/** The plain SDK in the region, and what stands there. */
export interface Hands {
  readonly seen: Platform;
  readonly client: Provisioner['client'];
}

const account = '000000000000';
const executionRole = 'platform-us-west-2-execution';
const topicArn = (key: string): string => `arn:aws:sns:us-east-1:${account}:platform-${key}`;
const bucket = { Bucket: `platform-${account}-us-east-1-artifacts` };
const otherBucket = { Bucket: `platform-${account}-us-west-2-artifacts` };

const document = (...statements: object[]): string => JSON.stringify({ Version: '2012-10-17', Statement: statements });

const idOf = (things: readonly object[], holds: Readonly<Record<string, string>>, id: string): string => {
  const found = things.find((thing) =>
    Object.entries(holds).every(([name, value]) => (thing as Record<string, unknown>)[name] === value),
  );
  if (found === undefined) throw new Error(`nothing with ${JSON.stringify(holds)} among ${things.length}`);
  return String((found as Record<string, unknown>)[id]);
};

const group = ({ seen }: Hands, name: string): string =>
  idOf(seen.securityGroups, { GroupName: `platform-${name}` }, 'GroupId');
const targetGroup = ({ seen }: Hands, environment: string): string =>
  idOf(seen.targetGroups, { TargetGroupName: `platform-${environment}` }, 'TargetGroupArn');
const subnet = ({ seen }: Hands, cidr: string): string => idOf(seen.subnets, { CidrBlock: cidr }, 'SubnetId');

function tableOf({ seen }: Hands, subnetId: string): string | undefined {
  return seen.routeTables.find(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === subnetId))
    ?.RouteTableId;
}

const onService = (environment: string) => ({
  ServiceNamespace: 'ecs' as const,
  ScalableDimension: 'ecs:service:DesiredCount' as const,
  ResourceId: `service/platform-cluster/${environment}`,
});

export const alterations: readonly Alteration[] = [
  {
    name: 'a private route deleted',
    region: west,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new DeleteRouteCommand({
          RouteTableId: tableOf(hands, subnet(hands, '10.1.11.0/24')),
          DestinationCidrBlock: '0.0.0.0/0',
        }),
      ),
    planned: ['nat-route/a'],
  },
  {
    name: 'the public route deleted',
    region: west,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new DeleteRouteCommand({
          RouteTableId: tableOf(hands, subnet(hands, '10.1.1.0/24')),
          DestinationCidrBlock: '0.0.0.0/0',
        }),
      ),
    planned: ['route-table/public routes[0.0.0.0/0]'],
  },
  {
    name: 'a NAT gateway removed',
    region: east,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new DeleteNatGatewayCommand({
          NatGatewayId: idOf(hands.seen.natGateways, { SubnetId: subnet(hands, '10.0.2.0/24') }, 'NatGatewayId'),
        }),
      ),
    // Its route leads nowhere then.
    planned: ['nat-gateway/b', 'nat-route/b natGateway'],
  },
  {
    name: 'port 8080 opened to the world',
    region: east,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: group(hands, 'task'),
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: 8080, ToPort: 8080, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
        }),
      ),
    planned: ['security-group/task ingress[tcp 8080 0.0.0.0/0]'],
  },
  {
    name: 'another port opened to the load balancer',
    region: west,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: group(hands, 'task'),
          IpPermissions: [
            { IpProtocol: 'tcp', FromPort: 9000, ToPort: 9000, UserIdGroupPairs: [{ GroupId: group(hands, 'alb') }] },
          ],
        }),
      ),
    planned: ['security-group/task ingress[tcp 9000 sg-…]'],
  },
  {
    name: 'the load balancer’s port 80 closed',
    region: west,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new RevokeSecurityGroupIngressCommand({
          GroupId: group(hands, 'alb'),
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
        }),
      ),
    planned: ['security-group/alb ingress[tcp 80 0.0.0.0/0]'],
  },
  {
    name: 'a private subnet that gives out public addresses',
    region: east,
    alter: (hands) =>
      hands.client(EC2Client).send(
        new ModifySubnetAttributeCommand({
          SubnetId: subnet(hands, '10.0.11.0/24'),
          MapPublicIpOnLaunch: { Value: true },
        }),
      ),
    planned: ['subnet/private-a publicAddresses'],
  },
  {
    name: 'DNS of the VPC off',
    region: west,
    alter: ({ client, seen }) =>
      client(EC2Client).send(
        new ModifyVpcAttributeCommand({ VpcId: seen.vpc.VpcId, EnableDnsSupport: { Value: false } }),
      ),
    planned: ['vpc/main dnsSupport'],
  },
  ...(['alb', 'task'] as const).map(
    (name): Alteration => ({
      name: `the way out of the group ${name} closed`,
      region: east,
      alter: (hands) =>
        hands.client(EC2Client).send(
          new RevokeSecurityGroupEgressCommand({
            GroupId: group(hands, name),
            IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
          }),
        ),
      planned: [`security-group/${name} egress[all 0.0.0.0/0]`],
    }),
  ),
  {
    name: 'a second after which idle connections are cut',
    region: east,
    alter: ({ client, seen }) =>
      client(ElasticLoadBalancingV2Client).send(
        new ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn: seen.loadBalancer.LoadBalancerArn,
          Attributes: [{ Key: 'idle_timeout.timeout_seconds', Value: '1' }],
        }),
      ),
    planned: ['load-balancer/main attributes[idle_timeout.timeout_seconds]'],
  },
  {
    name: 'images for everybody',
    region: east,
    alter: ({ client }) =>
      client(ECRClient).send(
        new SetRepositoryPolicyCommand({
          repositoryName: 'platform-app',
          policyText: document({ Sid: 'Everybody', Effect: 'Allow', Principal: '*', Action: 'ecr:*' }),
        }),
      ),
    planned: ['repository/app policy'],
  },
  {
    name: 'a scaling policy of somebody else’s',
    region: west,
    alter: ({ client }) =>
      client(ApplicationAutoScalingClient).send(
        new PutScalingPolicyCommand({
          ...onService('production'),
          PolicyName: 'nightly',
          PolicyType: 'StepScaling',
          StepScalingPolicyConfiguration: {
            AdjustmentType: 'ExactCapacity',
            StepAdjustments: [{ ScalingAdjustment: 1, MetricIntervalUpperBound: 0 }],
          },
        }),
      ),
    planned: ['scaling-policy/production others'],
  },
  {
    name: 'DNS hostnames of the VPC off',
    region: east,
    alter: ({ client, seen }) =>
      client(EC2Client).send(
        new ModifyVpcAttributeCommand({ VpcId: seen.vpc.VpcId, EnableDnsHostnames: { Value: false } }),
      ),
    planned: ['vpc/main dnsHostnames'],
  },
  {
    name: 'flow logs stopped',
    region: east,
    alter: ({ client, seen }) =>
      client(EC2Client).send(
        new DeleteFlowLogsCommand({ FlowLogIds: seen.flowLogs.map(({ FlowLogId }) => FlowLogId ?? '') }),
      ),
    planned: ['flow-log/main'],
  },
  {
    name: 'the execution role widened by an inline policy',
    region: west,
    alter: ({ client }) =>
      client(IAMClient).send(
        new PutRolePolicyCommand({
          RoleName: executionRole,
          PolicyName: 'just-for-now',
          PolicyDocument: document({ Effect: 'Allow', Action: '*', Resource: '*' }),
        }),
      ),
    planned: ['role/execution policies[just-for-now]'],
  },
  {
    name: 'the execution role widened by a managed policy',
    region: west,
    alter: ({ client }) =>
      client(IAMClient).send(
        new AttachRolePolicyCommand({
          RoleName: executionRole,
          PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        }),
      ),
    planned: ['role/execution managedPolicies'],
  },
  {
    name: 'the build role open to another service',
    region: east,
    alter: ({ client }) =>
      client(IAMClient).send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: 'platform-us-east-1-build',
          PolicyDocument: document({
            Effect: 'Allow',
            Principal: { Service: 'ec2.amazonaws.com' },
            Action: 'sts:AssumeRole',
          }),
        }),
      ),
    planned: ['role/build trust.Statement[0]', 'role/build trust.Statement[AssumedByService]'],
  },
  {
    name: 'a permissions boundary removed',
    region: east,
    alter: ({ client }) =>
      client(IAMClient).send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'platform-us-east-1-pipeline' })),
    planned: ['role/pipeline permissionsBoundary'],
  },
  {
    name: 'scan on push off',
    region: west,
    alter: ({ client }) =>
      client(ECRClient).send(
        new PutImageScanningConfigurationCommand({
          repositoryName: 'platform-app',
          imageScanningConfiguration: { scanOnPush: false },
        }),
      ),
    planned: ['repository/app scanOnPush'],
  },
  {
    name: 'image tags movable',
    region: east,
    alter: ({ client }) =>
      client(ECRClient).send(
        new PutImageTagMutabilityCommand({ repositoryName: 'platform-app', imageTagMutability: 'MUTABLE' }),
      ),
    planned: ['repository/app movableTags'],
  },
  {
    name: 'the repository’s lifecycle policy removed',
    region: east,
    alter: ({ client }) => client(ECRClient).send(new DeleteLifecyclePolicyCommand({ repositoryName: 'platform-app' })),
    planned: ['repository/app lifecycle'],
  },
  {
    // Without a configuration of its own S3 encrypts with its own key, which is what we want: another key is a drift.
    name: 'the bucket’s encryption replaced by another key’s',
    region: east,
    alter: ({ client }) =>
      client(S3Client).send(
        new PutBucketEncryptionCommand({
          ...bucket,
          ServerSideEncryptionConfiguration: {
            Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
          },
        }),
      ),
    planned: ['artifact-bucket/artifacts encryption'],
  },
  {
    name: 'the bucket’s policy removed',
    region: east,
    alter: ({ client }) => client(S3Client).send(new DeleteBucketPolicyCommand(bucket)),
    planned: ['artifact-bucket/artifacts policy.Statement[TlsOnly]'],
  },
  {
    name: 'the block of public access removed',
    region: west,
    alter: ({ client }) => client(S3Client).send(new DeletePublicAccessBlockCommand(otherBucket)),
    planned: ['artifact-bucket/artifacts publicAccessBlocked'],
  },
  {
    name: 'the bucket’s lifecycle removed',
    region: west,
    alter: ({ client }) => client(S3Client).send(new DeleteBucketLifecycleCommand(otherBucket)),
    planned: ['artifact-bucket/artifacts lifecycle'],
  },
  {
    name: 'an alarm’s threshold',
    region: east,
    alter: async ({ client }) => {
      const cloudwatch = client(CloudWatchClient);
      const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: ['platform-cpu'] }));
      const [seen] = MetricAlarms;
      return cloudwatch.send(
        new PutMetricAlarmCommand({
          AlarmName: seen?.AlarmName,
          AlarmDescription: seen?.AlarmDescription,
          ActionsEnabled: seen?.ActionsEnabled,
          OKActions: seen?.OKActions,
          AlarmActions: seen?.AlarmActions,
          MetricName: seen?.MetricName,
          Namespace: seen?.Namespace,
          Statistic: seen?.Statistic,
          Dimensions: seen?.Dimensions,
          Period: seen?.Period,
          EvaluationPeriods: seen?.EvaluationPeriods,
          DatapointsToAlarm: seen?.DatapointsToAlarm,
          ComparisonOperator: seen?.ComparisonOperator,
          TreatMissingData: seen?.TreatMissingData,
          Threshold: 99,
        }),
      );
    },
    planned: ['alarm/cpu threshold'],
  },
  {
    name: 'an alarm deleted',
    region: west,
    alter: ({ client }) =>
      client(CloudWatchClient).send(new DeleteAlarmsCommand({ AlarmNames: ['platform-unhealthy-targets'] })),
    planned: ['alarm/unhealthy-targets'],
  },
  {
    name: 'the dashboard’s widgets',
    region: west,
    alter: ({ client }) =>
      client(CloudWatchClient).send(
        new PutDashboardCommand({
          DashboardName: 'platform-us-west-2',
          DashboardBody: JSON.stringify({
            widgets: [{ type: 'text', x: 0, y: 0, width: 6, height: 6, properties: { markdown: 'gone' } }],
          }),
        }),
      ),
    planned: ['dashboard/main body'],
  },
  {
    name: 'the subscription of those whom alarms tell lost',
    region: east,
    alter: async ({ client }) => {
      const sns = client(SNSClient);
      const { Subscriptions = [] } = await sns.send(
        new ListSubscriptionsByTopicCommand({ TopicArn: topicArn('alarms') }),
      );
      for (const { SubscriptionArn } of Subscriptions) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    },
    planned: ['topic/alarms emails[alarms@example.com]'],
  },
  {
    name: 'the alarms topic’s policy',
    region: east,
    alter: ({ client }) =>
      client(SNSClient).send(
        new SetTopicAttributesCommand({
          TopicArn: topicArn('alarms'),
          AttributeName: 'Policy',
          AttributeValue: document({
            Sid: 'Everybody',
            Effect: 'Allow',
            Principal: '*',
            Action: 'sns:Publish',
            Resource: topicArn('alarms'),
          }),
        }),
      ),
    planned: ['topic/alarms policy.Statement[AlarmsOfThisAccount]', 'topic/alarms policy.Statement[Everybody]'],
  },
  {
    name: 'the retention of a log group',
    region: west,
    alter: ({ client }) =>
      client(CloudWatchLogsClient).send(
        new PutRetentionPolicyCommand({ logGroupName: '/slipway/platform/production', retentionInDays: 1 }),
      ),
    planned: ['log-group/production retentionDays'],
  },
  {
    name: 'a target group’s health check',
    region: west,
    alter: (hands) =>
      hands.client(ElasticLoadBalancingV2Client).send(
        new ModifyTargetGroupCommand({
          TargetGroupArn: targetGroup(hands, 'staging'),
          HealthCheckPath: '/health?deep',
        }),
      ),
    planned: ['target-group/staging healthCheck.path'],
  },
  {
    name: 'whether a target group sends clients back to the same target',
    region: west,
    alter: (hands) =>
      hands.client(ElasticLoadBalancingV2Client).send(
        new ModifyTargetGroupAttributesCommand({
          TargetGroupArn: targetGroup(hands, 'production'),
          Attributes: [{ Key: 'stickiness.enabled', Value: 'true' }],
        }),
      ),
    planned: ['target-group/production attributes[stickiness.enabled]'],
  },
  {
    name: 'production’s address served by staging',
    region: east,
    alter: (hands) =>
      hands.client(ElasticLoadBalancingV2Client).send(
        new ModifyListenerCommand({
          ListenerArn: hands.seen.listeners[0]?.ListenerArn,
          DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroup(hands, 'staging') }],
        }),
      ),
    planned: ['listener/http action'],
  },
  {
    name: 'staging’s rule on another path',
    region: west,
    alter: (hands) =>
      hands.client(ElasticLoadBalancingV2Client).send(
        new ModifyRuleCommand({
          RuleArn: hands.seen.rules.find(({ IsDefault }) => IsDefault !== true)?.RuleArn,
          Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/beta/*'] } }],
        }),
      ),
    planned: ['listener-rule/http-staging paths'],
  },
  {
    name: 'malformed headers let through',
    region: west,
    alter: ({ client, seen }) =>
      client(ElasticLoadBalancingV2Client).send(
        new ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn: seen.loadBalancer.LoadBalancerArn,
          Attributes: [{ Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'false' }],
        }),
      ),
    planned: ['load-balancer/main attributes[routing.http.drop_invalid_header_fields.enabled]'],
  },
  {
    name: 'container insights off',
    region: west,
    alter: ({ client }) =>
      client(ECSClient).send(
        new UpdateClusterSettingsCommand({
          cluster: 'platform-cluster',
          settings: [{ name: 'containerInsights', value: 'disabled' }],
        }),
      ),
    planned: ['cluster/main containerInsights'],
  },
  {
    name: 'fewer tasks than the configuration’s minimum',
    region: west,
    alter: ({ client }) =>
      client(ECSClient).send(
        new UpdateServiceCommand({ cluster: 'platform-cluster', service: 'staging', desiredCount: 1 }),
      ),
    planned: ['service/staging desiredCount'],
  },
  {
    name: 'the circuit breaker of production off',
    region: east,
    alter: ({ client }) =>
      client(ECSClient).send(
        new UpdateServiceCommand({
          cluster: 'platform-cluster',
          service: 'production',
          deploymentConfiguration: {
            deploymentCircuitBreaker: { enable: false, rollback: false },
            minimumHealthyPercent: 100,
            maximumPercent: 200,
          },
        }),
      ),
    planned: ['service/production circuitBreaker', 'service/production rollback'],
  },
  {
    name: 'the upper bound of scaling',
    region: west,
    alter: ({ client }) =>
      client(ApplicationAutoScalingClient).send(
        new RegisterScalableTargetCommand({ ...onService('production'), MinCapacity: 2, MaxCapacity: 50 }),
      ),
    planned: ['scalable-target/production maxCount'],
  },
  {
    name: 'the CPU that scaling aims at',
    region: east,
    alter: async ({ client }) => {
      const scaling = client(ApplicationAutoScalingClient);
      const { ScalingPolicies = [] } = await scaling.send(new DescribeScalingPoliciesCommand(onService('staging')));
      const [policy] = ScalingPolicies;
      return scaling.send(
        new PutScalingPolicyCommand({
          ...onService('staging'),
          PolicyName: policy?.PolicyName,
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: {
            PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
            ...policy?.TargetTrackingScalingPolicyConfiguration,
            TargetValue: 20,
          },
        }),
      );
    },
    planned: ['scaling-policy/staging targetPercent'],
  },
  {
    name: 'the build’s image',
    region: east,
    alter: async ({ client }) => {
      const codebuild = client(CodeBuildClient);
      const { projects = [] } = await codebuild.send(new BatchGetProjectsCommand({ names: ['platform-build'] }));
      const environment = projects[0]?.environment;
      return codebuild.send(
        new UpdateProjectCommand({
          name: 'platform-build',
          environment: {
            type: 'LINUX_CONTAINER',
            computeType: 'BUILD_GENERAL1_SMALL',
            ...environment,
            image: 'somebody/else:latest',
            environmentVariables: (environment?.environmentVariables ?? []).map((variable) =>
              variable.name === 'REPOSITORY' ? { ...variable, value: 'elsewhere' } : variable,
            ),
          },
        }),
      );
    },
    planned: ['build-project/main image', 'build-project/main variables[REPOSITORY]'],
  },
  {
    name: 'the pipeline’s approval left out',
    region: east,
    alter: async ({ client }) => {
      const codepipeline = client(CodePipelineClient);
      const { pipeline } = await codepipeline.send(new GetPipelineCommand({ name: 'platform-pipeline' }));
      if (pipeline === undefined) throw new Error('there is no pipeline');
      const isApproval = ({ actions = [] }: NonNullable<typeof pipeline.stages>[number]): boolean =>
        actions.some(({ actionTypeId }) => actionTypeId?.category === 'Approval');
      return codepipeline.send(
        new UpdatePipelineCommand({
          pipeline: { ...pipeline, stages: pipeline.stages?.filter((stage) => !isApproval(stage)) },
        }),
      );
    },
    planned: ['pipeline/main stages'],
  },
  {
    name: 'the source’s trigger off',
    region: east,
    alter: ({ client }) => client(EventBridgeClient).send(new DisableRuleCommand({ Name: 'platform-source' })),
    planned: ['source-trigger/main enabled'],
  },
  {
    name: 'the source’s trigger without its target',
    region: east,
    alter: ({ client }) =>
      client(EventBridgeClient).send(new RemoveTargetsCommand({ Rule: 'platform-source', Ids: ['pipeline'] })),
    planned: ['source-trigger/main targets[pipeline]'],
  },
  {
    name: 'the description of the source repository',
    region: west,
    alter: ({ client }) =>
      client(CodeCommitClient).send(
        new UpdateRepositoryDescriptionCommand({
          repositoryName: 'platform-app',
          repositoryDescription: 'nobody knows',
        }),
      ),
    planned: ['source-repository/replica description'],
  },
  {
    name: 'the VPC’s name in the console',
    region: west,
    alter: ({ client, seen }) =>
      client(EC2Client).send(
        new CreateTagsCommand({ Resources: [seen.vpc.VpcId ?? ''], Tags: [{ Key: 'Name', Value: 'the good one' }] }),
      ),
    planned: ['vpc/main tags[Name]'],
  },
  {
    name: 'a log group without its name and the user’s tag',
    region: east,
    alter: ({ client }) =>
      client(CloudWatchLogsClient).send(
        new UntagResourceCommand({
          resourceArn: `arn:aws:logs:us-east-1:${account}:log-group:/slipway/platform/staging`,
          tagKeys: ['Name', 'cost-center'],
        }),
      ),
    planned: ['log-group/staging tags[Name]', 'log-group/staging tags[cost-center]'],
  },
  {
    name: 'a role without the user’s tag',
    region: east,
    alter: ({ client }) =>
      client(IAMClient).send(new UntagRoleCommand({ RoleName: 'platform-us-east-1-events', TagKeys: ['cost-center'] })),
    planned: ['role/events tags[cost-center]'],
  },
  {
    name: 'the user’s tag of the load balancer with another value, and one of somebody else’s',
    region: east,
    alter: ({ client, seen }) =>
      client(ElasticLoadBalancingV2Client).send(
        new AddTagsCommand({
          ResourceArns: [seen.loadBalancer.LoadBalancerArn ?? ''],
          Tags: [
            { Key: 'cost-center', Value: '4712' },
            { Key: 'audited', Value: 'yes' },
          ],
        }),
      ),
    planned: ['load-balancer/main tags[cost-center]'],
  },
  {
    name: 'the newest revision of the tasks without the user’s tag',
    region: west,
    alter: async ({ client }) => {
      const ecs = client(ECSClient);
      const { taskDefinition } = await ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: 'platform-production' }),
      );
      return ecs.send(
        new UntagTaskDefinitionCommand({ resourceArn: taskDefinition?.taskDefinitionArn, tagKeys: ['cost-center'] }),
      );
    },
    planned: ['task-definition/production tags[cost-center]'],
  },
];
