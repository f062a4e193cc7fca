import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
  paginateDescribeLoadBalancers,
  SetSecurityGroupsCommand,
  SetSubnetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Difference } from '../../workflow/documents.ts';
import { anywhere, loadBalancerArns, loadBalancerName } from '../../workflow/names.ts';
import { takes, typicalSeconds } from '../../workflow/timings.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import { made, ownershipTags, upperTagList } from '../aws/ownership.ts';
import { count } from '../aws/pages.ts';
import { secondsToLook } from './age.ts';
import { compare, deferred, names, sorted } from './differences.ts';
import { attributesToSet, compareAttributes, type ElbAttributes } from './elb-attributes.ts';
import { ec2Reads } from './elb-reads.ts';
import { creating, onOwned, tagging } from './grants.ts';
import { type LoadBalancerFound, readLoadBalancers, toFound } from './load-balancer-reading.ts';
import { type Resource, ref } from './resource.ts';

export interface LoadBalancerSpec {
  readonly name: string;
  readonly scheme: 'internet-facing';
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly attributes: ElbAttributes;
}

const deletionProtection = 'deletion_protection.enabled';
const dropInvalidHeaders = 'routing.http.drop_invalid_header_fields.enabled';

/** What decides whom it serves, for how long and what the app learns of them; as a new one has them (API reference). */
const defaults: ElbAttributes = {
  'client_keep_alive.seconds': '3600',
  [deletionProtection]: 'false',
  'idle_timeout.timeout_seconds': '60',
  'routing.http.desync_mitigation_mode': 'defensive',
  [dropInvalidHeaders]: 'false',
  'routing.http.preserve_host_header.enabled': 'false',
  'routing.http.xff_header_processing.mode': 'append',
  'waf.fail_open.enabled': 'false',
};

const arns = [loadBalancerArns(anywhere, 'loadbalancer')];

export const loadBalancer: Resource<LoadBalancerSpec, LoadBalancerFound> = {
  kind: 'load-balancer',
  permissions: {
    read: [
      'elasticloadbalancing:DescribeLoadBalancers',
      'elasticloadbalancing:DescribeLoadBalancerAttributes',
      'elasticloadbalancing:DescribeTags',
    ],
    write: [
      creating(['elasticloadbalancing:CreateLoadBalancer'], arns),
      ...tagging('elasticloadbalancing', 'CreateLoadBalancer', arns),
      onOwned(
        [
          'elasticloadbalancing:SetSubnets',
          'elasticloadbalancing:SetSecurityGroups',
          'elasticloadbalancing:ModifyLoadBalancerAttributes',
          'elasticloadbalancing:DeleteLoadBalancer',
        ],
        arns,
      ),
      ...ec2Reads.createLoadBalancer,
      'tag:TagResources',
    ],
    deferred: [onOwned(['elasticloadbalancing:SetSubnets'], arns), ...ec2Reads.setSubnets],
  },
  remadeWhenFailed: true,
  lingers: true,
  goneAfterSeconds: typicalSeconds('loadBalancerDeleted'),
  quota: {
    name: 'Application Load Balancers per Region',
    service: 'elasticloadbalancing',
    code: 'L-53DA6B97',
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
    atLeast: 50,
    scope: 'region',
    used: (cloud) =>
      count(
        paginateDescribeLoadBalancers({ client: cloud.client(ElasticLoadBalancingV2Client) }, {}),
        ({ LoadBalancers }) => LoadBalancers?.filter(({ Type }) => Type === 'application'),
      ),
  },

  specs: (config) => [
    {
      key: 'main',
      deferredTo: 'finish-production',
      spec: {
        name: loadBalancerName(config),
        scheme: 'internet-facing',
        subnets: config.network.zones.map(({ letter }) => ref('subnet', `public-${letter}`)),
        securityGroups: [ref('security-group', 'alb')],
        // Malformed headers are how requests are smuggled. Destroy has a person's approval of its own.
        attributes: { ...defaults, [dropInvalidHeaders]: 'true' },
      },
    },
  ],

  list: (cloud) => readLoadBalancers(cloud, defaults),

  readiness(found) {
    // active_impaired serves; ELB only lacks room to grow.
    if (found.state === 'active' || found.state === 'active_impaired') return { state: 'ready' };
    if (found.state === 'failed')
      return { state: 'failed', reason: `the load balancer failed: ${found.reason ?? 'ELB gives no reason'}` };
    return {
      state: 'pending',
      reason: `the load balancer is ${found.state}`,
      nextCheckSeconds: secondsToLook(takes('loadBalancerActive'), found.ageSeconds),
    };
  },

  diff: (spec, found) => [
    ...compare('name', found.name, spec.name, 'replace'),
    ...compare('scheme', found.scheme, spec.scheme, 'replace'),
    ...subnetDifferences(found.subnets, spec.subnets),
    ...compare('securityGroups', sorted(found.securityGroups), sorted(spec.securityGroups)),
    ...compareAttributes(found.attributes, spec.attributes),
  ],

  async create(cloud, { key, spec }) {
    const elb = cloud.client(ElasticLoadBalancingV2Client);
    const tags = ownershipTags(cloud.scope, 'load-balancer', key);
    const answer = await elb.send(
      new CreateLoadBalancerCommand({
        Name: spec.name,
        Type: 'application',
        Scheme: spec.scheme,
        Subnets: [...spec.subnets],
        SecurityGroups: [...spec.securityGroups],
        Tags: upperTagList(tags),
      }),
    );
    // The creating call takes no attributes.
    return made(toFound(cloud.scope, answer.LoadBalancers?.[0] ?? {}, tags, defaults), 'CreateLoadBalancer');
  },

  async update(cloud, { spec }, found, differences) {
    const elb = cloud.client(ElasticLoadBalancingV2Client);
    const LoadBalancerArn = found.id;
    if (names(differences, 'subnets'))
      await elb.send(new SetSubnetsCommand({ LoadBalancerArn, Subnets: [...spec.subnets] }));
    if (names(differences, 'securityGroups'))
      await elb.send(new SetSecurityGroupsCommand({ LoadBalancerArn, SecurityGroups: [...spec.securityGroups] }));
    if (names(differences, 'attributes'))
      await elb.send(
        new ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn,
          Attributes: attributesToSet(spec.attributes, differences),
        }),
      );
  },

  arn: ({ id }) => id,

  async obstacles(_cloud, { attributes }) {
    return attributes[deletionProtection] === 'true' ? ['its deletion protection is on: switch it off'] : [];
  },

  async delete(cloud, found) {
    await ignoreNotFound(
      cloud.client(ElasticLoadBalancingV2Client).send(new DeleteLoadBalancerCommand({ LoadBalancerArn: found.id })),
    );
  },

  output: (found) => ({
    id: found.id,
    arn: found.id,
    dnsName: found.dnsName,
    zoneId: found.zoneId,
    suffix: suffixOf(found.id),
  }),

  headlines: ({ id }) => ({ 'load balancer': id }),
};

/** A zone that only goes is left once no task in it serves any more: its targets get no requests from then on. */
function subnetDifferences(found: readonly string[], wanted: readonly string[]): readonly Difference[] {
  const differences = compare('subnets', sorted(found), sorted(wanted));
  return wanted.every((subnet) => found.includes(subnet)) ? deferred(differences) : differences;
}

/** `app/<name>/<hash>`: how CloudWatch's dimensions call it. */
const suffixOf = (arn: string): string => arn.replace(/^.*:loadbalancer\//, '');
