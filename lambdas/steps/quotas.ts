import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import type { RegionConfig } from '../../workflow/config.ts';
import type { PlannedChange } from '../../workflow/documents.ts';
import { kinds } from '../../workflow/stages.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { QuotaError } from '../errors.ts';
import { allResources } from '../resources/all.ts';
import type { AnyResource, Quota } from '../resources/resource.ts';

/** IAM actions of this file; the kinds declare what they count by. */
export const quotaPermissions = ['servicequotas:GetServiceQuota', 'servicequotas:GetAWSDefaultServiceQuota'] as const;

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
  for (const kind of kinds) {
    const { quota }: AnyResource = allResources[kind];
    if (quota === undefined) continue;
    const { name, code, perZone } = quota;
    const wanted = changes.filter((change) => change.kind === kind && change.action === 'create').length;
    if (wanted === 0) continue;
    const [inUse, limit] = await Promise.all([quota.used(cloud), limitOf(cloud, quota)]);
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

/**
 * What the account is allowed; without limit where the service has no such quota in the region. Service Quotas knows a
 * quota of the account only once a value was applied to it, and says NoSuchResourceException before.
 */
export async function limitOf(cloud: Cloud, { service, code }: Quota): Promise<number> {
  const client = cloud.client(ServiceQuotasClient);
  const query = { ServiceCode: service, QuotaCode: code };
  const answer =
    (await ignoreNotFound(client.send(new GetServiceQuotaCommand(query)))) ??
    (await ignoreNotFound(client.send(new GetAWSDefaultServiceQuotaCommand(query))));
  return answer?.Quota?.Value ?? Number.POSITIVE_INFINITY;
}
