import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../../../workflow/stages.ts';
import type { Answers } from '../../../support/answering-cloud.ts';
import { create } from '../../../support/changes.ts';

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
    await expect(create(kind, key, {})).rejects.toThrow(`${call} answered without what it made`);
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
  test.each<[Kind, string, string, Answers]>([
    ['alarm', 'cpu', 'platform-cpu', { DescribeAlarms: () => ({ MetricAlarms: [{ AlarmArn: 'arn:alarm' }] }) }],
    ['cluster', 'main', 'platform-cluster', { DescribeClusters: () => ({ clusters: [{ status: 'ACTIVE' }] }) }],
    [
      'load-balancer',
      'main',
      'platform-alb',
      { DescribeLoadBalancers: () => ({ LoadBalancers: [{ LoadBalancerArn: 'arn:lb' }] }) },
    ],
    [
      'target-group',
      'staging',
      'platform-staging',
      { DescribeTargetGroups: () => ({ TargetGroups: [{ TargetGroupArn: 'arn:group' }] }) },
    ],
    ['topic', 'alarms', 'platform-alarms', { GetTopicAttributes: () => ({ Attributes: {} }) }],
    ['source-trigger', 'main', 'platform-source', { DescribeRule: () => ({ Arn: 'arn:rule' }) }],
  ])('%s/%s', async (kind, key, name, answers) => {
    await expect(create(kind, key, answers)).rejects.toThrow(
      `${kind}/${key} in us-east-1: ${name} exists already and does not carry this deployment's tags`,
    );
  });
});
