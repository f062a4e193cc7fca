import {
  CreateNatGatewayCommand,
  DeleteNatGatewayCommand,
  EC2Client,
  type Filter,
  type NatGateway,
  paginateDescribeNatGateways,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../workflow/names.ts';
import { takes, typicalSeconds } from '../../workflow/timings.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { atLeastOurs, everybodys } from '../aws/ec2-reads.ts';
import { ec2Tags, made, ownedBy, tagsOf } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { ageInSeconds, secondsToLook } from './age.ts';
import { compare } from './differences.ts';
import { creating, ec2Arns, onOwned, tagging } from './grants.ts';
import { type Found, type Resource, ref } from './resource.ts';
import { subnetsBy } from './subnet.ts';

export interface NatGatewaySpec {
  readonly subnet: string;
  /** Allocation id of its Elastic IP. */
  readonly address: string;
  readonly connectivity: 'public';
}

export interface NatGatewayFound extends Found {
  readonly subnet: string;
  /** Not known before EC2 has associated it. */
  readonly address?: string;
  readonly connectivity: string;
  readonly state: string;
  readonly failure?: string;
  readonly ageSeconds: number;
}

export const natGateway: Resource<NatGatewaySpec, NatGatewayFound> = {
  kind: 'nat-gateway',
  permissions: {
    read: ['ec2:DescribeNatGateways', 'ec2:DescribeSubnets'],
    write: [
      creating(['ec2:CreateNatGateway'], ec2Arns('natgateway')),
      onOwned(['ec2:CreateNatGateway'], ec2Arns('elastic-ip', 'subnet', 'vpc')),
      ...tagging('ec2', 'CreateNatGateway', ec2Arns('natgateway')),
      onOwned(['ec2:DeleteNatGateway'], ec2Arns('natgateway')),
      'tag:TagResources',
    ],
  },
  remadeWhenFailed: true,
  lingers: true,
  goneAfterSeconds: typicalSeconds('natDeleted'),
  quota: {
    name: 'NAT gateways per Availability Zone',
    service: 'vpc',
    code: 'L-FE5A380F',
    scope: 'zone',
    async used(cloud, zone) {
      const subnets = await everybodys(cloud, 'subnet', subnetsBy(cloud));
      const inZone = new Set(
        subnets.filter(({ AvailabilityZone }) => AvailabilityZone === zone).map(({ SubnetId }) => SubnetId),
      );
      const gateways = await everybodys(cloud, 'nat-gateway', gatewaysBy(cloud));
      return gateways.filter(
        ({ SubnetId, State }) => inZone.has(SubnetId) && (State === 'pending' || State === 'available'),
      ).length;
    },
  },

  specs: ({ network }) =>
    network.zones.map(({ letter }) => ({
      key: letter,
      spec: {
        subnet: ref('subnet', `public-${letter}`),
        address: ref('elastic-ip', letter),
        connectivity: 'public',
      },
    })),

  async list(cloud) {
    const seen = await atLeastOurs(cloud, 'nat-gateway', gatewaysBy(cloud));
    return seen.flatMap((each) => toFound(cloud.scope, each));
  },

  readiness(found) {
    if (found.state === 'available') return { state: 'ready' };
    if (found.state === 'failed')
      return { state: 'failed', reason: `the NAT gateway failed: ${found.failure ?? 'EC2 gives no reason'}` };
    return {
      state: 'pending',
      reason: `the NAT gateway is ${found.state}`,
      nextCheckSeconds: secondsToLook(takes('natAvailable'), found.ageSeconds),
    };
  },

  diff: (spec, found) => [
    ...compare('subnet', found.subnet, spec.subnet, 'replace'),
    ...(found.address === undefined ? [] : compare('address', found.address, spec.address, 'replace')),
    ...compare('connectivity', found.connectivity, spec.connectivity, 'replace'),
  ],

  async create(cloud, { key, spec }, token) {
    const answer = await cloud.client(EC2Client).send(
      new CreateNatGatewayCommand({
        SubnetId: spec.subnet,
        AllocationId: spec.address,
        ConnectivityType: spec.connectivity,
        ClientToken: token,
        TagSpecifications: ec2Tags(cloud.scope, 'nat-gateway', key, 'natgateway'),
      }),
    );
    return made(toFound(cloud.scope, answer.NatGateway ?? {}), 'CreateNatGateway');
  },

  // Nothing of a NAT gateway can be changed in place.
  async update() {},

  arn: ({ id }, scope) => arnOf(scope, 'ec2', `natgateway/${id}`),

  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(EC2Client).send(new DeleteNatGatewayCommand({ NatGatewayId: found.id })));
  },

  output: (found) => ({ id: found.id }),

  headlines: ({ id }) => ({ 'NAT gateways': id }),
};

const gatewaysBy = (cloud: Cloud) => (Filter: Filter[] | undefined) =>
  allPages(
    paginateDescribeNatGateways({ client: cloud.client(EC2Client) }, { Filter }),
    ({ NatGateways }) => NatGateways,
  );

/** EC2 lists a deleted gateway for about an hour: that one is gone. */
export function toFound(scope: Scope, seen: NatGateway): NatGatewayFound[] {
  const owned = ownedBy(scope, 'nat-gateway', tagsOf(seen.Tags));
  if (owned === undefined || seen.NatGatewayId === undefined) return [];
  if (seen.State === 'deleted' || seen.State === 'deleting') return [];
  const address = seen.NatGatewayAddresses?.find(({ AllocationId }) => AllocationId !== undefined)?.AllocationId;
  const failure = [seen.FailureCode, seen.FailureMessage].filter((part) => part !== undefined).join(': ');
  return [
    {
      ...owned,
      id: seen.NatGatewayId,
      subnet: seen.SubnetId ?? '',
      connectivity: seen.ConnectivityType ?? 'public',
      state: seen.State ?? 'pending',
      ageSeconds: ageInSeconds(seen.CreateTime),
      ...(address === undefined ? {} : { address }),
      ...(failure === '' ? {} : { failure }),
    },
  ];
}
