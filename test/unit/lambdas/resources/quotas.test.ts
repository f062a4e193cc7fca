import { describe, expect, test } from '@jest/globals';
import { allResources } from '../../../../lambdas/resources/all.ts';
import type { Quota } from '../../../../lambdas/resources/resource.ts';
import { type Kind, kinds } from '../../../../workflow/stages.ts';
import { type Answers, answeringCloud, type Call } from '../../../support/answering-cloud.ts';

const of = (count: number, more: object = {}) => Array.from({ length: count }, () => more);
const usage = [
  { Name: 'Service', Value: 'Fargate' },
  { Name: 'Type', Value: 'Resource' },
  { Name: 'Resource', Value: 'vCPU' },
  { Name: 'Class', Value: 'Standard/OnDemand' },
];

/** Kind, quota as the Service Quotas console shows it, AWS's answers, how many are in use, and what was asked for. */
type Row = readonly [Kind, string, Quota['scope'], string, Answers, used: number, ...Call[]];

const rows: readonly Row[] = [
  ['vpc', 'vpc L-F678F1CE', 'region', 'VPCs per Region', { DescribeVpcs: () => ({ Vpcs: of(3) }) }, 3],
  [
    'internet-gateway',
    'vpc L-A4707A72',
    'region',
    'Internet gateways per Region',
    { DescribeInternetGateways: () => ({ InternetGateways: of(2) }) },
    2,
  ],
  [
    'role',
    'iam L-FE177D64',
    'account',
    'Roles per account',
    { GetAccountSummary: () => ({ SummaryMap: { Roles: 7, RolesQuota: 1_000 } }) },
    7,
  ],
  [
    'elastic-ip',
    'ec2 L-0263D0A3',
    'region',
    'EC2-VPC Elastic IPs',
    { DescribeAddresses: () => ({ Addresses: of(4) }) },
    4,
  ],
  [
    'nat-gateway',
    'vpc L-FE5A380F',
    'zone',
    'NAT gateways per Availability Zone',
    {
      DescribeSubnets: () => ({
        Subnets: ['a', 'b'].map((letter) => ({
          SubnetId: `subnet-${letter}`,
          AvailabilityZone: `us-east-1${letter}`,
        })),
      }),
      DescribeNatGateways: () => ({
        NatGateways: [
          { SubnetId: 'subnet-a', State: 'available' },
          { SubnetId: 'subnet-a', State: 'pending' },
          { SubnetId: 'subnet-a', State: 'deleting' },
          { SubnetId: 'subnet-b', State: 'available' },
        ],
      }),
    },
    2,
  ],
  [
    'security-group',
    'vpc L-E79EC296',
    'region',
    'VPC security groups per Region',
    { DescribeSecurityGroups: () => ({ SecurityGroups: of(5) }) },
    5,
  ],
  [
    'load-balancer',
    'elasticloadbalancing L-53DA6B97',
    'region',
    'Application Load Balancers per Region',
    { DescribeLoadBalancers: () => ({ LoadBalancers: [...of(2, { Type: 'application' }), { Type: 'network' }] }) },
    2,
  ],
  [
    'target-group',
    'elasticloadbalancing L-B22855CB',
    'region',
    'Target Groups per Region',
    { DescribeTargetGroups: () => ({ TargetGroups: of(6) }) },
    6,
  ],
  [
    'artifact-bucket',
    's3 L-DC2B2D3D',
    'account',
    'General purpose buckets',
    { ListBuckets: () => ({ Buckets: of(8) }) },
    8,
  ],
  [
    'source-trigger',
    'events L-244521F2',
    'region',
    'Number of rules',
    {
      ListRules: ({ NextToken }) =>
        NextToken === undefined ? { Rules: of(100), NextToken: 'more' } : { Rules: of(3) },
    },
    103,
    ['ListRules', {}],
    ['ListRules', { NextToken: 'more' }],
  ],
  [
    'pipeline',
    'codepipeline L-78D200AD',
    'region',
    'Total pipelines',
    { ListPipelines: () => ({ pipelines: of(7) }) },
    7,
  ],
  [
    'repository',
    'ecr L-CFEB8E8D',
    'region',
    'Registered repositories',
    { DescribeRepositories: () => ({ repositories: of(9) }) },
    9,
  ],
  [
    'source-repository',
    'codecommit L-81790602',
    'region',
    'Allowed repositories',
    { ListRepositories: () => ({ repositories: of(4) }) },
    4,
  ],
  [
    'service',
    'fargate L-3032A538',
    'region',
    'Fargate On-Demand vCPU resource count',
    {
      GetMetricStatistics: () => ({
        Datapoints: [
          { Timestamp: new Date(2), Maximum: 1.5 },
          { Timestamp: new Date(1), Maximum: 9 },
        ],
      }),
    },
    1.5,
    [
      'GetMetricStatistics',
      expect.objectContaining({
        ...{ Namespace: 'AWS/Usage', MetricName: 'ResourceCount', Dimensions: usage, Period: 300 },
        Statistics: ['Maximum'],
      }) as never,
    ],
  ],
];

describe('a quota and how much of it is in use, whoever uses it', () => {
  test.each(rows)('%s', async (kind, code, scope, name, answers, used, ...asked) => {
    const { quota } = allResources[kind];
    expect([`${quota?.service} ${quota?.code}`, quota?.scope, quota?.name]).toEqual([code, scope, name]);
    const { cloud, calls } = answeringCloud(answers);
    expect(await quota?.used(cloud, 'us-east-1a')).toBe(used);
    if (asked.length > 0) expect(calls).toEqual(asked);
    expect(await quota?.used(answeringCloud({}).cloud, 'us-east-1a')).toBe(0);
  });

  test('of every kind that has one', () => {
    const withQuota = kinds.filter((kind) => allResources[kind].quota !== undefined);
    expect(withQuota.toSorted()).toEqual(rows.map(([kind]) => kind).toSorted());
  });
});
