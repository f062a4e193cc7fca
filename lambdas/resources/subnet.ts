import {
  CreateSubnetCommand,
  DeleteSubnetCommand,
  EC2Client,
  type Filter,
  ModifySubnetAttributeCommand,
  paginateDescribeSubnets,
  type Subnet,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../workflow/names.ts';
import { typicalSeconds } from '../../workflow/timings.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { atLeastOurs } from '../aws/ec2-reads.ts';
import { ec2Tags, made, ownedBy, tagsOf } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { compare } from './differences.ts';
import { creating, ec2Arns, onOwned, tagging } from './grants.ts';
import { type Found, type Resource, ref } from './resource.ts';

export interface SubnetSpec {
  readonly vpc: string;
  readonly cidr: string;
  readonly zone: string;
  /**
   * Never: load balancers and NAT gateways bring addresses of their own, and a task must not get one by being put into
   * the wrong subnet.
   */
  readonly publicAddresses: boolean;
}

export interface SubnetFound extends Found {
  readonly vpc: string;
  readonly cidr: string;
  readonly zone: string;
  readonly publicAddresses: boolean;
  readonly available: boolean;
}

export const subnet: Resource<SubnetSpec, SubnetFound> = {
  kind: 'subnet',
  permissions: {
    read: ['ec2:DescribeSubnets'],
    write: [
      creating(['ec2:CreateSubnet'], ec2Arns('subnet')),
      onOwned(['ec2:CreateSubnet'], ec2Arns('vpc')),
      ...tagging('ec2', 'CreateSubnet', ec2Arns('subnet')),
      onOwned(['ec2:ModifySubnetAttribute', 'ec2:DeleteSubnet'], ec2Arns('subnet')),
      'tag:TagResources',
    ],
  },
  lingers: true,

  specs: ({ network }) => {
    const common = { vpc: ref('vpc', 'main'), publicAddresses: false };
    return [
      ...network.zones.map(({ letter, name, publicCidr }) => ({
        key: `public-${letter}`,
        spec: { ...common, cidr: publicCidr, zone: name },
      })),
      ...network.zones.map(({ letter, name, privateCidr }) => ({
        key: `private-${letter}`,
        spec: { ...common, cidr: privateCidr, zone: name },
      })),
    ];
  },

  async list(cloud) {
    const seen = await atLeastOurs(cloud, 'subnet', subnetsBy(cloud));
    return seen.flatMap((each) => toFound(cloud.scope, each));
  },

  readiness: (found) =>
    found.available
      ? { state: 'ready' }
      : {
          state: 'pending',
          reason: 'the subnet is being created',
          nextCheckSeconds: typicalSeconds('subnetAvailable'),
        },

  diff: (spec, found) => [
    ...compare('vpc', found.vpc, spec.vpc, 'replace'),
    ...compare('cidr', found.cidr, spec.cidr, 'replace'),
    ...compare('zone', found.zone, spec.zone, 'replace'),
    ...compare('publicAddresses', found.publicAddresses, spec.publicAddresses),
  ],

  async create(cloud, { key, spec }) {
    const answer = await cloud.client(EC2Client).send(
      new CreateSubnetCommand({
        VpcId: spec.vpc,
        CidrBlock: spec.cidr,
        AvailabilityZone: spec.zone,
        TagSpecifications: ec2Tags(cloud.scope, 'subnet', key, 'subnet'),
      }),
    );
    return made(toFound(cloud.scope, answer.Subnet ?? {}), 'CreateSubnet');
  },

  async update(cloud, { spec }, found) {
    await cloud.client(EC2Client).send(
      new ModifySubnetAttributeCommand({
        SubnetId: found.id,
        MapPublicIpOnLaunch: { Value: spec.publicAddresses },
      }),
    );
  },

  arn: ({ id }, scope) => arnOf(scope, 'ec2', `subnet/${id}`),

  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(EC2Client).send(new DeleteSubnetCommand({ SubnetId: found.id })));
  },

  output: (found) => ({ id: found.id }),
};

export const subnetsBy = (cloud: Cloud) => (Filters: Filter[] | undefined) =>
  allPages(paginateDescribeSubnets({ client: cloud.client(EC2Client) }, { Filters }), ({ Subnets }) => Subnets);

function toFound(scope: Scope, seen: Subnet): SubnetFound[] {
  const owned = ownedBy(scope, 'subnet', tagsOf(seen.Tags));
  if (owned === undefined || seen.SubnetId === undefined) return [];
  return [
    {
      ...owned,
      id: seen.SubnetId,
      vpc: seen.VpcId ?? '',
      cidr: seen.CidrBlock ?? '',
      zone: seen.AvailabilityZone ?? '',
      publicAddresses: seen.MapPublicIpOnLaunch ?? false,
      available: seen.State === 'available',
    },
  ];
}
