import {
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DescribeTargetGroupAttributesCommand,
  ElasticLoadBalancingV2Client,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  paginateDescribeTargetGroups,
  type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { environmentNamed, environments, settings } from '../../workflow/environments.ts';
import { anywhere, targetGroupArns, targetGroupName } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { made, orUnmanaged, ownedBy, ownershipTags, type Unmanaged, upperTagList } from '../aws/ownership.ts';
import { allPages, count } from '../aws/pages.ts';
import { compare, compareByName, deferred, names } from './differences.ts';
import { attributesOf, attributesToSet, compareAttributes, type ElbAttributes } from './elb-attributes.ts';
import { ec2Reads } from './elb-reads.ts';
import { elbTags } from './elb-tags.ts';
import { creating, onOwned, tagging } from './grants.ts';
import { type Resource, readyAtOnce, ref } from './resource.ts';
import { type HealthCheck, type TargetGroupFound, toFound, toRequest } from './target-group-mapping.ts';

export interface TargetGroupSpec {
  readonly name: string;
  readonly vpc: string;
  /** Of targets that are registered without one; ECS registers each task with its container's. */
  readonly port: number;
  readonly protocol: 'HTTP';
  readonly targetType: 'ip';
  readonly healthCheck: HealthCheck;
  readonly attributes: ElbAttributes;
}

/**
 * Healthy after 2 checks at 10 s, out after 3: a deployment waits 20 s for a new task instead of ELB's default of
 * 30 s × 5 = 150 s (service model).
 */
const checks = { intervalSeconds: 10, timeoutSeconds: 5, healthyCount: 2, unhealthyCount: 3 };

const delay = 'deregistration_delay.timeout_seconds';

/** What decides which target gets a request, and when; as a new one has them (API reference, TargetGroupAttribute). */
const defaults: ElbAttributes = {
  [delay]: '300',
  'load_balancing.algorithm.anomaly_mitigation': 'off',
  'load_balancing.algorithm.type': 'round_robin',
  'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
  'slow_start.duration_seconds': '0',
  'stickiness.enabled': 'false',
  'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
  'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
};

const arns = environments.map((environment) => targetGroupArns(anywhere, environment));

export const targetGroup: Resource<TargetGroupSpec, TargetGroupFound> = {
  kind: 'target-group',
  permissions: {
    read: [
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetGroupAttributes',
      'elasticloadbalancing:DescribeTags',
    ],
    write: [
      creating(['elasticloadbalancing:CreateTargetGroup'], arns),
      ...tagging('elasticloadbalancing', 'CreateTargetGroup', arns),
      onOwned(
        [
          'elasticloadbalancing:ModifyTargetGroup',
          'elasticloadbalancing:ModifyTargetGroupAttributes',
          'elasticloadbalancing:DeleteTargetGroup',
        ],
        arns,
      ),
      ...ec2Reads.createTargetGroup,
      'tag:TagResources',
    ],
    deferred: [onOwned(['elasticloadbalancing:ModifyTargetGroup'], arns)],
  },
  lingers: true,
  quota: {
    name: 'Target Groups per Region',
    service: 'elasticloadbalancing',
    code: 'L-B22855CB',
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
    atLeast: 3_000,
    scope: 'region',
    used: (cloud) =>
      count(
        paginateDescribeTargetGroups({ client: cloud.client(ElasticLoadBalancingV2Client) }, {}),
        ({ TargetGroups }) => TargetGroups,
      ),
  },
  environmentOf: environmentNamed,

  specs: (config) =>
    environments.map((environment) => ({
      key: environment,
      deferredTo: settings[environment].deployStage,
      spec: {
        name: targetGroupName(config, environment),
        vpc: ref('vpc', 'main'),
        port: config.app.port,
        protocol: 'HTTP',
        targetType: 'ip',
        healthCheck: { path: config.app.healthPath, protocol: 'HTTP', port: 'traffic-port', codes: '200', ...checks },
        // Enough for the app's short requests.
        attributes: { ...defaults, [delay]: '30' },
      },
    })),

  async list(cloud) {
    const elb = cloud.client(ElasticLoadBalancingV2Client);
    const seen = await describe(
      cloud,
      environments.map((environment) => targetGroupName(cloud.scope, environment)),
    );
    const tags = await elbTags(cloud, arnsOf(seen));
    const found = seen.map(async (group): Promise<readonly (TargetGroupFound | Unmanaged)[]> => {
      const arn = group.TargetGroupArn ?? '';
      if (ownedBy(cloud.scope, 'target-group', tags.get(arn) ?? {}) === undefined)
        return orUnmanaged([], group.TargetGroupName ?? '');
      const answer = await elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn }));
      return toFound(cloud.scope, group, tags.get(arn) ?? {}, attributesOf(answer.Attributes, defaults));
    });
    return (await Promise.all(found)).flat();
  },

  readiness: readyAtOnce,

  // The port is not compared: AWS can't change it, and no target of ours goes by it. What is checked changes with the
  // tasks that are made for it, so that no check fails a task that serves before its successor is on its way.
  diff: (spec, found) => [
    ...compare('name', found.name, spec.name, 'replace'),
    ...compare('vpc', found.vpc, spec.vpc, 'replace'),
    ...compare('protocol', found.protocol, spec.protocol, 'replace'),
    ...compare('targetType', found.targetType, spec.targetType, 'replace'),
    ...deferred(compareByName((name) => `healthCheck.${name}`, { ...found.healthCheck }, { ...spec.healthCheck })),
    ...compareAttributes(found.attributes, spec.attributes),
  ],

  async create(cloud, { key, spec }) {
    const elb = cloud.client(ElasticLoadBalancingV2Client);
    const tags = ownershipTags(cloud.scope, 'target-group', key);
    const answer = await elb.send(
      new CreateTargetGroupCommand({
        Name: spec.name,
        VpcId: spec.vpc,
        Port: spec.port,
        Protocol: spec.protocol,
        TargetType: spec.targetType,
        ...toRequest(spec.healthCheck),
        Tags: upperTagList(tags),
      }),
    );
    return made(toFound(cloud.scope, answer.TargetGroups?.[0] ?? {}, tags, defaults), 'CreateTargetGroup');
  },

  async update(cloud, { spec }, found, differences) {
    const elb = cloud.client(ElasticLoadBalancingV2Client);
    if (names(differences, 'healthCheck'))
      await elb.send(new ModifyTargetGroupCommand({ TargetGroupArn: found.id, ...toRequest(spec.healthCheck) }));
    if (names(differences, 'attributes'))
      await elb.send(
        new ModifyTargetGroupAttributesCommand({
          TargetGroupArn: found.id,
          Attributes: attributesToSet(spec.attributes, differences),
        }),
      );
  },

  arn: ({ id }) => id,

  async delete(cloud, found) {
    await ignoreNotFound(
      cloud.client(ElasticLoadBalancingV2Client).send(new DeleteTargetGroupCommand({ TargetGroupArn: found.id })),
    );
  },

  output: (found) => ({ id: found.id, arn: found.id, name: found.name, suffix: suffixOf(found.id) }),
};

/** `targetgroup/<name>/<hash>`: how CloudWatch's dimensions call it. */
const suffixOf = (arn: string): string => arn.replace(/^.*:targetgroup\//, 'targetgroup/');

const arnsOf = (seen: readonly TargetGroup[]): readonly string[] =>
  seen.flatMap(({ TargetGroupArn }) => TargetGroupArn ?? []);

/** The target groups of those names, ours or not: one by one where ELB refuses them all because one is missing. */
async function describe(cloud: Cloud, names: readonly string[]): Promise<readonly TargetGroup[]> {
  const client = cloud.client(ElasticLoadBalancingV2Client);
  const pages = paginateDescribeTargetGroups({ client }, { Names: [...names] });
  const all = await ignoreNotFound(allPages(pages, ({ TargetGroups }) => TargetGroups));
  if (all !== undefined) return all;
  return names.length === 1 ? [] : (await Promise.all(names.map((name) => describe(cloud, [name])))).flat();
}
