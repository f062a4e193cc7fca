import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  EC2Client,
  type IpPermission,
  paginateDescribeSecurityGroups,
  RevokeSecurityGroupIngressCommand,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import { arnOf, securityGroupName } from '../../workflow/names.ts';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import type { Scope } from '../aws/cloud.ts';
import { ec2TagFilters, ec2Tags, made, ownedBy, ownershipTags, tagsOf, upperTagList } from '../aws/ownership.ts';
import { compare, compareByName, deferred, names } from './differences.ts';
import { creating, ec2Arns, onOwned, tagging } from './grants.ts';
import { count, type Found, type Resource, readyAtOnce, ref } from './resource.ts';

export interface IngressRule {
  /** `-1` is every protocol, to EC2. */
  readonly protocol: string;
  readonly fromPort: number;
  readonly toPort: number;
  /** IPv4 or IPv6 range, group id or prefix list id. */
  readonly source: string;
}

/** Egress is not part of it: EC2 gives a new group a rule that allows everything, and pulls and logs need that. */
export interface SecurityGroupSpec {
  readonly name: string;
  readonly description: string;
  readonly vpc: string;
  readonly ingress: readonly IngressRule[];
}

export interface SecurityGroupFound extends Found {
  readonly name: string;
  readonly description: string;
  readonly vpc: string;
  readonly ingress: readonly IngressRule[];
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
        ['ec2:AuthorizeSecurityGroupIngress', 'ec2:RevokeSecurityGroupIngress', 'ec2:DeleteSecurityGroup'],
        ec2Arns('security-group'),
      ),
      // A rule is part of its group, which the statement above requires to be ours.
      { actions: ['ec2:AuthorizeSecurityGroupIngress'], resources: ec2Arns('security-group-rule') },
      'tag:TagResources',
    ],
    deferred: [onOwned(['ec2:RevokeSecurityGroupIngress'], ec2Arns('security-group'))],
  },
  lingers: true,
  quota: {
    name: 'VPC security groups per Region',
    service: 'vpc',
    code: 'L-E79EC296',
    scope: 'region',
    used: (cloud) =>
      count(
        paginateDescribeSecurityGroups({ client: cloud.client(EC2Client) }, {}),
        ({ SecurityGroups }) => SecurityGroups,
      ),
  },

  specs: (config) => [
    {
      key: 'alb',
      spec: {
        name: securityGroupName(config, 'alb'),
        description: 'HTTP and HTTPS from anywhere to the load balancer',
        vpc: ref('vpc', 'main'),
        ingress: [tcp(80, '0.0.0.0/0'), tcp(443, '0.0.0.0/0')],
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
      },
    },
  ],

  async list(cloud) {
    const found: SecurityGroupFound[] = [];
    const filters = { Filters: ec2TagFilters(cloud.scope, 'security-group') };
    for await (const page of paginateDescribeSecurityGroups({ client: cloud.client(EC2Client) }, filters))
      for (const seen of page.SecurityGroups ?? []) found.push(...toFound(cloud.scope, seen));
    return found;
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('name', found.name, spec.name, 'replace'),
    ...compare('description', found.description, spec.description, 'replace'),
    ...compare('vpc', found.vpc, spec.vpc, 'replace'),
    ...compareByName(pathOf, byTitle(found.ingress), byTitle(spec.ingress)).flatMap((difference) => {
      const rule = found.ingress.find((each) => pathOf(titleOf(each)) === difference.path);
      return rule !== undefined && isFormerPort(rule, spec) ? deferred([difference]) : [difference];
    }),
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
        Tags: upperTagList(ownershipTags(cloud.scope, 'security-group', key)),
      }),
      'CreateSecurityGroup',
    );
  },

  // Add what is missing before removing what is too much: nobody is locked out in between.
  async update(cloud, { spec }, found, differences) {
    const ec2 = cloud.client(EC2Client);
    const differs = (rule: IngressRule): boolean => names(differences, pathOf(titleOf(rule)));
    const missing = without(spec.ingress, found.ingress).filter(differs);
    const superfluous = without(found.ingress, spec.ingress).filter(differs);
    for (const rule of missing) {
      try {
        await ec2.send(
          new AuthorizeSecurityGroupIngressCommand({ GroupId: found.id, IpPermissions: [toPermission(rule)] }),
        );
      } catch (error) {
        if (errorCode(error) !== 'InvalidPermission.Duplicate') throw error;
      }
    }
    for (const rule of superfluous)
      await ignoreNotFound(
        ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: found.id, IpPermissions: [toPermission(rule)] })),
      );
  },

  arn: ({ id }, scope) => arnOf(scope, 'ec2', `security-group/${id}`),

  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(EC2Client).send(new DeleteSecurityGroupCommand({ GroupId: found.id })));
  },

  output: (found) => ({ id: found.id }),
};

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
    },
  ];
}

const tcp = (port: number, source: string): IngressRule => ({ protocol: 'tcp', fromPort: port, toPort: port, source });

/** EC2 bundles rules of equal ports; each source is a rule of its own. */
function toRules(permission: IpPermission): IngressRule[] {
  const sources = [
    ...(permission.IpRanges ?? []).map(({ CidrIp }) => CidrIp),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId }) => PrefixListId),
  ];
  return sources.flatMap((source) =>
    source === undefined
      ? []
      : [
          {
            protocol: permission.IpProtocol ?? '-1',
            fromPort: permission.FromPort ?? -1,
            toPort: permission.ToPort ?? -1,
            source,
          },
        ],
  );
}

function toPermission({ protocol, fromPort, toPort, source }: IngressRule): IpPermission {
  const ports = protocol === '-1' ? {} : { FromPort: fromPort, ToPort: toPort };
  const from = source.startsWith('pl-')
    ? { PrefixListIds: [{ PrefixListId: source }] }
    : !source.includes('/')
      ? { UserIdGroupPairs: [{ GroupId: source }] }
      : source.includes(':')
        ? { Ipv6Ranges: [{ CidrIpv6: source }] }
        : { IpRanges: [{ CidrIp: source }] };
  return { IpProtocol: protocol, ...ports, ...from };
}

/** How a rule is called in a difference: `tcp 8080 sg-0123`. */
function titleOf({ protocol, fromPort, toPort, source }: IngressRule): string {
  if (protocol === '-1') return `all ${source}`;
  return `${protocol} ${fromPort === toPort ? fromPort : `${fromPort}-${toPort}`} ${source}`;
}

const pathOf = (title: string): string => `ingress[${title}]`;

/**
 * Whether an unwanted rule lets nobody in but a group that may come in anyway: the load balancer's, on a port that older
 * tasks may still listen on.
 */
const isFormerPort = ({ protocol, source }: IngressRule, { ingress }: SecurityGroupSpec): boolean =>
  source.startsWith('sg-') && ingress.some((wanted) => wanted.protocol === protocol && wanted.source === source);

const byTitle = (rules: readonly IngressRule[]): Readonly<Record<string, IngressRule>> =>
  Object.fromEntries(rules.map((rule) => [titleOf(rule), rule]));

const without = (rules: readonly IngressRule[], others: readonly IngressRule[]): readonly IngressRule[] => {
  const known = byTitle(others);
  return rules.filter((rule) => known[titleOf(rule)] === undefined);
};
