import {
  DescribeAddressesCommand,
  DescribeFlowLogsCommand,
  DescribeInternetGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2';
import { type Call, type Handlers, type Interceptor, ServiceError, text, texts, withBody } from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { quotaValue } from '../quotas.ts';
import { escapeXml } from '../xml.ts';
import { checked, routeTable, securityGroup } from './checks.ts';
import { blockOf, contains, overlaps } from './cidr.ts';
import type { NatGateways } from './nat-gateways.ts';
import { listedRules, requestedRules } from './permissions.ts';
import { zonesOf } from './zones.ts';

/** Refusals of AWS that ministack lets pass (EC2 API reference, "Error codes"). */
export function conflicts(emulator: Emulator, nats: NatGateways) {
  /** A NAT gateway that is still pending is no target yet: EC2 says it does not exist. */
  function assertNatUsable(call: Call): void {
    const id = text(call.parameters, 'NatGatewayId');
    if (id !== undefined && !nats.isAvailable(id)) {
      throw new ServiceError('InvalidNatGatewayID.NotFound', `The natGateway ID '${id}' does not exist`);
    }
  }

  const rulesOf = async (call: Call, egress: boolean): Promise<string[]> => {
    const { found } = await securityGroup(emulator, call, text(call.parameters, 'GroupId'));
    return listedRules((egress ? found?.IpPermissionsEgress : found?.IpPermissions) ?? []);
  };
  const authorize = (egress: boolean): Interceptor =>
    checked(async (call) => {
      const present = new Set(await rulesOf(call, egress));
      for (const rule of requestedRules(call.parameters)) {
        if (present.has(rule)) {
          throw new ServiceError(
            'InvalidPermission.Duplicate',
            `the specified rule "peer: ${rule}, ALLOW" already exists`,
          );
        }
        present.add(rule);
      }
    });
  const revoke = (egress: boolean): Interceptor =>
    checked(async (call) => {
      const present = new Set(await rulesOf(call, egress));
      for (const rule of requestedRules(call.parameters)) {
        if (!present.has(rule)) {
          throw new ServiceError(
            'InvalidPermission.NotFound',
            'The specified rule does not exist in this security group.',
          );
        }
      }
    });

  return {
    'ec2:CreateVpc': checked(async (call) => {
      const cidr = text(call.parameters, 'CidrBlock') ?? '';
      const block = blockOf(cidr);
      if (block === undefined) {
        throw new ServiceError(
          'InvalidParameterValue',
          `Value (${cidr}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
        );
      }
      if (block.prefix < 16 || block.prefix > 28) {
        throw new ServiceError('InvalidVpc.Range', `The CIDR '${cidr}' is invalid.`);
      }
      const { Vpcs: vpcs = [] } = await emulator.ec2(call.region).send(new DescribeVpcsCommand({}));
      if (vpcs.length >= quotaValue('L-F678F1CE')) {
        throw new ServiceError('VpcLimitExceeded', 'The maximum number of VPCs has been reached.');
      }
    }),

    'ec2:AllocateAddress': checked(async (call) => {
      const { Addresses: addresses = [] } = await emulator.ec2(call.region).send(new DescribeAddressesCommand({}));
      if (addresses.length >= quotaValue('L-0263D0A3')) {
        throw new ServiceError('AddressLimitExceeded', 'The maximum number of addresses has been reached.');
      }
    }),

    'ec2:CreateSubnet': checked(async (call) => {
      const cidr = text(call.parameters, 'CidrBlock') ?? '';
      const vpcId = text(call.parameters, 'VpcId');
      const zone = text(call.parameters, 'AvailabilityZone');
      if (zone !== undefined && !zonesOf(call.region).includes(zone)) {
        throw new ServiceError(
          'InvalidParameterValue',
          `Value (${zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zonesOf(call.region).join(', ')}.`,
        );
      }
      const client = emulator.ec2(call.region);
      const { Vpcs: vpcs = [] } = await client.send(new DescribeVpcsCommand({}));
      const vpc = vpcs.find((candidate) => candidate.VpcId === vpcId);
      if (vpc === undefined) throw new ServiceError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
      const block = blockOf(cidr);
      const ranges = (vpc.CidrBlockAssociationSet ?? []).flatMap((entry) => blockOf(entry.CidrBlock ?? '') ?? []);
      if (
        block === undefined ||
        block.prefix < 16 ||
        block.prefix > 28 ||
        !ranges.some((range) => contains(range, block))
      ) {
        throw new ServiceError('InvalidSubnet.Range', `The CIDR '${cidr}' is invalid.`);
      }
      const { Subnets: subnets = [] } = await client.send(new DescribeSubnetsCommand({}));
      const taken = subnets
        .filter((subnet) => subnet.VpcId === vpcId)
        .flatMap((subnet) => blockOf(subnet.CidrBlock ?? '') ?? []);
      if (taken.some((other) => overlaps(other, block))) {
        throw new ServiceError('InvalidSubnet.Conflict', `The CIDR '${cidr}' conflicts with another subnet`);
      }
    }),

    'ec2:AttachInternetGateway': checked(async (call) => {
      const vpcId = text(call.parameters, 'VpcId');
      const id = text(call.parameters, 'InternetGatewayId');
      const { InternetGateways: gateways = [] } = await emulator
        .ec2(call.region)
        .send(new DescribeInternetGatewaysCommand({}));
      const attached = gateways.find((gateway) =>
        (gateway.Attachments ?? []).some((attachment) => attachment.VpcId === vpcId),
      );
      // The same gateway again is ministack's own Resource.AlreadyAssociated.
      if (attached !== undefined && attached.InternetGatewayId !== id) {
        throw new ServiceError('InvalidParameterValue', `Network ${vpcId} already has an internet gateway attached`);
      }
    }),

    'ec2:CreateRoute': checked(async (call) => {
      assertNatUsable(call);
      const destination = text(call.parameters, 'DestinationCidrBlock');
      const routes = (await routeTable(emulator, call))?.Routes ?? [];
      if (destination !== undefined && routes.some((route) => route.DestinationCidrBlock === destination)) {
        throw new ServiceError('RouteAlreadyExists', `The route identified by ${destination} already exists.`);
      }
    }),
    'ec2:ReplaceRoute': checked(async (call) => assertNatUsable(call)),

    'ec2:AssociateRouteTable': checked(async (call) => {
      const subnetId = text(call.parameters, 'SubnetId');
      const { RouteTables: tables = [] } = await emulator.ec2(call.region).send(new DescribeRouteTablesCommand({}));
      const associated = tables.some((table) =>
        (table.Associations ?? []).some((entry) => entry.SubnetId === subnetId),
      );
      if (subnetId !== undefined && associated) {
        throw new ServiceError(
          'Resource.AlreadyAssociated',
          `the specified association for route table ${text(call.parameters, 'RouteTableId')} conflicts with an existing association`,
        );
      }
    }),

    'ec2:AuthorizeSecurityGroupIngress': authorize(false),
    'ec2:AuthorizeSecurityGroupEgress': authorize(true),
    'ec2:RevokeSecurityGroupIngress': revoke(false),
    'ec2:RevokeSecurityGroupEgress': revoke(true),

    'ec2:CreateFlowLogs': async (call, next) => {
      const { FlowLogs: logs = [] } = await emulator.ec2(call.region).send(new DescribeFlowLogsCommand({}));
      const resources = texts(call.parameters, 'ResourceId');
      const destination = text(call.parameters, 'LogGroupName') ?? text(call.parameters, 'LogDestination');
      const taken = resources.filter((resource) =>
        logs.some(
          (log) =>
            log.ResourceId === resource &&
            log.TrafficType === text(call.parameters, 'TrafficType') &&
            (log.LogGroupName ?? log.LogDestination) === destination,
        ),
      );
      if (taken.length === 0) return next(call);
      const items = taken.map(
        (resource) =>
          `<item><resourceId>${escapeXml(resource)}</resourceId><error><code>FlowLogAlreadyExists</code><message>There is an existing Flow Log with the same configuration and log destination.</message></error></item>`,
      );
      return withBody(
        { status: 200, headers: { 'content-type': 'text/xml' }, body: Buffer.alloc(0) },
        `<CreateFlowLogsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><flowLogIdSet/><unsuccessful>${items.join('')}</unsuccessful></CreateFlowLogsResponse>`,
      );
    },
  } satisfies Handlers;
}
