import {
  DescribeAddressesCommand,
  EC2Client,
  paginateDescribeNatGateways,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import { GetServiceQuotaCommand, ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import type { RegionConfig } from '../../workflow/config.ts';
import type { PlannedChange } from '../../workflow/documents.ts';
import type { Kind } from '../../workflow/stages.ts';
import type { Cloud } from '../aws/cloud.ts';
import { QuotaError } from '../errors.ts';

/** IAM actions of this file. */
export const quotaPermissions = [
  'ec2:DescribeVpcs',
  'ec2:DescribeAddresses',
  'ec2:DescribeNatGateways',
  'servicequotas:GetServiceQuota',
] as const;

interface Quota {
  readonly kind: Kind;
  readonly name: string;
  readonly service: string;
  readonly code: string;
  /** How much of it is in use in the region, by anybody: a leaked address counts. */
  readonly used: (ec2: EC2Client) => Promise<number>;
  /** NAT gateways are limited per zone. */
  readonly perZone?: true;
}

/** Codes: Service Quotas console. Default of each is 5. */
const quotas: readonly Quota[] = [
  {
    kind: 'vpc',
    name: 'VPCs per Region',
    service: 'vpc',
    code: 'L-F678F1CE',
    used: async (ec2) => count(paginateDescribeVpcs({ client: ec2 }, {}), ({ Vpcs }) => Vpcs),
  },
  {
    kind: 'elastic-ip',
    name: 'EC2-VPC Elastic IPs',
    service: 'ec2',
    code: 'L-0263D0A3',
    used: async (ec2) => (await ec2.send(new DescribeAddressesCommand({}))).Addresses?.length ?? 0,
  },
  {
    kind: 'nat-gateway',
    name: 'NAT gateways per Availability Zone',
    service: 'vpc',
    code: 'L-FE5A380F',
    used: async (ec2) =>
      count(
        paginateDescribeNatGateways({ client: ec2 }, { Filter: [{ Name: 'state', Values: ['pending', 'available'] }] }),
        ({ NatGateways }) => NatGateways,
      ),
    perZone: true,
  },
];

/**
 * Looks whether the region has room for what the plan creates, before anything is made.
 * @throws {QuotaError} with the numbers, and what to raise
 */
export async function checkQuotas(
  cloud: Cloud,
  config: RegionConfig,
  changes: readonly PlannedChange[],
): Promise<void> {
  const problems: string[] = [];
  for (const { kind, name, service, code, used, perZone } of quotas) {
    const wanted = changes.filter((change) => change.kind === kind && change.action === 'create').length;
    if (wanted === 0) continue;
    const [inUse, limit] = await Promise.all([
      used(cloud.client(EC2Client)),
      cloud
        .client(ServiceQuotasClient)
        .send(new GetServiceQuotaCommand({ ServiceCode: service, QuotaCode: code }))
        .then(({ Quota }) => Quota?.Value ?? Number.POSITIVE_INFINITY),
    ]);
    // Conservative: as if all NAT gateways of the region stood in the zones that the deployment uses, evenly.
    const room = (perZone ? limit * config.network.zones.length : limit) - inUse;
    if (wanted > room) {
      problems.push(
        `${name} (${code}): ${inUse} in use, ${wanted} more wanted, ${limit} allowed${perZone ? ' per zone' : ''}`,
      );
    }
  }
  if (problems.length > 0) {
    throw new QuotaError(
      `${config.region} has no room, nothing was changed: ${problems.join('; ')}; raise the quota in the Service Quotas console, or remove what is not needed, and start again`,
    );
  }
}

async function count<Page>(pages: AsyncIterable<Page>, items: (page: Page) => unknown[] | undefined): Promise<number> {
  let sum = 0;
  for await (const page of pages) sum += items(page)?.length ?? 0;
  return sum;
}
