import { CloudWatchClient, DescribeAlarmsCommand, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { BatchGetProjectsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { CodeCommitClient, GetRepositoryCommand } from '@aws-sdk/client-codecommit';
import { CodePipelineClient, GetPipelineCommand, GetPipelineStateCommand } from '@aws-sdk/client-codepipeline';
import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Provisioner } from '../provisioner.ts';
import { account } from './only.ts';

/** Absent where the answer is that there is none. */
async function orAbsent<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Error && /NotFound|DoesNotExist/.test(error.name)) return undefined;
    throw error;
  }
}

export async function readDelivery(provisioner: Provisioner, deployment: string, region: string) {
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

export async function readMonitoring(provisioner: Provisioner, deployment: string, region: string) {
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
