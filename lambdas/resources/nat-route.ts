import {
  CreateRouteCommand,
  DeleteRouteCommand,
  EC2Client,
  ReplaceRouteCommand,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Scope } from '../aws/cloud.ts';
import { ownedBy, tagsOf } from '../aws/ownership.ts';
import { compare } from './differences.ts';
import { ec2Arns, onOwned } from './grants.ts';
import { type Found, type Resource, readyAtOnce, ref } from './resource.ts';
import { everywhere, isPrivateTable, ownedTables, targetOf } from './route-table.ts';

export interface NatRouteSpec {
  readonly routeTable: string;
  readonly natGateway: string;
}

export interface NatRouteFound extends Found {
  readonly routeTable: string;
  /** Where the route leads: a NAT gateway, `blackhole` where that is gone, or what somebody else put there. */
  readonly target: string;
}

export const natRoute: Resource<NatRouteSpec, NatRouteFound> = {
  kind: 'nat-route',
  permissions: {
    read: ['ec2:DescribeRouteTables'],
    write: [onOwned(['ec2:CreateRoute', 'ec2:ReplaceRoute', 'ec2:DeleteRoute'], ec2Arns('route-table'))],
  },

  specs: ({ network }) =>
    network.zones.map(({ letter }) => ({
      key: letter,
      spec: { routeTable: ref('route-table', `private-${letter}`), natGateway: ref('nat-gateway', letter) },
    })),

  // The parent is found by its own tags, so that a route is seen as soon as its table is. A default route to anything
  // else counts too: EC2 allows one a table, and a second create would be refused for ever.
  async list(cloud) {
    return (await ownedTables(cloud)).flatMap((seen) => toFound(cloud.scope, seen));
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('routeTable', found.routeTable, spec.routeTable, 'replace'),
    ...compare('natGateway', found.target, spec.natGateway),
  ],

  async create(cloud, { key, spec }) {
    await cloud.client(EC2Client).send(
      new CreateRouteCommand({
        RouteTableId: spec.routeTable,
        DestinationCidrBlock: everywhere,
        NatGatewayId: spec.natGateway,
      }),
    );
    return { key, id: idOf(spec.routeTable), routeTable: spec.routeTable, target: spec.natGateway };
  },

  async update(cloud, { spec }, found) {
    await cloud.client(EC2Client).send(
      new ReplaceRouteCommand({
        RouteTableId: found.routeTable,
        DestinationCidrBlock: everywhere,
        NatGatewayId: spec.natGateway,
      }),
    );
  },

  async delete(cloud, found) {
    await ignoreNotFound(
      cloud
        .client(EC2Client)
        .send(new DeleteRouteCommand({ RouteTableId: found.routeTable, DestinationCidrBlock: everywhere })),
    );
  },

  output: (found) => ({ id: found.id }),
};

const idOf = (routeTable: string): string => `${routeTable}/${everywhere}`;

export function toFound(scope: Scope, seen: RouteTable): NatRouteFound[] {
  const table = ownedBy(scope, 'route-table', tagsOf(seen.Tags));
  if (table === undefined || seen.RouteTableId === undefined || !isPrivateTable(table.key)) return [];
  const route = seen.Routes?.find(({ DestinationCidrBlock }) => DestinationCidrBlock === everywhere);
  if (route === undefined) return [];
  return [
    {
      key: table.key.replace(/^private-/, ''),
      id: idOf(seen.RouteTableId),
      routeTable: seen.RouteTableId,
      target: targetOf(route),
    },
  ];
}
