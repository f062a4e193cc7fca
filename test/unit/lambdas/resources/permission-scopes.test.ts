import { describe, expect, test } from '@jest/globals';
import { allResources } from '../../../../lambdas/resources/all.ts';
import type { Permission } from '../../../../lambdas/resources/resource.ts';
import type { Kind } from '../../../../workflow/stages.ts';

const services = [
  'arn:{partition}:ecs:*:{account}:service/*-cluster/production',
  'arn:{partition}:ecs:*:{account}:service/*-cluster/staging',
];
const pipelines = [
  'arn:{partition}:codepipeline:*:{account}:*-pipeline',
  'arn:{partition}:codepipeline:*:{account}:*-pipeline/*',
];
const roles = 'arn:{partition}:iam::{account}:role/slipway/*';

describe('a kind may touch nothing but what has the names that we give, where it is not AWS that names it', () => {
  test.each<[Kind, readonly string[]]>([
    [
      'alarm',
      ['cpu', 'http-5xx', 'memory', 'mirror-failed', 'replica-lag', 'response-time', 'unhealthy-targets'].map(
        (name) => `arn:{partition}:cloudwatch:*:{account}:alarm:*-${name}`,
      ),
    ],
    [
      'artifact-bucket',
      ['arn:{partition}:s3:::*-{account}-*-artifacts', 'arn:{partition}:s3:::*-{account}-*-artifacts/*'],
    ],
    [
      'build-project',
      [
        ...['project/*-build', 'project/*-mirror', 'report-group/*-build-tests'].map(
          (resource) => `arn:{partition}:codebuild:*:{account}:${resource}`,
        ),
        roles,
      ],
    ],
    ['dashboard', ['arn:{partition}:cloudwatch::{account}:dashboard/*-*']],
    ['image', ['arn:{partition}:ecr:*:{account}:repository/*-app']],
    ['pipeline', [...pipelines, roles]],
    ['repository', ['arn:{partition}:ecr:*:{account}:repository/*-app']],
    ['role', [roles]],
    ['scalable-target', ['arn:{partition}:application-autoscaling:*:{account}:scalable-target/*', ...services]],
    ['service', services],
    [
      'source-repository',
      [
        // The mirror, which fills an empty replica.
        'arn:{partition}:codebuild:*:{account}:project/*-mirror',
        'arn:{partition}:codecommit:*:{account}:*-app',
      ],
    ],
    [
      'source-trigger',
      [
        ...['mirror', 'pipeline-failed', 'source'].map((part) => `arn:{partition}:events:*:{account}:rule/*-${part}`),
        roles,
      ],
    ],
    ['topic', ['arn:{partition}:sns:*:{account}:*-alarms', 'arn:{partition}:sns:*:{account}:*-approvals']],
  ])('%s', (kind, expected) => {
    const { read, write } = allResources[kind].permissions;
    const resources = [...read, ...write].flatMap((permission: Permission) =>
      typeof permission === 'string' ? [] : permission.resources,
    );
    expect([...new Set(resources)].sort()).toEqual(expected);
  });

  test.each<[Kind, string, ...string[]]>([
    ['build-project', 'codebuild.amazonaws.com'],
    ['pipeline', 'codepipeline.amazonaws.com'],
    ['source-trigger', 'events.amazonaws.com'],
    ['flow-log', 'vpc-flow-logs.amazonaws.com'],
    ['task-definition', 'ecs-tasks.amazonaws.com', '{taskRoles}'],
  ])('%s hands roles to %s and to nobody else', (kind, service, ...others) => {
    const passes = allResources[kind].permissions.write.filter(
      (permission: Permission) => typeof permission !== 'string' && permission.actions.includes('iam:PassRole'),
    );
    expect(passes).toEqual([
      {
        actions: ['iam:PassRole'],
        resources: [roles, ...others],
        conditions: { StringEquals: { 'iam:PassedToService': service } },
      },
    ]);
  });
});

// "Elastic Load Balancing API permissions" in its user guide: AWS's authorization data knows nothing of it.
test.each<[Kind, 'write' | 'deferred', string]>([
  [
    'load-balancer',
    'write',
    'DescribeAccountAttributes DescribeAddresses DescribeInternetGateways DescribeSecurityGroups DescribeSubnets DescribeVpcs',
  ],
  ['load-balancer', 'deferred', 'DescribeSubnets'],
  ['target-group', 'write', 'DescribeInternetGateways DescribeVpcs'],
])(
  'while ELB’s service-linked role is new, it reads EC2 with the rights of its caller: a %s (%s) grants them',
  (kind, access, reads) => {
    const granted = (allResources[kind].permissions[access] ?? []).filter((each) => typeof each === 'string');
    expect(granted.filter((each) => each.startsWith('ec2:'))).toEqual(reads.split(' ').map((each) => `ec2:${each}`));
  },
);
