import { describe, expect, test } from '@jest/globals';
import { allResources } from '../../../../lambdas/resources/all.ts';
import { type Kind, kinds } from '../../../../workflow/stages.ts';
import { type Answers, answeringCloud, type Call, refusal } from '../../../support/answering-cloud.ts';
import { scope } from '../../../support/ownership.ts';

const tasks = {
  ServiceNamespace: 'ecs',
  ScalableDimension: 'ecs:service:DesiredCount',
  ResourceId: 'service/c/staging',
};
const everywhere = { DestinationCidrBlock: '0.0.0.0/0' };

const deletes: readonly [Kind, object, ...Call[]][] = [
  ['alarm', { id: 'platform-cpu' }, ['DeleteAlarms', { AlarmNames: ['platform-cpu'] }]],
  ['build-project', { key: 'mirror', id: 'platform-mirror' }, ['DeleteProject', { name: 'platform-mirror' }]],
  ['dashboard', { id: 'platform-us-east-1' }, ['DeleteDashboards', { DashboardNames: ['platform-us-east-1'] }]],
  ['cluster', { name: 'platform-cluster' }, ['DeleteCluster', { cluster: 'platform-cluster' }]],
  ['elastic-ip', { id: 'eipalloc-1' }, ['ReleaseAddress', { AllocationId: 'eipalloc-1' }]],
  ['flow-log', { id: 'fl-1' }, ['DeleteFlowLogs', { FlowLogIds: ['fl-1'] }]],
  ['internet-gateway', { id: 'igw-1' }, ['DeleteInternetGateway', { InternetGatewayId: 'igw-1' }]],
  [
    'internet-gateway',
    { id: 'igw-1', vpc: 'vpc-1' },
    ['DetachInternetGateway', { InternetGatewayId: 'igw-1', VpcId: 'vpc-1' }],
    ['DeleteInternetGateway', { InternetGatewayId: 'igw-1' }],
  ],
  ['listener', { id: 'arn:listener' }, ['DeleteListener', { ListenerArn: 'arn:listener' }]],
  ['listener-rule', { id: 'arn:rule' }, ['DeleteRule', { RuleArn: 'arn:rule' }]],
  ['load-balancer', { id: 'arn:lb' }, ['DeleteLoadBalancer', { LoadBalancerArn: 'arn:lb' }]],
  ['log-group', { name: '/slipway/a' }, ['DeleteLogGroup', { logGroupName: '/slipway/a' }]],
  ['nat-gateway', { id: 'nat-1' }, ['DeleteNatGateway', { NatGatewayId: 'nat-1' }]],
  ['nat-route', { routeTable: 'rtb-1' }, ['DeleteRoute', { RouteTableId: 'rtb-1', ...everywhere }]],
  ['pipeline', { id: 'platform-pipeline' }, ['DeletePipeline', { name: 'platform-pipeline' }]],
  ['repository', { id: 'platform-app' }, ['DeleteRepository', { repositoryName: 'platform-app' }]],
  [
    'role',
    { name: 'platform-build', policies: { build: {} }, managedPolicies: ['arn:managed'] },
    ['DeleteRolePolicy', { RoleName: 'platform-build', PolicyName: 'build' }],
    ['DetachRolePolicy', { RoleName: 'platform-build', PolicyArn: 'arn:managed' }],
    ['DeleteRole', { RoleName: 'platform-build' }],
  ],
  [
    'route-table',
    { id: 'rtb-1', associations: { 'subnet-1': 'rtbassoc-1' } },
    ['DisassociateRouteTable', { AssociationId: 'rtbassoc-1' }],
    ['DeleteRouteTable', { RouteTableId: 'rtb-1' }],
  ],
  ['scalable-target', { id: 'service/c/staging' }, ['DeregisterScalableTarget', tasks]],
  [
    'scaling-policy',
    { resource: 'service/c/staging', name: 'cpu' },
    ['DeleteScalingPolicy', { ...tasks, PolicyName: 'cpu' }],
  ],
  ['security-group', { id: 'sg-1' }, ['DeleteSecurityGroup', { GroupId: 'sg-1' }]],
  [
    'service',
    { cluster: 'platform-cluster', name: 'staging' },
    ['DeleteService', { cluster: 'platform-cluster', service: 'staging', force: true }],
  ],
  ['source-repository', { id: 'platform-app' }, ['DeleteRepository', { repositoryName: 'platform-app' }]],
  ['source-trigger', { id: 'platform-source', targets: {} }, ['DeleteRule', { Name: 'platform-source' }]],
  [
    'source-trigger',
    { id: 'platform-source', targets: { pipeline: {}, other: {} } },
    ['RemoveTargets', { Rule: 'platform-source', Ids: ['pipeline', 'other'] }],
    ['DeleteRule', { Name: 'platform-source' }],
  ],
  ['subnet', { id: 'subnet-1' }, ['DeleteSubnet', { SubnetId: 'subnet-1' }]],
  ['target-group', { id: 'arn:group' }, ['DeleteTargetGroup', { TargetGroupArn: 'arn:group' }]],
  ['topic', { id: 'arn:topic' }, ['DeleteTopic', { TopicArn: 'arn:topic' }]],
  ['vpc', { id: 'vpc-1' }, ['DeleteVpc', { VpcId: 'vpc-1' }]],
];

test('every kind is deleted by calls that are known', () => {
  const known = new Set(deletes.map(([kind]) => kind));
  // Three are tested below and in declares.test.ts, and two never go by themselves.
  expect(kinds.filter((kind) => !known.has(kind)).toSorted()).toEqual([
    ...['artifact-bucket', 'image', 'pipeline-transition', 'service-linked-role', 'task-definition'],
  ]);
});

describe('a deletion names what it takes away', () => {
  test.each(deletes)('%s %j', async (kind, found, ...expected) => {
    const { cloud, calls } = answeringCloud({});
    await allResources[kind].delete(cloud, found);
    expect(calls).toEqual(expected);
  });
});

test.each<[Kind, string, object]>([
  ['scalable-target', 'ObjectNotFoundException', {}],
  ['scaling-policy', 'ObjectNotFoundException', {}],
  ['service', 'ServiceNotActiveException', {}],
  ['service', 'ServiceNotFoundException', {}],
  ['vpc', 'InvalidVpcID.NotFound', {}],
  ['source-trigger', 'ResourceNotFoundException', { targets: { pipeline: {} } }],
])('%s: %s is done', async (kind, code, found) => {
  const { cloud, calls } = answeringCloud(everythingIs(code));
  await allResources[kind].delete(cloud, found);
  expect(calls.length).toBeGreaterThan(0);
});

test.each<[Kind]>([['scalable-target'], ['scaling-policy'], ['service'], ['vpc'], ['artifact-bucket'], ['image']])(
  '%s: any other refusal is passed on',
  async (kind) => {
    const { cloud } = answeringCloud(everythingIs('AccessDeniedException'));
    await expect(allResources[kind].delete(cloud, { id: 'x' })).rejects.toThrow('AccessDeniedException');
  },
);

function everythingIs(code: string): Answers {
  const refuse = () => {
    throw refusal(code);
  };
  return {
    DeregisterScalableTarget: refuse,
    DeleteScalingPolicy: refuse,
    DeleteService: refuse,
    DeleteVpc: refuse,
    RemoveTargets: refuse,
    DeleteRule: refuse,
    ListObjectVersions: refuse,
    DescribeImages: refuse,
  };
}

describe('a flow log', () => {
  const refusing = (Code: string) =>
    answeringCloud({
      DeleteFlowLogs: () => ({ Unsuccessful: [{ ResourceId: 'fl-1', Error: { Code, Message: 'EC2 says no' } }] }),
    }).cloud;
  test('that is gone is done', async () => {
    await expect(allResources['flow-log'].delete(refusing('InvalidFlowLogId.NotFound'), { id: 'fl-1' })).resolves.toBe(
      undefined,
    );
  });
  test('that EC2 keeps is an error, although the call succeeds', async () => {
    const error = { name: 'UnauthorizedOperation', message: 'EC2 says no', $metadata: { httpStatusCode: 400 } };
    await expect(
      allResources['flow-log'].delete(refusing('UnauthorizedOperation'), { id: 'fl-1' }),
    ).rejects.toMatchObject(error);
  });
});

describe('ARN for tags', () => {
  test.each<[Kind, object, string]>([
    ['alarm', { arn: 'arn:alarm' }, 'arn:alarm'],
    ['artifact-bucket', {}, 'arn:aws:s3:::platform-123456789012-us-east-1-artifacts'],
    ['build-project', { arn: 'arn:project' }, 'arn:project'],
    ['elastic-ip', { id: 'eipalloc-1' }, 'arn:aws:ec2:us-east-1:123456789012:elastic-ip/eipalloc-1'],
    ['flow-log', { id: 'fl-1' }, 'arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/fl-1'],
    ['internet-gateway', { id: 'igw-1' }, 'arn:aws:ec2:us-east-1:123456789012:internet-gateway/igw-1'],
    ['listener', { id: 'arn:listener' }, 'arn:listener'],
    ['listener-rule', { id: 'arn:rule' }, 'arn:rule'],
    ['load-balancer', { id: 'arn:lb' }, 'arn:lb'],
    ['nat-gateway', { id: 'nat-1' }, 'arn:aws:ec2:us-east-1:123456789012:natgateway/nat-1'],
    ['pipeline', { arn: 'arn:pipeline' }, 'arn:pipeline'],
    ['repository', { arn: 'arn:repository' }, 'arn:repository'],
    ['route-table', { id: 'rtb-1' }, 'arn:aws:ec2:us-east-1:123456789012:route-table/rtb-1'],
    ['security-group', { id: 'sg-1' }, 'arn:aws:ec2:us-east-1:123456789012:security-group/sg-1'],
    ['service', { id: 'arn:service' }, 'arn:service'],
    ['source-trigger', { arn: 'arn:rule' }, 'arn:rule'],
    ['subnet', { id: 'subnet-1' }, 'arn:aws:ec2:us-east-1:123456789012:subnet/subnet-1'],
    ['target-group', { id: 'arn:group' }, 'arn:group'],
    ['topic', { id: 'arn:topic' }, 'arn:topic'],
    ['vpc', { id: 'vpc-1' }, 'arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1'],
  ])('%s', (kind, found, expected) => {
    expect(allResources[kind].arn?.(found, scope)).toBe(expected);
  });
});
