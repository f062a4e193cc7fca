import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  DeleteInternetGatewayCommand,
  DetachInternetGatewayCommand,
  EC2Client,
  type Filter,
  type InternetGateway,
  paginateDescribeInternetGateways,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { atLeastOurs, everybodys } from '../aws/ec2-reads.ts';
import { ec2Tags, made, ownedBy, tagsOf } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { compare } from './differences.ts';
import { creating, ec2Arns, onOwned, tagging } from './grants.ts';
import { type Found, type Resource, readyAtOnce, ref } from './resource.ts';

export interface InternetGatewaySpec {
  readonly vpc: string;
}

export interface InternetGatewayFound extends Found {
  /** The VPC that it is attached to. */
  readonly vpc?: string;
}

export const internetGateway: Resource<InternetGatewaySpec, InternetGatewayFound> = {
  kind: 'internet-gateway',
  permissions: {
    read: ['ec2:DescribeInternetGateways'],
    write: [
      creating(['ec2:CreateInternetGateway'], ec2Arns('internet-gateway')),
      ...tagging('ec2', 'CreateInternetGateway', ec2Arns('internet-gateway')),
      onOwned(['ec2:DeleteInternetGateway'], ec2Arns('internet-gateway')),
      onOwned(['ec2:AttachInternetGateway', 'ec2:DetachInternetGateway'], ec2Arns('internet-gateway', 'vpc')),
      'tag:TagResources',
    ],
  },
  lingers: true,
  quota: {
    name: 'Internet gateways per Region',
    service: 'vpc',
    code: 'L-A4707A72',
    scope: 'region',
    used: async (cloud) => (await everybodys(cloud, 'internet-gateway', gatewaysBy(cloud))).length,
  },

  specs: () => [{ key: 'main', spec: { vpc: ref('vpc', 'main') } }],

  async list(cloud) {
    const seen = await atLeastOurs(cloud, 'internet-gateway', gatewaysBy(cloud));
    return seen.flatMap((each) => toFound(cloud.scope, each));
  },

  readiness: readyAtOnce,

  diff: (spec, found) => compare('vpc', found.vpc, spec.vpc),

  async create(cloud, { key }) {
    const answer = await cloud.client(EC2Client).send(
      new CreateInternetGatewayCommand({
        TagSpecifications: ec2Tags(cloud.scope, 'internet-gateway', key, 'internet-gateway'),
      }),
    );
    return made(toFound(cloud.scope, answer.InternetGateway ?? {}), 'CreateInternetGateway');
  },

  async update(cloud, { spec }, found) {
    await detach(cloud, found);
    await cloud
      .client(EC2Client)
      .send(new AttachInternetGatewayCommand({ InternetGatewayId: found.id, VpcId: spec.vpc }));
  },

  arn: ({ id }, scope) => arnOf(scope, 'ec2', `internet-gateway/${id}`),

  async delete(cloud, found) {
    await detach(cloud, found);
    await ignoreNotFound(
      cloud.client(EC2Client).send(new DeleteInternetGatewayCommand({ InternetGatewayId: found.id })),
    );
  },

  output: (found) => ({ id: found.id }),
};

const gatewaysBy = (cloud: Cloud) => (Filters: Filter[] | undefined) =>
  allPages(
    paginateDescribeInternetGateways({ client: cloud.client(EC2Client) }, { Filters }),
    ({ InternetGateways }) => InternetGateways,
  );

function toFound(scope: Scope, seen: InternetGateway): InternetGatewayFound[] {
  const owned = ownedBy(scope, 'internet-gateway', tagsOf(seen.Tags));
  if (owned === undefined || seen.InternetGatewayId === undefined) return [];
  const vpc = seen.Attachments?.find(({ State }) => State !== 'detached' && State !== 'detaching')?.VpcId;
  return [{ ...owned, id: seen.InternetGatewayId, ...(vpc === undefined ? {} : { vpc }) }];
}

/** EC2 neither deletes nor moves an attached gateway. `Gateway.NotAttached` is done. */
async function detach(cloud: Cloud, { id, vpc }: InternetGatewayFound): Promise<void> {
  if (vpc === undefined) return;
  await ignoreNotFound(
    cloud.client(EC2Client).send(new DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId: vpc })),
  );
}
