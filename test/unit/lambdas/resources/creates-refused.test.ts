import { describe, expect, test } from '@jest/globals';
import { provisionStage } from '../../../../lambdas/engine/provision.ts';
import { allResources } from '../../../../lambdas/resources/all.ts';
import type { Kind } from '../../../../workflow/stages.ts';
import { type Answers, answeringCloud } from '../../../support/answering-cloud.ts';
import { create } from '../../../support/changes.ts';
import { idleJournal } from '../../../support/idle-journal.ts';
import { regionConfig } from '../../../support/region-config.ts';

describe('an answer without what was made breaks the contract of AWS', () => {
  test.each<[Kind, string, string]>([
    ['vpc', 'main', 'CreateVpc'],
    ['subnet', 'public-a', 'CreateSubnet'],
    ['internet-gateway', 'main', 'CreateInternetGateway'],
    ['elastic-ip', 'a', 'AllocateAddress'],
    ['nat-gateway', 'a', 'CreateNatGateway'],
    ['route-table', 'public', 'CreateRouteTable'],
    ['security-group', 'alb', 'CreateSecurityGroup'],
    ['load-balancer', 'main', 'CreateLoadBalancer'],
    ['target-group', 'staging', 'CreateTargetGroup'],
    ['listener', 'http', 'CreateListener'],
    ['listener-rule', 'http-staging', 'CreateRule'],
    ['cluster', 'main', 'CreateCluster'],
    ['service', 'staging', 'CreateService'],
  ])('%s/%s', async (kind, key, call) => {
    await expect(create(kind, key, {})).rejects.toThrow(`${call} did not return what it made`);
  });

  test('flow-log/main', async () => {
    await expect(create('flow-log', 'main', {})).rejects.toThrow(
      'CreateFlowLogs answered with neither an id nor an error',
    );
  });
});

test('a flow log that EC2 refuses is an error, although the call succeeds', async () => {
  const Unsuccessful = [{ Error: { Code: 'FlowLogAlreadyExists', Message: 'There is one.' } }];
  await expect(create('flow-log', 'main', { CreateFlowLogs: () => ({ Unsuccessful }) })).rejects.toMatchObject({
    name: 'FlowLogAlreadyExists',
    message: 'There is one.',
    $metadata: { httpStatusCode: 400 },
  });
});

describe('a name that is taken by something else is refused before anything is changed', () => {
  const alarm = { AlarmName: 'platform-cpu', AlarmArn: 'arn:alarm' };
  const balancer = { LoadBalancerName: 'platform-alb', LoadBalancerArn: 'arn:lb' };
  const group = { TargetGroupName: 'platform-staging', TargetGroupArn: 'arn:group' };
  test.each<[Kind, string, string, Answers]>([
    ['alarm', 'cpu', 'platform-cpu', { DescribeAlarms: () => ({ MetricAlarms: [alarm] }) }],
    [
      'cluster',
      'main',
      'platform-cluster',
      { DescribeClusters: () => ({ clusters: [{ clusterName: 'platform-cluster', status: 'ACTIVE' }] }) },
    ],
    ['load-balancer', 'main', 'platform-alb', { DescribeLoadBalancers: () => ({ LoadBalancers: [balancer] }) }],
    ['target-group', 'staging', 'platform-staging', { DescribeTargetGroups: () => ({ TargetGroups: [group] }) }],
    ['dashboard', 'main', 'platform-us-east-1', { GetDashboard: () => ({ DashboardBody: '{}' }) }],
    ['topic', 'alarms', 'platform-alarms', { GetTopicAttributes: () => ({ Attributes: {} }) }],
    [
      'source-trigger',
      'main',
      'platform-source',
      { DescribeRule: () => ({ Name: 'platform-source', Arn: 'arn:rule' }) },
    ],
  ])('%s/%s', async (kind, key, name, answers) => {
    const config = regionConfig();
    const { cloud, asked } = answeringCloud(answers);
    // What it refers to stands.
    const wanted = allResources[kind].specs(config).filter((each) => each.key === key);
    const resource = {
      ...allResources[kind],
      specs: () =>
        wanted.map(({ key, spec }) => ({ key, spec: JSON.parse(JSON.stringify(spec).replaceAll('${', '{')) })),
    };
    const work = {
      cloud,
      config,
      stage: 'vpc',
      resources: [resource],
      appliesDeferred: [],
      outputs: {},
      journal: idleJournal,
    } as const;
    await expect(provisionStage(work)).rejects.toMatchObject({
      name: 'ConflictError',
      message: expect.stringContaining(
        `${kind}/${key} in us-east-1: ${name} exists already and does not carry this deployment's tags`,
      ),
    });
    expect(asked.filter((operation) => !/^(Describe|Get|List)/.test(operation))).toEqual([]);
  });
});
