import { DescribeAddressesCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { type Call, type Interceptor, ServiceError, text } from '../call.ts';
import type { Clock } from '../clock.ts';
import type { Emulator } from '../emulator.ts';
import { quotaValue } from '../quotas.ts';
import { child, content, type Element, editXml, readXml } from '../xml.ts';
import { describing } from './describe.ts';

interface NatGateway {
  readonly id: string;
  readonly region: string;
  readonly subnetId: string;
  readonly allocationId: string | undefined;
  readonly publicIp: string | undefined;
  readonly zone: string | undefined;
  readonly created: number;
  deleted?: number;
  /** Why it will end as failed: for instruments. */
  failure?: string;
}

/** NAT gateways as AWS shows them: slow to come, slow to go, holding their address meanwhile. */
export class NatGateways {
  readonly #known = new Map<string, NatGateway>();
  readonly #emulator: Emulator;
  readonly #clock: Clock;

  constructor(emulator: Emulator, clock: Clock) {
    this.#emulator = emulator;
    this.#clock = clock;
  }

  #stateOf(nat: NatGateway): 'pending' | 'available' | 'failed' | 'deleting' | 'deleted' {
    if (nat.deleted !== undefined)
      return this.#clock.within(nat.deleted, this.#clock.durations.natDeleted) ? 'deleting' : 'deleted';
    if (this.#clock.within(nat.created, this.#clock.durations.natAvailable)) return 'pending';
    return nat.failure === undefined ? 'available' : 'failed';
  }

  #living(region: string): NatGateway[] {
    return [...this.#known.values()].filter((nat) => nat.region === region && this.#stateOf(nat) !== 'deleted');
  }

  /** It will be `failed` when it would have been available; `message` as EC2 words a lack of addresses. */
  fail(id: string, message = 'There are not enough private IP addresses in the subnet'): void {
    const nat = this.#known.get(id);
    if (nat !== undefined) nat.failure = message;
  }

  isAvailable(id: string): boolean {
    const nat = this.#known.get(id);
    return nat === undefined || this.#stateOf(nat) === 'available';
  }

  holding(region: string, allocationId: string): NatGateway | undefined {
    return this.#living(region).find((nat) => nat.allocationId === allocationId && this.#stateOf(nat) !== 'failed');
  }

  inSubnets(region: string, subnetIds: readonly string[]): NatGateway[] {
    return this.#living(region).filter((nat) => subnetIds.includes(nat.subnetId));
  }

  #show(item: Element): void {
    const nat = this.#known.get(content(item, 'natGatewayId') ?? '');
    if (nat === undefined) return;
    item.state = this.#stateOf(nat);
    item.createTime = this.#clock.stretched(nat.created).toISOString();
    if (nat.deleted !== undefined) item.deleteTime = this.#clock.stretched(nat.deleted).toISOString();
    if (item.state === 'failed') {
      item.failureCode = 'InsufficientFreeAddressesInSubnet';
      item.failureMessage = nat.failure;
    }
    if (nat.allocationId !== undefined) item.natGatewayAddressSet = { item: [this.#address(nat)] };
  }

  #address(nat: NatGateway): Element {
    const pending = this.#stateOf(nat) === 'pending';
    return {
      allocationId: nat.allocationId,
      publicIp: pending ? undefined : nat.publicIp,
      networkInterfaceId: interfaceOf(nat.id),
      associationId: associationOf(nat.id),
      isPrimary: 'true',
      status: pending ? 'associating' : 'succeeded',
    };
  }

  readonly create: Interceptor = async (call, next) => {
    const subnetId = text(call.parameters, 'SubnetId') ?? '';
    const allocationId = text(call.parameters, 'AllocationId');
    const client = this.#emulator.ec2(call.region);
    const { Subnets: subnets = [] } = await client.send(new DescribeSubnetsCommand({}));
    const zone = subnets.find((subnet) => subnet.SubnetId === subnetId)?.AvailabilityZone;
    if (zone === undefined)
      throw new ServiceError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
    if (this.#living(call.region).filter((nat) => nat.zone === zone).length >= quotaValue('L-FE5A380F')) {
      throw new ServiceError(
        'NatGatewayLimitExceeded',
        `The maximum number of NAT gateways in ${zone} has been reached`,
      );
    }
    let publicIp: string | undefined;
    if (allocationId !== undefined) {
      const { Addresses: addresses = [] } = await client.send(new DescribeAddressesCommand({}));
      const address = addresses.find((candidate) => candidate.AllocationId === allocationId);
      if (address === undefined) {
        throw new ServiceError('InvalidAllocationID.NotFound', `The allocation ID '${allocationId}' does not exist`);
      }
      if (this.holding(call.region, allocationId) !== undefined) {
        throw new ServiceError(
          'Resource.AlreadyAssociated',
          `Elastic IP address [${allocationId}] is already associated`,
        );
      }
      publicIp = address.PublicIp;
    }
    return editXml(await next(call), (root) => {
      const item = child(root, 'natGateway');
      const id = content(item, 'natGatewayId');
      if (item === undefined || id === undefined) return;
      this.#known.set(id, { id, region: call.region, subnetId, allocationId, publicIp, zone, created: Date.now() });
      this.#show(item);
    });
  };

  readonly delete: Interceptor = async (call, next) => {
    const nat = this.#known.get(text(call.parameters, 'NatGatewayId') ?? '');
    if (nat?.deleted !== undefined) {
      if (this.#stateOf(nat) === 'deleted') {
        throw new ServiceError('NatGatewayNotFound', `The Nat Gateway ${nat.id} was not found`);
      }
    }
    const { reply } = await readXml(await next(call));
    if (nat !== undefined && nat.deleted === undefined && reply.status < 300) nat.deleted = Date.now();
    return reply;
  };

  readonly describe: Interceptor = describing('DescribeNatGateways', async (items) => {
    for (const item of items) this.#show(item);
  });

  readonly describeAddresses: Interceptor = describing('DescribeAddresses', async (items, call: Call) => {
    for (const item of items) {
      const nat = this.holding(call.region, content(item, 'allocationId') ?? '');
      if (nat === undefined || this.#stateOf(nat) === 'pending') continue;
      item.associationId = associationOf(nat.id);
      item.networkInterfaceId = interfaceOf(nat.id);
    }
  });
}

const interfaceOf = (natId: string): string => natId.replace('nat-', 'eni-');
const associationOf = (natId: string): string => natId.replace('nat-', 'eipassoc-');
