import {
  CreateVpcCommand,
  DeleteVpcCommand,
  DescribeVpcAttributeCommand,
  EC2Client,
  type Filter,
  ModifyVpcAttributeCommand,
  paginateDescribeVpcs,
  type Vpc,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../workflow/names.ts';
import { typicalSeconds } from '../../workflow/timings.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { atLeastOurs, everybodys } from '../aws/ec2-reads.ts';
import { ec2Tags, made, ownedBy, tagsOf } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { compare, names } from './differences.ts';
import { creating, ec2Arns, onOwned, tagging } from './grants.ts';
import type { Found, Resource } from './resource.ts';
import { obstaclesIn } from './vpc-obstacles.ts';

export interface VpcSpec {
  readonly cidr: string;
  /** Fargate tasks resolve ECR and CloudWatch Logs by name: without DNS support nothing resolves. */
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
}

export interface VpcFound extends Found {
  readonly cidr: string;
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
  readonly available: boolean;
}

export const vpc: Resource<VpcSpec, VpcFound> = {
  kind: 'vpc',
  permissions: {
    read: [
      'ec2:DescribeVpcs',
      'ec2:DescribeVpcAttribute',
      'ec2:DescribeNatGateways',
      'ec2:DescribeSubnets',
      'ec2:DescribeRouteTables',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeVpcEndpoints',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeNetworkAcls',
      'ec2:DescribeInternetGateways',
      'ec2:DescribeEgressOnlyInternetGateways',
      'ec2:DescribeVpnGateways',
      'ec2:DescribeVpcPeeringConnections',
    ],
    write: [
      creating(['ec2:CreateVpc'], ec2Arns('vpc')),
      ...tagging('ec2', 'CreateVpc', ec2Arns('vpc')),
      onOwned(['ec2:ModifyVpcAttribute', 'ec2:DeleteVpc'], ec2Arns('vpc')),
      'tag:TagResources',
    ],
  },
  lingers: true,
  quota: {
    name: 'VPCs per Region',
    service: 'vpc',
    code: 'L-F678F1CE',
    scope: 'region',
    used: async (cloud) => (await everybodys(cloud, 'vpc', vpcsBy(cloud))).length,
  },

  specs: (config) => [{ key: 'main', spec: { cidr: config.network.cidr, dnsSupport: true, dnsHostnames: true } }],

  async list(cloud) {
    const ec2 = cloud.client(EC2Client);
    const ours = (await atLeastOurs(cloud, 'vpc', vpcsBy(cloud))).filter(
      ({ Tags }) => ownedBy(cloud.scope, 'vpc', tagsOf(Tags)) !== undefined,
    );
    const found = ours.map(async (seen) => {
      const { VpcId } = seen;
      const [support, hostnames] = await Promise.all([
        ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsSupport' })),
        ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute: 'enableDnsHostnames' })),
      ]);
      return toFound(cloud.scope, seen, {
        dnsSupport: support.EnableDnsSupport?.Value ?? false,
        dnsHostnames: hostnames.EnableDnsHostnames?.Value ?? false,
      });
    });
    return (await Promise.all(found)).flat();
  },

  readiness: (found) =>
    found.available
      ? { state: 'ready' }
      : { state: 'pending', reason: 'the VPC is being created', nextCheckSeconds: typicalSeconds('vpcAvailable') },

  diff: (spec, found) => [
    ...compare('cidr', found.cidr, spec.cidr, 'replace'),
    ...compare('dnsSupport', found.dnsSupport, spec.dnsSupport),
    ...compare('dnsHostnames', found.dnsHostnames, spec.dnsHostnames),
  ],

  async create(cloud, { key, spec }) {
    const answer = await cloud.client(EC2Client).send(
      new CreateVpcCommand({
        CidrBlock: spec.cidr,
        TagSpecifications: ec2Tags(cloud.scope, 'vpc', key, 'vpc'),
      }),
    );
    // A new VPC has DNS support but no DNS hostnames. CreateVpc can't ask for them; `update` does.
    return made(toFound(cloud.scope, answer.Vpc ?? {}, { dnsSupport: true, dnsHostnames: false }), 'CreateVpc');
  },

  // One attribute a call; EC2 refuses DNS hostnames without DNS support.
  async update(cloud, { spec }, { id: VpcId }, differences) {
    const ec2 = cloud.client(EC2Client);
    if (names(differences, 'dnsSupport'))
      await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: spec.dnsSupport } }));
    if (names(differences, 'dnsHostnames'))
      await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: spec.dnsHostnames } }));
  },

  arn: ({ id }, scope) => arnOf(scope, 'ec2', `vpc/${id}`),

  obstacles: (cloud, { id }) => obstaclesIn(cloud, id),

  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(EC2Client).send(new DeleteVpcCommand({ VpcId: found.id })));
  },

  output: (found) => ({ id: found.id }),

  headlines: ({ id }) => ({ VPC: id }),
};

const vpcsBy = (cloud: Cloud) => (Filters: Filter[] | undefined) =>
  allPages(paginateDescribeVpcs({ client: cloud.client(EC2Client) }, { Filters }), ({ Vpcs }) => Vpcs);

function toFound(scope: Scope, seen: Vpc, dns: Pick<VpcFound, 'dnsSupport' | 'dnsHostnames'>): VpcFound[] {
  const owned = ownedBy(scope, 'vpc', tagsOf(seen.Tags));
  if (owned === undefined || seen.VpcId === undefined) return [];
  return [{ ...owned, id: seen.VpcId, cidr: seen.CidrBlock ?? '', ...dns, available: seen.State === 'available' }];
}
