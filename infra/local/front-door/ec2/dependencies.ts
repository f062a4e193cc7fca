import { DescribeInternetGatewaysCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2';
import { type Handlers, ServiceError, text } from '../call.ts';
import type { Emulator } from '../emulator.ts';
import { checked, routeTable, securityGroup } from './checks.ts';
import type { NatGateways } from './nat-gateways.ts';

/** What has network interfaces in a region, beside NAT gateways. */
export interface Occupants {
  /** Subnets and security groups of ECS's tasks. */
  tasksIn(region: string): Promise<{ readonly subnets: readonly string[]; readonly groups: readonly string[] }>;
  /** With those that are deleted, as long as their interfaces are there. */
  loadBalancersIn(region: string): Promise<readonly LoadBalancer[]>;
}

/** What AWS does not delete while something hangs on it, and ministack does (EC2 API reference, "Error codes"). */
export function dependencies(emulator: Emulator, nats: NatGateways, occupants: Occupants) {
  const loadBalancersOn = async (region: string, subnetIds: readonly string[]): Promise<LoadBalancer[]> =>
    (await occupants.loadBalancersIn(region)).filter(({ AvailabilityZones: zones = [] }) =>
      zones.some(({ SubnetId: id = '' }) => subnetIds.includes(id)),
    );

  return {
    'ec2:DetachInternetGateway': checked(async (call) => {
      const vpcId = text(call.parameters, 'VpcId');
      const { Subnets: subnets = [] } = await emulator.ec2(call.region).send(new DescribeSubnetsCommand({}));
      const ids = subnets.filter((subnet) => subnet.VpcId === vpcId).flatMap((subnet) => subnet.SubnetId ?? []);
      const mapped =
        nats.inSubnets(call.region, ids).some((nat) => nat.allocationId !== undefined) ||
        (await loadBalancersOn(call.region, ids)).some(({ Scheme: scheme }) => scheme === 'internet-facing');
      if (mapped) {
        throw new ServiceError(
          'DependencyViolation',
          `Network ${vpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
        );
      }
    }),

    'ec2:DeleteInternetGateway': checked(async (call) => {
      const id = text(call.parameters, 'InternetGatewayId');
      const { InternetGateways: gateways = [] } = await emulator
        .ec2(call.region)
        .send(new DescribeInternetGatewaysCommand({}));
      if (gateways.some((gateway) => gateway.InternetGatewayId === id && (gateway.Attachments ?? []).length > 0)) {
        throw new ServiceError(
          'DependencyViolation',
          `The internetGateway '${id}' has dependencies and cannot be deleted.`,
        );
      }
    }),

    'ec2:DeleteRouteTable': checked(async (call) => {
      const table = await routeTable(emulator, call);
      if ((table?.Associations ?? []).length > 0) {
        throw new ServiceError(
          'DependencyViolation',
          `The routeTable '${table?.RouteTableId}' has dependencies and cannot be deleted.`,
        );
      }
    }),

    'ec2:DeleteSubnet': checked(async (call) => {
      const id = text(call.parameters, 'SubnetId') ?? '';
      const used =
        nats.inSubnets(call.region, [id]).length > 0 ||
        (await loadBalancersOn(call.region, [id])).length > 0 ||
        (await occupants.tasksIn(call.region)).subnets.includes(id);
      if (used)
        throw new ServiceError('DependencyViolation', `The subnet '${id}' has dependencies and cannot be deleted.`);
    }),

    'ec2:DeleteSecurityGroup': checked(async (call) => {
      const id = text(call.parameters, 'GroupId') ?? '';
      const { groups } = await securityGroup(emulator, call, id);
      const referenced = groups.some(
        (other) =>
          other.GroupId !== id &&
          [...(other.IpPermissions ?? []), ...(other.IpPermissionsEgress ?? [])].some((permission) =>
            (permission.UserIdGroupPairs ?? []).some((pair) => pair.GroupId === id),
          ),
      );
      const used =
        referenced ||
        (await occupants.loadBalancersIn(call.region)).some(({ SecurityGroups: own = [] }) => own.includes(id)) ||
        (await occupants.tasksIn(call.region)).groups.includes(id);
      if (used) throw new ServiceError('DependencyViolation', `resource ${id} has a dependent object`);
    }),

    'ec2:ReleaseAddress': checked(async (call) => {
      const id = text(call.parameters, 'AllocationId') ?? '';
      if (nats.holding(call.region, id) !== undefined) {
        throw new ServiceError('InvalidIPAddress.InUse', `The address with allocation id [${id}] is in use.`);
      }
    }),
  } satisfies Handlers;
}
