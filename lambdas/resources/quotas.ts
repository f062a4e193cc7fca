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
import { allResources } from './all.ts';
import type { Quota } from './resource.ts';

/** IAM actions of this file; the kinds declare what they count by. */
export const quotaPermissions = ['servicequotas:GetServiceQuota', 'servicequotas:GetAWSDefaultServiceQuota'] as const;

/** Where Service Quotas knows what all regions of an account share, such as S3's buckets. */
export const accountRegion = 'us-east-1';

/** Something that is to be created. */
type Creation = Pick<PlannedChange, 'kind' | 'key'>;

/** Quotas that are asked for, with the keys of what is to be created; kinds of which nothing is created have no part. */
function demands(
  creations: readonly Creation[],
  scopes: readonly Quota['scope'][],
): readonly { readonly quota: Quota; readonly keys: readonly string[] }[] {
  return kinds.flatMap((kind) => {
    const { quota } = allResources[kind];
    if (quota === undefined || !scopes.includes(quota.scope)) return [];
    const keys = creations.filter((each) => each.kind === kind).map(({ key }) => key);
    return keys.length === 0 ? [] : [{ quota, keys }];
  });
}

/** Where a region or one of its zones has no room for what is to be created there, with the numbers. */
export async function regionQuotaProblems(
  cloud: Cloud,
  config: RegionConfig,
  creations: readonly Creation[],
): Promise<readonly string[]> {
  const problems = await Promise.all(
    demands(creations, ['region', 'zone']).map(async ({ quota, keys }) => {
      const each = quota.each?.(config) ?? 1;
      if (quota.scope !== 'zone') return shortage(cloud, quota, config.region, keys.length * each);
      const zones = config.network.zones.filter(({ letter }) => keys.includes(letter));
      return (await Promise.all(zones.map(({ name }) => shortage(cloud, quota, name, each)))).flat();
    }),
  );
  return problems.flat();
}

/**
 * The same for quotas that all regions of the account share.
 * @param cloud in `accountRegion`
 */
export async function accountQuotaProblems(cloud: Cloud, creations: readonly Creation[]): Promise<readonly string[]> {
  const problems = await Promise.all(
    demands(creations, ['account']).map(({ quota, keys }) => shortage(cloud, quota, 'the account', keys.length)),
  );
  return problems.flat();
}

/** @param where zone, region or account: what the quota counts in */
async function shortage(cloud: Cloud, quota: Quota, where: string, wanted: number): Promise<readonly string[]> {
  const used = await quota.used(cloud, where);
  if (wanted <= (quota.atLeast ?? 0) - used) return [];
  const limit = await limitOf(cloud, quota);
  if (wanted <= limit - used) return [];
  return [`${where}: ${quota.name} (${quota.code}): ${used} in use, ${wanted} more wanted, ${limit} allowed`];
}

/**
 * What the account is allowed; without limit where the service has no such quota in the region. Service Quotas knows a
 * quota of the account only once a value was applied to it, and says NoSuchResourceException before.
 */
async function limitOf(cloud: Cloud, { service, code, limit }: Quota): Promise<number> {
  if (limit !== undefined) return limit(cloud);
  const client = cloud.client(ServiceQuotasClient);
  const query = { ServiceCode: service, QuotaCode: code };
  const read = async () =>
    (await ignoreNotFound(client.send(new GetServiceQuotaCommand(query)))) ??
    (await ignoreNotFound(client.send(new GetAWSDefaultServiceQuotaCommand(query))));
  // Zones count apart and share their limit.
  const answer = await (cloud.snapshot?.once(`quota ${code}`, read) ?? read());
  return answer?.Quota?.Value ?? Number.POSITIVE_INFINITY;
}
