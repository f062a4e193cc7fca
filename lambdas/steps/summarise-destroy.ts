import { readableError } from '../../workflow/causes.ts';
import type { Decision, DestroyRun, PlanSummary, RegionResult, Removal, Standing } from '../../workflow/documents.ts';
import { knownRegions } from '../../workflow/regions.ts';
import { type Report, reportText, timelineOf } from '../../workflow/report.ts';
import { kinds } from '../../workflow/stages.ts';
import { cloudIn } from '../aws/clients.ts';
import { snapshots } from '../aws/snapshot.ts';
import { taggedIn } from '../aws/tagged.ts';
import { type Inventory, inventoryOf } from '../engine/inventory.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { progress } from '../middleware/progress.ts';
import { allResources } from '../resources/all.ts';
import type { AnyResource } from '../resources/resource.ts';
import { useUpApproval } from '../store/approvals.ts';
import { checkFence, releaseLock } from '../store/lock.ts';
import { forgetConfig, readEvents, writeReport } from '../store/reports.ts';
import { kept } from './kept.ts';

interface Document extends DestroyRun {
  readonly removal: Removal;
  readonly plan: PlanSummary;
  readonly decision?: Decision;
  /** Absent where people said no, or nothing stood. */
  readonly removed?: readonly RegionResult[];
}

/** The last state of `destroy`: looks, by type and by tag in all regions, whether anything is left, and says so. */
export const handler = handlerOf(async (document: Document): Promise<Report> => {
  const { table } = home();
  await checkFence(table, document);
  const { deployment, execution, decision, plan, removed } = document;
  const rejected = decision?.decision === 'rejected';
  const { standing, unmanaged } = rejected ? { standing: [], unmanaged: [] } : await left(document);
  const stays = kept(standing, document.removal);
  const problems = [
    ...(removed ?? []).flatMap((result) =>
      'error' in result
        ? [`${result.region}: ${readableError(result.error).Error}: ${readableError(result.error).Cause}`]
        : [],
    ),
    ...standing
      .filter((each) => !document.removal.keep.includes(each.kind))
      .map((each) => `still there: ${lineOf(each)}`),
    ...(rejected ? [] : await strayTags(document, stays)),
  ];
  const report: Report = {
    deployment,
    execution: execution.name,
    outcome: problems.length > 0 ? 'failed' : rejected ? 'rejected' : 'destroyed',
    ...(problems.length === 0 ? {} : { error: { Error: 'NotEverythingRemoved', Cause: problems.join('\n') } }),
    ...(decision === undefined ? {} : { decision }),
    plan,
    regions: document.regions.map(({ region }) => ({
      region,
      status: (removed ?? []).some((result) => result.region === region && 'error' in result) ? 'failed' : 'succeeded',
      urls: {},
      outputs: {},
    })),
    timeline: timelineOf(await readEvents(table, execution.arn)),
    kept: stays.map(lineOf),
    ...(unmanaged.length === 0 ? {} : { unmanaged }),
  };
  await writeReport(table, execution.arn, report);
  if (report.outcome === 'destroyed') {
    await useUpApproval(table, deployment, plan.digest);
    // What was kept must stay findable for the next destroy.
    if (stays.length === 0) await forgetConfig(table, deployment);
  }
  await releaseLock(table, deployment, execution.arn);
  return report;
}).use(
  progress<Report>(home, 'summarise', (report) => ({
    status: report.outcome === 'failed' ? 'failed' : 'finished',
    detail: `${report.outcome}\n${reportText(report)}`,
  })),
);

const lineOf = ({ region, kind, key, id }: Standing): string => `${region} ${kind}/${key} (${id})`;

async function left({ regions }: DestroyRun): Promise<Pick<Inventory, 'standing' | 'unmanaged'>> {
  const cloudIn = snapshots();
  const all = await Promise.all(regions.map((config) => inventoryOf(cloudIn(config), allResources)));
  return { standing: all.flatMap((each) => each.standing), unmanaged: all.flatMap((each) => each.unmanaged) };
}

const lingering: ReadonlySet<string | undefined> = new Set(
  kinds.filter((kind) => (allResources[kind] as AnyResource).lingers),
);

/** Whatever carries the deployment's tag, in any region, and is not among what stays. */
async function strayTags({ regions }: DestroyRun, stays: readonly Standing[]): Promise<readonly string[]> {
  const [any] = regions;
  if (any === undefined) return [];
  const found = await Promise.all(
    knownRegions.map(async (region) => {
      const arns = await taggedIn(cloudIn({ ...any, region }), (kind) => lingering.has(kind));
      return arns.filter((arn) => !stays.some(({ id }) => arn.endsWith(id))).map((arn) => `still tagged: ${arn}`);
    }),
  );
  return found.flat();
}
