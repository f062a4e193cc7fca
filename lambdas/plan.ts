import type { Decision, PlanSummary } from '../workflow/documents.ts';
import type { RegionResult } from '../workflow/report.ts';
import { cloudIn } from './aws/clients.ts';
import { planRegion, summarisePlan } from './engine/plan.ts';
import { inReach } from './in-reach.ts';
import { handlerOf, home } from './middleware/handler.ts';
import { progress } from './middleware/progress.ts';
import { checkQuotas } from './quotas.ts';
import { allResources } from './resources/all.ts';
import { approvalOf } from './store/approvals.ts';
import { checkFence } from './store/lock.ts';
import { writePlan } from './store/reports.ts';
import type { Validated } from './validate.ts';

interface Planned extends Partial<Pick<Validated, 'regions' | 'unreachable'>> {
  readonly plan: PlanSummary;
  /** What stands, where there is nothing to do. */
  readonly provisioned?: readonly RegionResult[];
  /** Where this very plan is approved already. */
  readonly decision?: Decision;
}

/**
 * Reads only: what the run will do, in every region.
 * @throws {QuotaError} when a quota leaves no room for it
 */
export const handler = handlerOf(async (document: Validated & { readonly attempt?: number }): Promise<Planned> => {
  const { table } = home();
  if (document.mode !== 'plan') await checkFence(table, document);
  const { seen: regions, unreachable } = await inReach(document.regions, document.attempt ?? 0, async (config) => {
    const cloud = cloudIn(config);
    const regionPlan = await planRegion(cloud, config, allResources);
    await checkQuotas(cloud, config, regionPlan.changes);
    return { config, regionPlan };
  });
  const plan = summarisePlan(regions.map(({ regionPlan }) => regionPlan));
  const changes = regions
    .flatMap(({ regionPlan }) => regionPlan.changes)
    .filter(({ action, waiting }) => action !== 'unchanged' || waiting !== undefined);
  await writePlan(table, document.execution.name, { changes, regions: document.regions });
  const decision = await approvalOf(table, document.deployment, plan.digest, new Date());
  return {
    plan,
    ...(unreachable.length === 0
      ? {}
      : {
          regions: regions.map(({ config }) => config),
          unreachable: [...(document.unreachable ?? []), ...unreachable],
        }),
    ...(plan.changes || document.mode === 'plan'
      ? {}
      : {
          provisioned: regions.map(({ config, regionPlan: { upstream } }) => ({
            region: config.region,
            config,
            upstream,
          })),
        }),
    ...(decision === undefined ? {} : { decision }),
  };
}).use(
  progress<Planned>(home, { name: 'plan', title: 'Plan' }, ({ plan }) => ({
    detail: plan.changes
      ? `${Object.entries(plan.counts)
          .filter(([, count]) => count > 0)
          .map(([action, count]) => `${count} ${action}`)
          .join(', ')}; digest ${plan.digest.slice(0, 12)}`
      : `nothing to do: ${plan.counts.unchanged} resources are as they shall be`,
  })),
);
