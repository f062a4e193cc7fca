import { describe, expect, test } from '@jest/globals';
import { allResources } from '../../../../lambdas/resources/all.ts';
import { role } from '../../../../lambdas/resources/role.ts';
import { service } from '../../../../lambdas/resources/service.ts';
import { serviceLinkedRole } from '../../../../lambdas/resources/service-linked-role.ts';
import { taskDefinition } from '../../../../lambdas/resources/task-definition.ts';
import type { Outputs } from '../../../../workflow/documents.ts';
import { type Kind, kinds } from '../../../../workflow/stages.ts';
import { type Answers, answeringCloud, lookKnowing, refusal } from '../../../support/answering-cloud.ts';
import { emptyAccount } from '../../../support/empty-account.ts';
import { lowerTags, tags } from '../../../support/ownership.ts';

describe('services', () => {
  const seen = (rolloutState: string) => ({
    serviceArn: 'arn:service',
    serviceName: 'staging',
    status: 'ACTIVE',
    desiredCount: 2,
    runningCount: 2,
    deployments: [{ status: 'PRIMARY', rolloutState, taskDefinition: 'arn:task:1' }],
    loadBalancers: [{ targetGroupArn: 'arn:group' }],
    tags: lowerTags('service', 'staging'),
  });
  const list = async (rolloutState: string, snapshot: ReturnType<typeof lookKnowing> | undefined) => {
    const { cloud, asked } = answeringCloud(
      {
        DescribeServices: () => ({ services: [seen(rolloutState)] }),
        DescribeTargetHealth: () => ({ TargetHealthDescriptions: [{ TargetHealth: { State: 'healthy' } }] }),
      },
      snapshot === undefined ? {} : { snapshot },
    );
    const [found] = await service.list(cloud, { cluster: { main: { id: 'platform-cluster' } } });
    return { found, asked: asked.includes('DescribeTargetHealth') };
  };

  test.each([
    ['a steady one in a snapshot at everything', 'COMPLETED', lookKnowing(), 2, false],
    ['a moving one in a snapshot at everything', 'IN_PROGRESS', lookKnowing(), 1, true],
    ['a steady one that somebody waits for', 'COMPLETED', undefined, 1, true],
  ])(
    '%s: targets are asked for only where ECS does not vouch for them',
    async (_, rolloutState, snapshot, healthyTargets, asked) => {
      expect(await list(rolloutState, snapshot)).toEqual({ found: expect.objectContaining({ healthyTargets }), asked });
    },
  );
});

describe('roles', () => {
  const execution = {
    Path: '/slipway/',
    RoleName: 'platform-us-east-1-execution',
    Arn: 'arn:role',
    Tags: tags('role', 'execution'),
    RolePolicyList: [{ PolicyName: 'p', PolicyDocument: '%7B%7D' }],
    AttachedManagedPolicies: [{ PolicyArn: 'arn:managed' }],
  };
  const answers = {
    GetAccountAuthorizationDetails: () => ({
      RoleDetailList: [
        execution,
        { ...execution, Path: '/', Arn: 'arn:other' },
        { ...execution, RoleName: 'platform-us-east-1-other' },
        { RoleName: 'AWSServiceRoleForECS', Path: '/aws-service-role/ecs.amazonaws.com/' },
      ],
    }),
    ListRoles: ({ PathPrefix }: { readonly PathPrefix?: unknown }) => {
      if (PathPrefix === '/slipway/')
        return { Roles: [{ RoleName: execution.RoleName }, { RoleName: 'platform-us-east-1-other' }] };
      const linked = PathPrefix === '/aws-service-role/ecs.amazonaws.com/';
      return { Roles: linked ? [{ RoleName: 'AWSServiceRoleForECS' }] : [] };
    },
    GetRole: ({ RoleName }: { readonly RoleName?: unknown }) => {
      if (RoleName === execution.RoleName) return { Role: { ...execution, RolePolicyList: undefined } };
      throw refusal('NoSuchEntityException');
    },
    ListRolePolicies: () => ({ PolicyNames: ['p'] }),
    GetRolePolicy: () => ({ PolicyDocument: '%7B%7D' }),
    ListAttachedRolePolicies: () => ({ AttachedPolicies: [{ PolicyArn: 'arn:managed' }] }),
  };

  test('snapshot the same by one call of the account as by their own', async () => {
    const [fromAccount, own] = [answeringCloud(answers, { snapshot: lookKnowing() }), answeringCloud(answers)];
    const found = await role.list(fromAccount.cloud, {});
    expect(found).toEqual([expect.objectContaining({ key: 'execution', managedPolicies: ['arn:managed'] })]);
    expect(found).toEqual(await role.list(own.cloud, {}));
    expect(fromAccount.asked).toEqual(['GetAccountAuthorizationDetails']);
  });

  test('of services too', async () => {
    const [fromAccount, own] = [answeringCloud(answers, { snapshot: lookKnowing() }), answeringCloud(answers)];
    const found = await serviceLinkedRole.list(fromAccount.cloud, {});
    expect(found).toEqual([
      expect.objectContaining({ key: 'ecs', arn: expect.stringContaining('AWSServiceRoleForECS') }),
    ]);
    expect(found).toEqual(await serviceLinkedRole.list(own.cloud, {}));
    expect(fromAccount.asked).toEqual(['GetAccountAuthorizationDetails']);
  });
});

describe('task definitions', () => {
  const revision = (family: string, number: number, owned: boolean) => ({
    taskDefinition: { taskDefinitionArn: `arn:${family}:${number}`, family, status: 'ACTIVE' },
    tags: owned ? lowerTags('task-definition', family.replace('platform-', '')) : [],
  });
  const familyOf = (input: { readonly taskDefinition?: unknown; readonly familyPrefix?: unknown }): string =>
    String(input.taskDefinition ?? input.familyPrefix);

  test('are the newest of their families, in one call each', async () => {
    const { cloud, asked } = answeringCloud({
      DescribeTaskDefinition: (input) => revision(familyOf(input), 2, true),
    });
    const found = await taskDefinition.list(cloud, {});
    expect(found.map(({ id }) => id)).toEqual(['arn:platform-staging:2', 'arn:platform-production:2']);
    expect(asked).toEqual(['DescribeTaskDefinition', 'DescribeTaskDefinition']);
  });

  test('are looked for further back where the newest is not ours', async () => {
    const { cloud } = answeringCloud({
      ListTaskDefinitions: (input) => ({ taskDefinitionArns: [`${familyOf(input)}:2`, `${familyOf(input)}:1`] }),
      DescribeTaskDefinition: (input) => {
        const [family = '', number] = familyOf(input).split(':');
        return revision(family, Number(number ?? 2), number === '1');
      },
    });
    const found = await taskDefinition.list(cloud, {});
    expect(found.map(({ id }) => id)).toEqual(['arn:platform-staging:1', 'arn:platform-production:1']);
  });

  test('are none where their families have no active revision', async () => {
    const { cloud } = answeringCloud({
      DescribeTaskDefinition: () => {
        throw refusal('ClientException', 'Unable to describe task definition.');
      },
    });
    expect(await taskDefinition.list(cloud, {})).toEqual([]);
  });
});

describe('what has a name that we give and not our tags is told of, and nothing else is read of it', () => {
  const seen: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => object>> = {
    DescribeAlarms: () => ({ MetricAlarms: [{ AlarmName: 'platform-cpu', AlarmArn: 'arn:alarm' }] }),
    BatchGetProjects: () => ({ projects: [{ name: 'platform-build' }] }),
    DescribeClusters: () => ({ clusters: [{ clusterName: 'platform-cluster', status: 'ACTIVE' }] }),
    DescribeServices: () => ({ services: [{ serviceName: 'staging', status: 'ACTIVE' }] }),
    DescribeLoadBalancers: () => ({ LoadBalancers: [{ LoadBalancerName: 'platform-alb', LoadBalancerArn: 'arn:lb' }] }),
    DescribeTargetGroups: () => ({
      TargetGroups: [{ TargetGroupName: 'platform-staging', TargetGroupArn: 'arn:group' }],
    }),
    DescribeLogGroups: () => ({ logGroups: [{ logGroupName: '/slipway/platform/staging' }] }),
    GetPipeline: () => ({ pipeline: { name: 'platform-pipeline' } }),
    DescribeRepositories: () => ({ repositories: [{ repositoryName: 'platform-app', repositoryArn: 'arn:ecr' }] }),
    ListRoles: () => ({ Roles: [{ RoleName: 'platform-us-east-1-build' }] }),
    GetRole: ({ RoleName }) => ({ Role: { RoleName } }),
    GetRepository: () => ({ repositoryMetadata: { repositoryName: 'platform-app', Arn: 'arn:code' } }),
    DescribeRule: ({ Name }) => (Name === 'platform-source' ? { Name: 'platform-source', Arn: 'arn:rule' } : {}),
    DescribeTaskDefinition: ({ taskDefinition: family }) => {
      if (family !== 'platform-staging') throw refusal('ClientException', 'Unable to describe task definition.');
      return { taskDefinition: { family, taskDefinitionArn: 'arn:task:1' } };
    },
    GetTopicAttributes: ({ TopicArn }) => {
      if (!String(TopicArn).endsWith('-alarms')) throw refusal('NotFoundException');
      return { Attributes: {} };
    },
    GetBucketTagging: () => {
      throw refusal('NoSuchTagSet');
    },
  };

  test.each<[Kind, string]>([
    ['alarm', 'platform-cpu'],
    ['artifact-bucket', 'platform-123456789012-us-east-1-artifacts'],
    ['build-project', 'platform-build'],
    ['cluster', 'platform-cluster'],
    ['dashboard', 'platform-us-east-1'],
    ['load-balancer', 'platform-alb'],
    ['log-group', '/slipway/platform/staging'],
    ['pipeline', 'platform-pipeline'],
    ['repository', 'platform-app'],
    ['role', 'platform-us-east-1-build'],
    ['service', 'platform-cluster/staging'],
    ['source-repository', 'platform-app'],
    ['source-trigger', 'platform-source'],
    ['target-group', 'platform-staging'],
    ['task-definition', 'platform-staging'],
    ['topic', 'platform-alarms'],
  ])('%s', async (kind, name) => {
    const resource = allResources[kind];
    const { cloud, asked } = answeringCloud(seen);
    const found = await resource.list(cloud, { cluster: { main: { id: 'platform-cluster' } } });
    // A log group that nobody has signed was made by a service that logs into it.
    const adopted = kind === 'log-group' ? { adopted: true } : {};
    // A service's name is unique in its cluster only.
    const key = kind === 'service' ? 'staging' : name;
    expect(found).toEqual([{ key, id: name, unmanaged: true, ...adopted }]);
    const more = ['Attributes', 'Lifecycle', 'Encryption', 'Subscriptions', 'Targets', 'Health'];
    const needed = ['GetTopicAttributes'];
    expect(asked.filter((each) => !needed.includes(each) && more.some((part) => each.includes(part)))).toEqual([]);
  });

  test('a bucket that does not exist is nobody’s', async () => {
    const { cloud } = answeringCloud({
      GetBucketTagging: () => {
        throw refusal('NoSuchBucket');
      },
    });
    expect(await allResources['artifact-bucket'].list(cloud, {})).toEqual([]);
  });

  test('a cluster that is gone is nobody’s', async () => {
    const { cloud } = answeringCloud({
      DescribeClusters: () => ({ clusters: [{ clusterName: 'platform-cluster', status: 'INACTIVE' }] }),
    });
    expect(await allResources.cluster.list(cloud, {})).toEqual([]);
  });
});

describe('a kind that is part of another', () => {
  test.each(kinds)('is the only one that needs its outputs to be listed: %s', async (kind) => {
    const needed = new Set<string>();
    const outputs = new Proxy<Outputs>(
      {},
      { get: (_, name) => void needed.add(String(name)), has: (_, name) => Boolean(needed.add(String(name))) },
    );
    await allResources[kind].list(answeringCloud(emptyAccount as Answers).cloud, outputs);
    const { parent } = allResources[kind];
    expect([...needed].filter((name) => name !== parent)).toEqual([]);
  });
});
