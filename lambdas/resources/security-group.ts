import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  EC2Client,
  type Filter,
  paginateDescribeSecurityGroups,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import { arnOf, securityGroupName } from '../../workflow/names.ts';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { atLeastOurs, everybodys } from '../aws/ec2-reads.ts';
import { ec2Tags, made, ownedBy, ownershipTags, tagsOf, upperTagList } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { compare, compareByName, deferred, names } from './differences.ts';
import { creating, ec2Arns, onOwned, tagging } from './grants.ts';
import { type Found, type Resource, readyAtOnce, ref } from './resource.ts';
import { byName, everything, nameOf, type Rule, tcp, toPermission, toRules, without } from './security-group-rules.ts';

export interface SecurityGroupSpec {
  readonly name: string;
  readonly description: string;
  readonly vpc: string;
  readonly ingress: readonly Rule[];
  /** Everything may go out: pulls and logs go to addresses that nobody can list. */
  readonly egress: readonly Rule[];
}

export interface SecurityGroupFound extends Found {
  readonly name: string;
  readonly description: string;
  readonly vpc: string;
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
}

export const securityGroup: Resource<SecurityGroupSpec, SecurityGroupFound> = {
  kind: 'security-group',
  permissions: {
    read: ['ec2:DescribeSecurityGroups'],
    write: [
      creating(['ec2:CreateSecurityGroup'], ec2Arns('security-group')),
      onOwned(['ec2:CreateSecurityGroup'], ec2Arns('vpc')),
      ...tagging('ec2', 'CreateSecurityGroup', ec2Arns('security-group')),
      onOwned(
        [
          'ec2:AuthorizeSecurityGroupIngress',
          'ec2:RevokeSecurityGroupIngress',
          'ec2:AuthorizeSecurityGroupEgress',
          'ec2:RevokeSecurityGroupEgress',
          'ec2:DeleteSecurityGroup',
        ],
        ec2Arns('security-group'),
      ),
      // A rule is part of its group, which the statement above requires to be ours.
      {
        actions: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:AuthorizeSecurityGroupEgress'],
        resources: ec2Arns('security-group-rule'),
      },
      'tag:TagResources',
    ],
    deferred: [onOwned(['ec2:RevokeSecurityGroupIngress'], ec2Arns('security-group'))],
  },
  lingers: true,
  quota: {
    name: 'VPC security groups per Region',
    service: 'vpc',
    code: 'L-E79EC296',
    // https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
    atLeast: 2_500,
    scope: 'region',
    used: async (cloud) => (await everybodys(cloud, 'security-group', groupsBy(cloud))).length,
  },

  specs: (config) => [
    {
      key: 'alb',
      spec: {
        name: securityGroupName(config, 'alb'),
        description: 'HTTP and HTTPS from anywhere to the load balancer',
        vpc: ref('vpc', 'main'),
        ingress: [tcp(80, '0.0.0.0/0'), tcp(443, '0.0.0.0/0')],
        egress: [everything],
      },
    },
    {
      key: 'task',
      deferredTo: 'finish-production',
      spec: {
        name: securityGroupName(config, 'task'),
        description: 'From the load balancer only to the tasks',
        vpc: ref('vpc', 'main'),
        ingress: [tcp(config.app.port, ref('security-group', 'alb'))],
        egress: [everything],
      },
    },
  ],

  async list(cloud) {
    const seen = await atLeastOurs(cloud, 'security-group', groupsBy(cloud));
    return seen.flatMap((each) => toFound(cloud.scope, each));
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('name', found.name, spec.name, 'replace'),
    ...compare('description', found.description, spec.description, 'replace'),
    ...compare('vpc', found.vpc, spec.vpc, 'replace'),
    ...compareByName(pathOf.ingress, byName(found.ingress), byName(spec.ingress)).flatMap((difference) => {
      const rule = found.ingress.find((each) => pathOf.ingress(nameOf(each)) === difference.path);
      return rule !== undefined && isFormerPort(rule, spec) ? deferred([difference]) : [difference];
    }),
    ...compareByName(pathOf.egress, byName(found.egress), byName(spec.egress)),
  ],

  async create(cloud, { key, spec }) {
    const answer = await cloud.client(EC2Client).send(
      new CreateSecurityGroupCommand({
        GroupName: spec.name,
        Description: spec.description,
        VpcId: spec.vpc,
        TagSpecifications: ec2Tags(cloud.scope, 'security-group', key, 'security-group'),
      }),
    );
    return made(
      toFound(cloud.scope, {
        GroupId: answer.GroupId,
        GroupName: spec.name,
        Description: spec.description,
        VpcId: spec.vpc,
        IpPermissionsEgress: [toPermission(everything)],
        Tags: upperTagList(ownershipTags(cloud.scope, 'security-group', key)),
      }),
      'CreateSecurityGroup',
    );
  },

  async update(cloud, { spec }, found, differences) {
    for (const way of ways) {
      const differs = (rule: Rule): boolean => names(differences, pathOf[way](nameOf(rule)));
      // Add what is missing before removing what is too much: nobody is locked out in between.
      for (const rule of without(spec[way], found[way]).filter(differs)) await allow(cloud, way, found.id, rule);
      for (const rule of without(found[way], spec[way]).filter(differs)) await revoke(cloud, way, found.id, rule);
    }
  },

  arn: ({ id }, scope) => arnOf(scope, 'ec2', `security-group/${id}`),

  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(EC2Client).send(new DeleteSecurityGroupCommand({ GroupId: found.id })));
  },

  output: (found) => ({ id: found.id }),
};

const groupsBy = (cloud: Cloud) => (Filters: Filter[] | undefined) =>
  allPages(
    paginateDescribeSecurityGroups({ client: cloud.client(EC2Client) }, { Filters }),
    ({ SecurityGroups }) => SecurityGroups,
  );

export function toFound(scope: Scope, seen: SecurityGroup): SecurityGroupFound[] {
  const owned = ownedBy(scope, 'security-group', tagsOf(seen.Tags));
  if (owned === undefined || seen.GroupId === undefined) return [];
  return [
    {
      ...owned,
      id: seen.GroupId,
      name: seen.GroupName ?? '',
      description: seen.Description ?? '',
      vpc: seen.VpcId ?? '',
      ingress: (seen.IpPermissions ?? []).flatMap(toRules),
      egress: (seen.IpPermissionsEgress ?? []).flatMap(toRules),
    },
  ];
}

/** Into the group, and out of it. */
const ways = ['ingress', 'egress'] as const;
type Way = (typeof ways)[number];

const pathOf: Readonly<Record<Way, (title: string) => string>> = {
  ingress: (title) => `ingress[${title}]`,
  egress: (title) => `egress[${title}]`,
};

async function allow(cloud: Cloud, way: Way, GroupId: string, rule: Rule): Promise<void> {
  const ec2 = cloud.client(EC2Client);
  const input = { GroupId, IpPermissions: [toPermission(rule)] };
  try {
    if (way === 'ingress') await ec2.send(new AuthorizeSecurityGroupIngressCommand(input));
    else await ec2.send(new AuthorizeSecurityGroupEgressCommand(input));
  } catch (error) {
    if (errorCode(error) !== 'InvalidPermission.Duplicate') throw error;
  }
}

async function revoke(cloud: Cloud, way: Way, GroupId: string, rule: Rule): Promise<void> {
  const ec2 = cloud.client(EC2Client);
  const input = { GroupId, IpPermissions: [toPermission(rule)] };
  if (way === 'ingress') await ignoreNotFound(ec2.send(new RevokeSecurityGroupIngressCommand(input)));
  else await ignoreNotFound(ec2.send(new RevokeSecurityGroupEgressCommand(input)));
}

/**
 * Whether an unwanted rule lets nobody in but a group that may come in anyway: the load balancer's, on a port that older
 * tasks may still listen on.
 */
const isFormerPort = ({ protocol, source }: Rule, { ingress }: SecurityGroupSpec): boolean =>
  source.startsWith('sg-') && ingress.some((wanted) => wanted.protocol === protocol && wanted.source === source);
