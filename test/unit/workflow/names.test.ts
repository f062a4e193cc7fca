import { expect, test } from '@jest/globals';
import * as names from '../../../workflow/names.ts';

const place = { deployment: 'shop', account: '123456789012', partition: 'aws', region: 'eu-west-1' };

/** What stands in accounts under these names is found again by them: none may ever change. */
test.each<[string, string, string]>([
  ['cluster', names.clusterName(place), 'shop-cluster'],
  ['load balancer', names.loadBalancerName(place), 'shop-alb'],
  ['target group', names.targetGroupName(place, 'staging'), 'shop-staging'],
  ['security group of the load balancer', names.securityGroupName(place, 'alb'), 'shop-alb'],
  ['security group of the tasks', names.securityGroupName(place, 'task'), 'shop-task'],
  ['task family', names.taskFamily(place, 'production'), 'shop-production'],
  ['scaling policy', names.scalingPolicyName(place, 'production'), 'shop-production-cpu'],
  ['image repository', names.repositoryName(place), 'shop-app'],
  ['source repository', names.sourceRepositoryName(place), 'shop-app'],
  ['build project', names.buildProjectName(place), 'shop-build'],
  ['pipeline', names.pipelineName(place), 'shop-pipeline'],
  ['mirror project', names.mirrorProjectName(place), 'shop-mirror'],
  ['mirror rule', names.mirrorRuleName(place), 'shop-mirror'],
  ['source rule', names.sourceRuleName(place), 'shop-source'],
  ['rule of failures', names.failureRuleName(place), 'shop-pipeline-failed'],
  ['alarms topic', names.topicName(place, 'alarms'), 'shop-alarms'],
  ['alarm of production', names.alarmName(place, 'production', 'http-5xx'), 'shop-http-5xx'],
  ['alarm of staging', names.alarmName(place, 'staging', 'cpu'), 'shop-staging-cpu'],
  ['dashboard', names.dashboardName(place), 'shop-eu-west-1'],
  ['role', names.roleName(place, 'flow-logs'), 'shop-eu-west-1-flow-logs'],
  ['artifact bucket', names.artifactBucketName(place), 'shop-123456789012-eu-west-1-artifacts'],
  ['log group of the app', names.appLogGroup(place, 'staging'), '/slipway/shop/staging'],
  ['log group of the flow logs', names.flowLogGroup(place), '/slipway/shop/flow-logs'],
  ['log group of the builds', names.buildLogGroup(place), '/aws/codebuild/shop-build'],
  [
    'log group of Container Insights',
    names.insightsLogGroup(place),
    '/aws/ecs/containerinsights/shop-cluster/performance',
  ],
  ['service, to Auto Scaling', names.serviceResource(place, 'staging'), 'service/shop-cluster/staging'],
])('the name of the %s', (_, name, expected) => {
  expect(name).toBe(expected);
});

test.each<[string, string, string]>([
  ['role', names.roleArn(place, 'build'), 'arn:aws:iam::123456789012:role/slipway/shop-eu-west-1-build'],
  ['bucket', names.bucketArn(place), 'arn:aws:s3:::shop-123456789012-eu-west-1-artifacts'],
  ['image repository', names.repositoryArn(place), 'arn:aws:ecr:eu-west-1:123456789012:repository/shop-app'],
  ['source repository', names.sourceRepositoryArn(place), 'arn:aws:codecommit:eu-west-1:123456789012:shop-app'],
  ['build project', names.buildProjectArn(place), 'arn:aws:codebuild:eu-west-1:123456789012:project/shop-build'],
  ['pipeline', names.pipelineArn(place), 'arn:aws:codepipeline:eu-west-1:123456789012:shop-pipeline'],
  ['rule', names.sourceRuleArn(place), 'arn:aws:events:eu-west-1:123456789012:rule/shop-source'],
  ['default bus', names.defaultBusArn(place), 'arn:aws:events:eu-west-1:123456789012:event-bus/default'],
  ['topic', names.topicArn(place, 'approvals'), 'arn:aws:sns:eu-west-1:123456789012:shop-approvals'],
  [
    'alarm',
    names.alarmArn(place, 'production', 'memory'),
    'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-memory',
  ],
  ['dashboard', names.dashboardArn(place), 'arn:aws:cloudwatch::123456789012:dashboard/shop-eu-west-1'],
  ['log group', names.logGroupArn(place, '/a/b'), 'arn:aws:logs:eu-west-1:123456789012:log-group:/a/b'],
  ['cluster', names.clusterArn(place), 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop-cluster'],
  [
    'service',
    names.serviceArn(place, 'production'),
    'arn:aws:ecs:eu-west-1:123456789012:service/shop-cluster/production',
  ],
  [
    'task definition, of all revisions',
    names.taskDefinitionArns(place, 'staging'),
    'arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-staging:*',
  ],
])('the ARN of the %s', (_, arn, expected) => {
  expect(arn).toBe(expected);
});

test.each([
  ['aws', '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-app'],
  ['aws-us-gov', '123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-app'],
  ['aws-cn', '123456789012.dkr.ecr.eu-west-1.amazonaws.com.cn/shop-app'],
])('the registry of the partition %s', (partition, expected) => {
  expect(names.repositoryUri({ ...place, partition })).toBe(expected);
});

test('patterns of IAM statements are of any deployment and region', () => {
  expect(names.topicArn(names.anywhere, 'alarms')).toBe('arn:{partition}:sns:*:{account}:*-alarms');
});
