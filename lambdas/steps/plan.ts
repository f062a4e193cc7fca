import type { Planned, PlannedChange, PlanSummary, Validated } from '../../workflow/documents.ts';
import { snapshots } from '../aws/snapshot.ts';
import { impossible, orphans, planRegion, summarisePlan } from '../engine/plan.ts';
import { ConflictError, QuotaError, UnsupportedChangeError } from '../errors.ts';
import { environment } from '../middleware/environment.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { holdingLock, progress, published } from '../middleware/progress.ts';
import { allResources } from '../resources/all.ts';
import { accountQuotaProblems, accountRegion, regionQuotaProblems } from '../resources/quotas.ts';
import { approvalOf } from '../store/approved.ts';
import { noteDigest } from '../store/asked.ts';
import { approveAsked } from '../store/deployments.ts';
import { type Keeper, keepConfig } from '../store/kept.ts';
import { writePlan } from '../store/plans.ts';
import { inReach } from './in-reach.ts';

/**
 * Reads only: what the run will do, in every region. Whatever stands in its way is named at once.
 * @throws {ConflictError} when something that is not ours has a name that is to be given
 * @throws {UnsupportedChangeError} when something that production depends on would have to be replaced
 * @throws {QuotaError} when a quota leaves no room for it
 */
export const handler = handlerOf(async (document: Validated & { readonly attempt?: number }): Promise<Planned> => {
  const where = home();
  const { deployment, execution, mode, approval } = document;
  const cloudIn = snapshots();
  const { seen: regions, unreachable } = await inReach(document.regions, document.attempt ?? 0, async (config) => {
    const cloud = cloudIn(config);
    const regionPlan = await planRegion(cloud, config, allResources);
    return { config, regionPlan, noRoom: await regionQuotaProblems(cloud, config, creations(regionPlan.changes)) };
  });
  const plans = regions.map(({ regionPlan }) => regionPlan);
  const changes = plans.flatMap((each) => each.changes);
  const [first] = regions;
  refuse({
    taken: plans.flatMap(({ conflicts }) => conflicts),
    fixed: impossible(changes, allResources),
    noRoom: [
      ...regions.flatMap(({ noRoom }) => noRoom),
      ...(first === undefined
        ? []
        : await accountQuotaProblems(cloudIn({ ...first.config, region: accountRegion }), creations(changes))),
    ],
  });
  const plan: PlanSummary = {
    ...summarisePlan(plans, mode === 'reconcile' && approval.safeRepairs),
    document: await writePlan(
      where.home,
      environment('PLANS_BUCKET'),
      { deployment, execution: execution.name },
      { changes, regions: document.regions },
    ),
  };
  if (mode === 'provision') await noteDigest(where.table, deployment, execution.arn, plan.digest);
  const decision = plan.hasChanges ? await approvalOf(where.table, deployment, plan.digest, new Date()) : undefined;
  // A plan that asks nobody needs no answer, and an approved one has it.
  if (mode === 'provision' && (decision !== undefined || !plan.hasChanges || !(plan.askFirst || plan.production)))
    await approveAsked(where.table, deployment, execution.arn);
  return {
    plan,
    orphans: orphans(plans),
    ...(plan.hasChanges
      ? { unseen: regions.map(({ config, regionPlan }) => ({ region: config.region, kinds: regionPlan.unseen })) }
      : {}),
    ...(unreachable.length === 0
      ? {}
      : {
          regions: regions.map(({ config }) => config),
          unreachable: [...(document.unreachable ?? []), ...unreachable],
        }),
    ...(plan.hasChanges || mode === 'plan'
      ? {}
      : {
          provisioned: regions.map(({ config, regionPlan: { outputs } }) => ({
            region: config.region,
            config,
            outputs,
          })),
        }),
    ...(decision === undefined ? {} : { decision }),
  };
}).use(
  progress<Planned, Validated>(
    home,
    'plan',
    ({ plan }, { mode }) => ({
      // A run that finds nothing to do ends next, and says so.
      ...(plan.hasChanges || mode === 'plan' ? {} : { quiet: true }),
      detail: plan.hasChanges
        ? `${Object.entries(plan.counts)
            .filter(([, count]) => count > 0)
            .map(([action, count]) => `${count} ${action}`)
            .join(', ')}; digest ${plan.digest.slice(0, 12)}`
        : `no changes: ${plan.counts.unchanged} resources match`,
    }),
    {
      enter: (where, document, started) =>
        (document.mode === 'plan' ? published : holdingLock)(where, document, started),
      handOn: references,
    },
  ),
);

function references(planned: Planned, keep: Keeper['keep']): Planned {
  return {
    ...planned,
    orphans: planned.orphans.map(({ region, only }) => ({ region, only: keep(only) })),
    ...(planned.unseen && { unseen: planned.unseen.map(({ region, kinds }) => ({ region, kinds: keep(kinds) })) }),
    ...(planned.regions && { regions: planned.regions.map((each) => keepConfig(keep, each)) }),
    ...(planned.provisioned && {
      provisioned: planned.provisioned.map((each) =>
        'error' in each ? each : { ...each, config: keepConfig(keep, each.config), outputs: keep(each.outputs) },
      ),
    }),
  };
}

const creations = (changes: readonly PlannedChange[]): readonly PlannedChange[] =>
  changes.filter(({ action }) => action === 'create');

/** Ends a run that can't do what is asked for. The error's class is that of the problem that most needs a person. */
function refuse({ taken, fixed, noRoom }: Readonly<Record<'taken' | 'fixed' | 'noRoom', readonly string[]>>): void {
  const raise = 'raise the quota in the Service Quotas console, or remove what is not needed, and start again';
  const text = ['nothing was changed:', ...taken, ...fixed, ...noRoom, ...(noRoom.length > 0 ? [raise] : [])].join(
    '\n',
  );
  if (taken.length > 0) throw new ConflictError(text);
  if (fixed.length > 0) throw new UnsupportedChangeError(text);
  if (noRoom.length > 0) throw new QuotaError(text);
}
