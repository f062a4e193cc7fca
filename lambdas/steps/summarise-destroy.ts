import { readableError } from '../../workflow/causes.ts';
import type { Decision, DestroyRun, PlanSummary, RegionResult, Removal, Standing } from '../../workflow/documents.ts';
import { knownRegions } from '../../workflow/regions.ts';
import { type Report, timelineOf } from '../../workflow/report.ts';
import { kinds } from '../../workflow/stages.ts';
import { cloudIn } from '../aws/clients.ts';
import { isNotEnabled } from '../aws/enabled.ts';
import { snapshots } from '../aws/snapshot.ts';
import { taggedIn } from '../aws/tagged.ts';
import { type Inventory, inventoryOf } from '../engine/inventory.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { holdingLock } from '../middleware/progress.ts';
import { allResources } from '../resources/all.ts';
import { refuse } from '../store/approvals.ts';
import { useUpApproval } from '../store/approved.ts';
import { forgetDeployment, forgetRegions } from '../store/deployments.ts';
import { releaseLock } from '../store/lock.ts';
import { readEvents, writeReport } from '../store/reports.ts';
import { kept } from './kept.ts';
import { summarised } from './summarised.ts';

interface Document extends DestroyRun {
  readonly removal: Removal;
  readonly plan: PlanSummary;
  readonly decision?: Decision;
  /** Absent where people said no, or nothing stood. */
  readonly removed?: readonly RegionResult[];
}

/** The last state of `destroy`: checks all regions, by type and by tag, for anything left, and reports it. */
export const handler = handlerOf(async (document: Document): Promise<Report> => {
  const { table } = home();
  const { deployment, execution, decision, plan, removed } = document;
  const rejected = decision?.decision === 'rejected';
  const { standing, unmanaged } = rejected ? { standing: [], unmanaged: [] } : await left(document);
  const stays = kept(standing, document.removal);
  const stray = rejected ? { problems: [], unasked: [] } : await strayTags(document, stays);
  const problems = [
    ...(removed ?? []).flatMap((result) =>
      'error' in result
        ? [`${result.region}: ${readableError(result.error).Error}: ${readableError(result.error).Cause}`]
        : [],
    ),
    ...standing
      .filter((each) => !document.removal.keep.includes(each.kind))
      .map((each) => `still there: ${lineOf(each)}`),
    ...stray.problems,
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
    ...(stray.unasked.length === 0 ? {} : { unasked: stray.unasked }),
  };
  await writeReport(table, execution.arn, report);
  if (report.outcome === 'destroyed') {
    await useUpApproval(table, deployment, plan.digest);
    const regions = document.regions.map(({ region }) => region);
    // Where something was kept, a later destroy can still be asked to remove it; it makes no region stand.
    const clean = regions.filter((region) => !stays.some((each) => each.region === region));
    if (document.whole === false) await forgetRegions(table, deployment, regions);
    else await forgetDeployment(table, deployment, clean);
  }
  if (rejected) await refuse(table, deployment, execution.arn);
  await releaseLock(table, deployment, execution.arn);
  return report;
}).use(summarised<Document>({ enter: holdingLock }));

const lineOf = ({ region, kind, key, id }: Standing): string => `${region} ${kind}/${key} (${id})`;

async function left({ regions }: DestroyRun): Promise<Pick<Inventory, 'standing' | 'unmanaged'>> {
  const cloudIn = snapshots();
  const all = await Promise.all(regions.map((config) => inventoryOf(cloudIn(config), allResources)));
  return { standing: all.flatMap((each) => each.standing), unmanaged: all.flatMap((each) => each.unmanaged) };
}

const lingering: ReadonlySet<string | undefined> = new Set(kinds.filter((kind) => allResources[kind].lingers));

/** Whatever carries the deployment's tag and is not among what stays: in any region, where all of it was to go. */
async function strayTags(
  { regions, whole }: DestroyRun,
  stays: readonly Standing[],
): Promise<{ readonly problems: readonly string[]; readonly unasked: readonly string[] }> {
  const [any] = regions;
  if (any === undefined) return { problems: [], unasked: [] };
  const own = regions.map(({ region }) => region);
  const unasked: string[] = [];
  const known = new Set(stays.map(({ arn }) => arn));
  const found = await Promise.all(
    (whole === false ? own : knownRegions).map(async (region) => {
      try {
        const arns = await taggedIn(cloudIn({ ...any, region }), (kind) => lingering.has(kind));
        return arns.filter((arn) => !known.has(arn)).map((arn) => `still tagged: ${arn}`);
      } catch (error) {
        // Nothing can stand in a region that the account has not enabled.
        if (own.includes(region) || !isNotEnabled(error)) throw error;
        unasked.push(region);
        return [];
      }
    }),
  );
  return { problems: found.flat(), unasked: unasked.toSorted() };
}
