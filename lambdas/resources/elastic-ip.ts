import {
  type Address,
  AllocateAddressCommand,
  DescribeAddressesCommand,
  EC2Client,
  type Filter,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { atLeastOurs, everybodys } from '../aws/ec2-reads.ts';
import { ec2Tags, made, ownedBy, ownershipTags, tagsOf, upperTagList } from '../aws/ownership.ts';
import { creating, ec2Arns, onOwned, tagging } from './grants.ts';
import { type Found, type Resource, readyAtOnce } from './resource.ts';

export type ElasticIpSpec = Readonly<Record<never, never>>;

export interface ElasticIpFound extends Found {
  readonly publicIp: string;
}

export const elasticIp: Resource<ElasticIpSpec, ElasticIpFound> = {
  kind: 'elastic-ip',
  permissions: {
    read: ['ec2:DescribeAddresses'],
    write: [
      creating(['ec2:AllocateAddress'], ec2Arns('elastic-ip')),
      ...tagging('ec2', 'AllocateAddress', ec2Arns('elastic-ip')),
      onOwned(['ec2:ReleaseAddress'], ec2Arns('elastic-ip')),
      'tag:TagResources',
    ],
  },
  lingers: true,
  quota: {
    name: 'EC2-VPC Elastic IPs',
    service: 'ec2',
    code: 'L-0263D0A3',
    scope: 'region',
    used: async (cloud) => (await everybodys(cloud, 'elastic-ip', addressesBy(cloud))).length,
  },

  specs: ({ network }) => network.zones.map(({ letter }) => ({ key: letter, spec: {} })),

  async list(cloud) {
    const seen = await atLeastOurs(cloud, 'elastic-ip', addressesBy(cloud));
    return seen.flatMap((each) => toFound(cloud.scope, each));
  },

  readiness: readyAtOnce,

  diff: () => [],

  async create(cloud, { key }) {
    const answer = await cloud.client(EC2Client).send(
      new AllocateAddressCommand({
        Domain: 'vpc',
        TagSpecifications: ec2Tags(cloud.scope, 'elastic-ip', key, 'elastic-ip'),
      }),
    );
    // AllocateAddress does not repeat the tags.
    const Tags = upperTagList(ownershipTags(cloud.scope, 'elastic-ip', key));
    return made(
      toFound(cloud.scope, { AllocationId: answer.AllocationId, PublicIp: answer.PublicIp, Tags }),
      'AllocateAddress',
    );
  },

  async update() {},

  arn: ({ id }, scope) => arnOf(scope, 'ec2', `elastic-ip/${id}`),

  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(EC2Client).send(new ReleaseAddressCommand({ AllocationId: found.id })));
  },

  output: (found) => ({ id: found.id, publicIp: found.publicIp }),
};

/** DescribeAddresses has no pages: it answers with everything at once. */
const addressesBy = (cloud: Cloud) => async (Filters: Filter[] | undefined) =>
  (await cloud.client(EC2Client).send(new DescribeAddressesCommand({ Filters }))).Addresses ?? [];

export function toFound(scope: Scope, seen: Address): ElasticIpFound[] {
  const owned = ownedBy(scope, 'elastic-ip', tagsOf(seen.Tags));
  if (owned === undefined || seen.AllocationId === undefined) return [];
  return [{ ...owned, id: seen.AllocationId, publicIp: seen.PublicIp ?? '' }];
}
