import { bytes, type Call, type Reply, ServiceError, withBody } from '../call.ts';
import type { Clock } from '../clock.ts';
import { describable } from '../ec2/describe.ts';
import { content, editXml, entries } from '../xml.ts';

/** What identifies an item of a Describe operation's list. */
const idOf: Readonly<Record<string, string>> = {
  DescribeVpcs: 'vpcId',
  DescribeSubnets: 'subnetId',
  DescribeInternetGateways: 'internetGatewayId',
  DescribeRouteTables: 'routeTableId',
  DescribeAddresses: 'allocationId',
  DescribeNatGateways: 'natGatewayId',
  DescribeSecurityGroups: 'groupId',
  DescribeFlowLogs: 'flowLogId',
};

/** EC2's ids of what we make, in requests and replies. */
const id = /\b(?:vpc|subnet|igw|rtb|eipalloc|nat|sg|fl)-[0-9a-f]{8,}\b/g;

/** What EC2 calls an id that it does not know, by the id's first part. */
const notFound: Readonly<Record<string, string>> = {
  vpc: 'InvalidVpcID.NotFound',
  subnet: 'InvalidSubnetID.NotFound',
  igw: 'InvalidInternetGatewayID.NotFound',
  rtb: 'InvalidRouteTableID.NotFound',
  eipalloc: 'InvalidAllocationID.NotFound',
  nat: 'NatGatewayNotFound',
  sg: 'InvalidGroup.NotFound',
  fl: 'InvalidFlowLogId.NotFound',
};

/** EC2's reads, which lag behind its writes: what was made a moment ago is not there yet. */
export class ReadLag {
  readonly #madeAt = new Map<string, number>();
  readonly #clock: Clock;
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async answer(call: Call, seconds: number, next: (call: Call) => Promise<Reply>): Promise<Reply> {
    if (/^(Create|Allocate)/.test(call.action)) return this.#remember(call, await next(call));
    if (!call.action.startsWith('Describe')) return next(call);
    const young = (each: string): boolean => this.#clock.within(this.#madeAt.get(each) ?? 0, seconds);
    // Ids by which the caller asks, not those in filters: a filter that names an unknown id finds nothing.
    for (const asked of Object.entries(call.parameters)
      .filter(([name]) => name !== 'Filter')
      .flatMap(([, value]) => JSON.stringify(value).match(id) ?? [])) {
      if (young(asked)) {
        throw new ServiceError(notFound[asked.split('-')[0] ?? ''] ?? 'NotFound', `The ID '${asked}' does not exist`);
      }
    }
    const [list, name] = [describable[call.action]?.list, idOf[call.action]];
    if (list === undefined || name === undefined) return next(call);
    return editXml(await next(call), (root) => {
      const kept = entries(root, list).filter((item) => !young(content(item, name) ?? ''));
      root[list] = { item: kept };
    });
  }

  /** Every id in the reply to a create that was not in its request. */
  async #remember(call: Call, reply: Reply): Promise<Reply> {
    const body = await bytes(reply);
    if (reply.status < 300) {
      const request = String(call.body);
      for (const made of body.toString('utf8').match(id) ?? [])
        if (!request.includes(made) && !this.#madeAt.has(made)) this.#madeAt.set(made, Date.now());
    }
    return withBody(reply, body);
  }
}
