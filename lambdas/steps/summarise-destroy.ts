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
import { usedUp } from '../store/approved.ts';
import { forgetDeployment, forgetRegions } from '../store/deployments.ts';
import { readEvents } from '../store/reports.ts';
import type { Write } from '../store/table.ts';
import { kept } from './kept.ts';
import { endsWith, summarised } from './summarised.ts';

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
  const [{ standing, unmanaged }, tagged] = rejected
    ? [
        { standing: [], unmanaged: [] },
        { arns: [], unasked: [] },
      ]
    : await Promise.all([left(document), taggedAnywhere(document)]);
  const stays = kept(standing, document.removal);
  const known = new Set(stays.map(({ arn }) => arn));
  const problems = [
    ...(removed ?? []).flatMap((result) =>
      'error' in result
        ? [`${result.region}: ${readableError(result.error).Error}: ${readableError(result.error).Cause}`]
        : [],
    ),
    ...standing
      .filter((each) => !document.removal.keep.includes(each.kind))
      .map((each) => `still there: ${lineOf(each)}`),
    ...tagged.arns.filter((arn) => !known.has(arn)).map((arn) => `still tagged: ${arn}`),
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
    ...(tagged.unasked.length === 0 ? {} : { unasked: tagged.unasked }),
  };
  if (rejected) await refuse(table, deployment, execution.arn);
  const gone = report.outcome === 'destroyed';
  endsWith(
    document,
    report,
    gone ? [{ Delete: usedUp(table, deployment, plan.digest) }, ...(await forget(document, stays))] : [],
  );
  return report;
}).use(summarised<Document>(holdingLock));

/** Nothing is wanted any more of what was removed. */
function forget(
  { deployment, regions, whole }: DestroyRun,
  stays: readonly Standing[],
): Promise<readonly Write[]> | readonly Write[] {
  const { table } = home();
  const names = regions.map(({ region }) => region);
  if (whole === false) return forgetRegions(table, deployment, names);
  // Where something was kept, a later destroy can still be asked to remove it; it makes no region stand.
  const clean = names.filter((region) => !stays.some((each) => each.region === region));
  return forgetDeployment(table, deployment, clean);
}

const lineOf = ({ region, kind, key, id }: Standing): string => `${region} ${kind}/${key} (${id})`;

async function left({ regions }: DestroyRun): Promise<Pick<Inventory, 'standing' | 'unmanaged'>> {
  const cloudIn = snapshots();
  const all = await Promise.all(regions.map((config) => inventoryOf(cloudIn(config), allResources)));
  return { standing: all.flatMap((each) => each.standing), unmanaged: all.flatMap((each) => each.unmanaged) };
}

const lingering: ReadonlySet<string | undefined> = new Set(kinds.filter((kind) => allResources[kind].lingers));

/** ARNs of whatever carries the deployment's tag: in any region, where all of it was to go. */
async function taggedAnywhere({
  regions,
  whole,
}: DestroyRun): Promise<{ readonly arns: readonly string[]; readonly unasked: readonly string[] }> {
  const [any] = regions;
  if (any === undefined) return { arns: [], unasked: [] };
  const own = regions.map(({ region }) => region);
  const unasked: string[] = [];
  const found = await Promise.all(
    (whole === false ? own : knownRegions).map(async (region) => {
      try {
        return await taggedIn(cloudIn({ ...any, region }), (kind) => lingering.has(kind));
      } catch (error) {
        // Nothing can stand in a region that the account has not enabled.
        if (own.includes(region) || !isNotEnabled(error)) throw error;
        unasked.push(region);
        return [];
      }
    }),
  );
  return { arns: found.flat(), unasked: unasked.toSorted() };
}
