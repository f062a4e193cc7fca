import {
  AssociateRouteTableCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DisassociateRouteTableCommand,
  EC2Client,
  paginateDescribeRouteTables,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
  type Route,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../workflow/names.ts';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud, Scope } from '../aws/cloud.ts';
import { ec2TagFilters, ec2Tags, made, ownedBy, tagsOf } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { together } from '../aws/together.ts';
import { compare, compareByName, sorted } from './differences.ts';
import { creating, ec2Arns, onOwned, tagging } from './grants.ts';
import { type Found, type Resource, readyAtOnce, ref } from './resource.ts';

export const everywhere = '0.0.0.0/0';

/** The one table of all public subnets. */
const publicKey = 'public';

/** A private table's way out belongs to the kind `nat-route`: EC2 refuses a route to a NAT gateway that is pending. */
export const isPrivateTable = (key: string): boolean => key !== publicKey;

export interface RouteTableSpec {
  readonly vpc: string;
  /**
   * Target by destination. Routes to other networks (peering, transit gateways, VPNs) and to gateway endpoints are laid by
   * whoever connects them and are left alone; any other way out, as to another internet gateway, is not.
   */
  readonly routes: Readonly<Record<string, string>>;
  readonly subnets: readonly string[];
}

export interface RouteTableFound extends Found {
  readonly vpc: string;
  readonly routes: Readonly<Record<string, string>>;
  /** Id of the association by subnet. */
  readonly associations: Readonly<Record<string, string>>;
}

export const routeTable: Resource<RouteTableSpec, RouteTableFound> = {
  kind: 'route-table',
  permissions: {
    read: ['ec2:DescribeRouteTables'],
    write: [
      creating(['ec2:CreateRouteTable'], ec2Arns('route-table')),
      onOwned(['ec2:CreateRouteTable'], ec2Arns('vpc')),
      ...tagging('ec2', 'CreateRouteTable', ec2Arns('route-table')),
      onOwned(
        ['ec2:CreateRoute', 'ec2:ReplaceRoute', 'ec2:DeleteRoute', 'ec2:DeleteRouteTable'],
        ec2Arns('route-table'),
      ),
      onOwned(
        ['ec2:AssociateRouteTable', 'ec2:ReplaceRouteTableAssociation', 'ec2:DisassociateRouteTable'],
        ec2Arns('route-table', 'subnet'),
      ),
      'tag:TagResources',
    ],
  },
  lingers: true,

  specs: ({ network }) => [
    {
      key: publicKey,
      spec: {
        vpc: ref('vpc', 'main'),
        routes: { [everywhere]: ref('internet-gateway', 'main') },
        subnets: network.zones.map(({ letter }) => ref('subnet', `public-${letter}`)),
      },
    },
    ...network.zones.map(({ letter }) => ({
      key: `private-${letter}`,
      spec: { vpc: ref('vpc', 'main'), routes: {}, subnets: [ref('subnet', `private-${letter}`)] },
    })),
  ],

  async list(cloud) {
    return (await ownedTables(cloud)).flatMap((seen) => toFound(cloud.scope, seen));
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('vpc', found.vpc, spec.vpc, 'replace'),
    ...compareByName((destination) => `routes[${destination}]`, found.routes, spec.routes),
    ...compare('subnets', sorted(Object.keys(found.associations)), sorted(spec.subnets)),
  ],

  async create(cloud, { key, spec }, token) {
    const answer = await cloud.client(EC2Client).send(
      new CreateRouteTableCommand({
        VpcId: spec.vpc,
        ClientToken: token,
        TagSpecifications: ec2Tags(cloud.scope, 'route-table', key, 'route-table'),
      }),
    );
    return made(toFound(cloud.scope, answer.RouteTable ?? {}), 'CreateRouteTable');
  },

  async update(cloud, { spec }, found) {
    await together([syncRoutes(cloud, spec, found), ...syncSubnets(cloud, spec, found)]);
  },

  arn: ({ id }, scope) => arnOf(scope, 'ec2', `route-table/${id}`),

  async delete(cloud, found) {
    await together(Object.values(found.associations).map((association) => disassociate(cloud, association)));
    await ignoreNotFound(cloud.client(EC2Client).send(new DeleteRouteTableCommand({ RouteTableId: found.id })));
  },

  output: (found) => ({ id: found.id }),
};

/** Read once in a snapshot: the routes to the NAT gateways are a kind of their own. */
export function ownedTables(cloud: Cloud): Promise<readonly RouteTable[]> {
  const read = () => describe(cloud, ec2TagFilters(cloud.scope, 'route-table'));
  return cloud.snapshot === undefined ? read() : cloud.snapshot.once('route-tables', read);
}

export function toFound(scope: Scope, seen: RouteTable): RouteTableFound[] {
  const owned = ownedBy(scope, 'route-table', tagsOf(seen.Tags));
  if (owned === undefined || seen.RouteTableId === undefined) return [];
  const routes = (seen.Routes ?? [])
    .filter(isOrdinary)
    .map((route) => [destinationOf(route), targetOf(route)] as const);
  return [
    {
      ...owned,
      id: seen.RouteTableId,
      vpc: seen.VpcId ?? '',
      routes: Object.fromEntries(
        routes.filter(([destination]) => destination !== everywhere || !isPrivateTable(owned.key)),
      ),
      associations: Object.fromEntries(
        (seen.Associations ?? [])
          .filter(({ AssociationState }) => !/^disassociat/.test(AssociationState?.State ?? ''))
          .flatMap(({ SubnetId, RouteTableAssociationId }) =>
            SubnetId === undefined || RouteTableAssociationId === undefined
              ? []
              : [[SubnetId, RouteTableAssociationId]],
          ),
      ),
    },
  ];
}

/** Where a route leads; a target that is gone counts as none, so that it shows. */
export const targetOf = (route: Route): string =>
  route.State === 'blackhole'
    ? 'blackhole'
    : (route.NatGatewayId ??
      route.GatewayId ??
      route.TransitGatewayId ??
      route.VpcPeeringConnectionId ??
      route.NetworkInterfaceId ??
      route.InstanceId ??
      route.EgressOnlyInternetGatewayId ??
      'unknown');

const destinationOf = (route: Route): string => route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock ?? '';

/** Not the VPC's own route, not a gateway endpoint's (by prefix list), not one that leads to somebody's other network. */
const isOrdinary = (route: Route): boolean =>
  destinationOf(route) !== '' &&
  route.GatewayId !== 'local' &&
  !route.GatewayId?.startsWith('vpce-') &&
  route.Origin !== 'EnableVgwRoutePropagation' &&
  !leadsToOtherNetwork(route);

/** The default route is ours, wherever it leads. */
const leadsToOtherNetwork = (route: Route): boolean =>
  ![everywhere, '::/0'].includes(destinationOf(route)) &&
  (route.GatewayId?.startsWith('vgw-') === true ||
    [
      route.VpcPeeringConnectionId,
      route.TransitGatewayId,
      route.LocalGatewayId,
      route.CarrierGatewayId,
      route.CoreNetworkArn,
    ].some((target) => target !== undefined));

async function syncRoutes(cloud: Cloud, spec: RouteTableSpec, found: RouteTableFound): Promise<void> {
  const ec2 = cloud.client(EC2Client);
  for (const [destination, target] of Object.entries(spec.routes)) {
    if (found.routes[destination] === target) continue;
    const route = { RouteTableId: found.id, DestinationCidrBlock: destination, GatewayId: target };
    if (found.routes[destination] === undefined) await ec2.send(new CreateRouteCommand(route));
    else await ec2.send(new ReplaceRouteCommand(route));
  }
  for (const destination of Object.keys(found.routes)) {
    if (spec.routes[destination] !== undefined) continue;
    await ignoreNotFound(
      ec2.send(
        new DeleteRouteCommand({
          RouteTableId: found.id,
          ...(destination.includes(':')
            ? { DestinationIpv6CidrBlock: destination }
            : { DestinationCidrBlock: destination }),
        }),
      ),
    );
  }
}

const syncSubnets = (cloud: Cloud, spec: RouteTableSpec, found: RouteTableFound): readonly Promise<void>[] => [
  ...spec.subnets
    .filter((subnet) => found.associations[subnet] === undefined)
    .map((subnet) => associate(cloud, found.id, subnet)),
  ...Object.entries(found.associations)
    .filter(([subnet]) => !spec.subnets.includes(subnet))
    .map(([, association]) => disassociate(cloud, association)),
];

async function associate(cloud: Cloud, table: string, subnet: string): Promise<void> {
  const ec2 = cloud.client(EC2Client);
  try {
    await ec2.send(new AssociateRouteTableCommand({ RouteTableId: table, SubnetId: subnet }));
  } catch (error) {
    const elsewhere =
      errorCode(error) === 'Resource.AlreadyAssociated' ? await associationOf(cloud, subnet) : undefined;
    if (elsewhere === undefined) throw error;
    await ec2.send(new ReplaceRouteTableAssociationCommand({ RouteTableId: table, AssociationId: elsewhere }));
  }
}

/** A subnet has one table: an association with another must be replaced, EC2 refuses a second. */
async function associationOf(cloud: Cloud, subnet: string): Promise<string | undefined> {
  const tables = await describe(cloud, [{ Name: 'association.subnet-id', Values: [subnet] }]);
  const associations = tables.flatMap(({ Associations = [] }) => Associations);
  return associations.find(({ SubnetId }) => SubnetId === subnet)?.RouteTableAssociationId;
}

const describe = (cloud: Cloud, Filters: ReturnType<typeof ec2TagFilters>): Promise<readonly RouteTable[]> =>
  allPages(
    paginateDescribeRouteTables({ client: cloud.client(EC2Client) }, { Filters }),
    ({ RouteTables }) => RouteTables,
  );

async function disassociate(cloud: Cloud, association: string): Promise<void> {
  await ignoreNotFound(cloud.client(EC2Client).send(new DisassociateRouteTableCommand({ AssociationId: association })));
}
