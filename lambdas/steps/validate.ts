import { SFNClient } from '@aws-sdk/client-sfn';
import { allowanceProblems } from '../../workflow/allowances.ts';
import type { RegionConfig } from '../../workflow/config.ts';
import type { Execution, FailedRegion, Validated } from '../../workflow/documents.ts';
import { type Input, parseInput } from '../../workflow/input.ts';
import { livingConflicts, type StandingRegion } from '../../workflow/living.ts';
import { parseExecutionArn } from '../../workflow/machines.ts';
import { certificateProblems } from '../../workflow/misplaced.ts';
import { chooseZones } from '../../workflow/regions.ts';
import type { Report, Skipped } from '../../workflow/report.ts';
import { resolveConfig } from '../../workflow/resolve-config.ts';
import { sourceProblems } from '../../workflow/source.ts';
import { cloudIn } from '../aws/clients.ts';
import { howToEnable, isNotEnabled } from '../aws/enabled.ts';
import { standingCidr, standingZones, zonesOf } from '../aws/zones.ts';
import { InputError, LockedError, ResourceFailedError } from '../errors.ts';
import { planCopy, planImage } from '../image/image.ts';
import { parseReference } from '../image/reference.ts';
import { environment, listed } from '../middleware/environment.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { askedWrite } from '../store/asked.ts';
import { getApproved, reachedWrites, readApproved, readReached } from '../store/deployments.ts';
import { type Progress, publish } from '../store/events.ts';
import { keepConfig, keeper } from '../store/kept.ts';
import { latestWrite, writeReport } from '../store/reports.ts';
import { inReach } from './in-reach.ts';
import { refused } from './refused.ts';
import { missingSecrets } from './secrets.ts';
import { takeLock } from './take-lock.ts';
import { taskRoleProblems } from './task-role.ts';

interface Request {
  readonly input: unknown;
  readonly execution: Execution;
  /** The Task's retry count. */
  readonly attempt?: number;
}

/**
 * The first state: refuses bad input with every problem at once, looks up what the input can't say, and takes the lock
 * as its only change.
 * @throws {InputError} when the input is refused
 * @throws {LockedError} when another execution works on the deployment
 */
export const handler = handlerOf(
  async ({ input: raw, execution, attempt = 0 }: Request): Promise<Validated | Skipped> => {
    const parsed = parseInput(raw, {
      approvalEmails: listed('APPROVER_EMAIL'),
      alarmEmails: listed('ALARM_EMAIL'),
    });
    if ('problems' in parsed) throw refused(parsed.problems);
    const where = home();
    const { deployment, mode } = parsed.input;
    const stored = getApproved(where.table, deployment);
    const [approved, reached] = await Promise.all([
      readApproved(where.table, deployment, stored),
      readReached(where.table, deployment, stored),
    ]);
    if (mode === 'reconcile' && approved === undefined) {
      return skipped(
        where,
        execution,
        deployment,
        'it was never provisioned or approved, or has been destroyed: nothing to reconcile',
      );
    }
    const input: Input = mode === 'reconcile' && approved !== undefined ? { ...approved, mode } : parsed.input;
    // What is approved was checked against what exists when it was asked for.
    const conflicts = mode === 'reconcile' ? [] : livingConflicts(await standingOf(reached, attempt), input);
    if (conflicts.length > 0) throw refused(conflicts);
    const { partition, region: homeRegion, account } = parseExecutionArn(execution.arn);
    const beyond = allowanceProblems(
      input.app,
      { partition, account },
      { secretPrefixes: listed('SECRET_PREFIXES'), taskRoles: listed('TASK_ROLES') },
    );
    const elsewhere =
      mode === 'reconcile'
        ? []
        : [
            ...certificateProblems(input.regions, { partition, account }),
            ...sourceProblems(
              input.pipeline.source,
              { partition, account, region: input.regions[0]?.region ?? '' },
              reached.find(({ primary }) => primary),
            ),
          ];
    if (beyond.length + elsewhere.length > 0) throw refused([...beyond, ...elsewhere]);
    const [image, { zones, unreachable }] = await Promise.all([
      imageOf(input, reached),
      (mode === 'reconcile' && zonesKept(input, reached)) || zonesByRegion(input, { account, partition }, attempt),
    ]);
    const regions = resolveConfig(input, {
      account,
      partition,
      homeRegion,
      zones,
      image,
      permissionsBoundaryArn: environment('PERMISSIONS_BOUNDARY_ARN'),
    });
    const isOut = ({ region }: RegionConfig): boolean => unreachable.some((each) => each.region === region);
    const missing = [
      ...(await missingSecrets(regions.filter((each) => !isOut(each)))),
      ...(await taskRoleProblems(input.app.taskRoleArn, homeRegion)),
    ];
    if (missing.length > 0) throw refused(missing);
    const stepFunctions = cloudIn({ region: homeRegion }).client(SFNClient);
    // A plan changes nothing, so it holds no lock.
    let fence = 0;
    if (mode !== 'plan') {
      try {
        fence = await takeLock(where.table, deployment, execution, stepFunctions);
      } catch (error) {
        // A scheduled run that meets another is no failure.
        if (mode === 'reconcile' && error instanceof LockedError) {
          return skipped(where, execution, deployment, error.message);
        }
        throw error;
      }
    }
    const detail = `regions ${input.regions.map(({ region }) => region).join(', ')}; image ${image.tag}`;
    const at = new Date().toISOString();
    const { keep, writes } = keeper(where.table, execution.arn);
    // The zones of a region that does not answer are not known: its record stays as it is.
    const known = regions.filter((each) => !isOut(each));
    const kept = known.map((each) =>
      keepConfig(keep, mode === 'reconcile' ? { ...each, keepReleases: true as const } : each),
    );
    const asked = [
      ...reachedWrites(where.table, deployment, input, known, reached),
      ...(mode === 'provision' ? [askedWrite(where.table, deployment, execution, input)] : []),
      ...writes,
      latestWrite(where.table, deployment, execution.arn),
    ];
    await publish(
      where,
      { deployment, execution: execution.name, stage: 'validate', status: 'finished', at, detail },
      execution.arn,
      mode === 'plan' ? writes : asked,
    );
    return {
      verdict: 'go',
      deployment,
      execution,
      fence,
      mode,
      approval: input.approval,
      regions: kept,
      ...(unreachable.length === 0 ? {} : { unreachable }),
    };
  },
);

/** The run ends here, successfully: this is its output. */
async function skipped(where: Progress, execution: Execution, deployment: string, reason: string): Promise<Skipped> {
  const at = new Date().toISOString();
  await publish(
    where,
    { deployment, execution: execution.name, stage: 'validate', status: 'finished', at, detail: `skipped: ${reason}` },
    execution.arn,
  );
  const report: Report = {
    deployment,
    execution: execution.name,
    outcome: 'skipped',
    reason,
    regions: [],
    timeline: [],
  };
  await writeReport(where.table, execution.arn, report);
  return { verdict: 'skipped', report };
}

/** What is run: our app on the base image, or the user's own image. What was read before is not read again: it is pinned. */
async function imageOf({ app }: Input, reached: readonly RegionConfig[]): Promise<RegionConfig['image']> {
  const base = environment('BASE_IMAGE');
  if (app.image === undefined) return planImage(base);
  const known = reached.find((each) => each.app.image === app.image)?.image;
  try {
    const { digest, tag } = known ?? (await planCopy(app.image));
    return { base: parseReference(base).name, digest, tag };
  } catch (error) {
    if (error instanceof ResourceFailedError || error instanceof InputError)
      throw refused([
        {
          path: '$.app.image',
          message: `${error.message}: name an image for linux/amd64 that can be pulled without credentials`,
        },
      ]);
    throw error;
  }
}

/** The zones as they were chosen before: what exists fixes the choice, and the plan reads it next. */
function zonesKept(
  { regions, zoneCount }: Input,
  reached: readonly RegionConfig[],
): Awaited<ReturnType<typeof zonesByRegion>> | undefined {
  const zones = regions.map(({ region }) => {
    const known = reached.find((each) => each.region === region)?.network.zones ?? [];
    return [region, known.slice(0, zoneCount).map(({ name }) => name)] as const;
  });
  if (zones.some(([, names]) => names.length < zoneCount)) return undefined;
  return { zones: Object.fromEntries(zones), unreachable: [] };
}

/** The deployment's VPCs, in all regions that any run may have built in. */
async function standingOf(reached: readonly RegionConfig[], attempt: number): Promise<readonly StandingRegion[]> {
  const { seen, unreachable } = await inReach(reached, attempt, async (config) => ({
    ...config,
    cidr: await standingCidr(cloudIn(config)),
  }));
  // A region that does not answer is assumed to be as it was wanted last.
  const silent = reached.filter(({ region }) => unreachable.some((each) => each.region === region));
  return [...seen, ...silent.map((config) => ({ ...config, cidr: config.network.cidr }))].flatMap(
    ({ region, primary, cidr }) => (cidr === undefined ? [] : [{ region, primary, cidr }]),
  );
}

async function zonesByRegion(
  input: Input,
  { account, partition }: { account: string; partition: string },
  attempt: number,
): Promise<{ zones: Record<string, readonly string[]>; unreachable: readonly FailedRegion[] }> {
  const { seen, unreachable } = await inReach(input.regions, attempt, async ({ region }) => {
    const cloud = cloudIn({ deployment: input.deployment, account, partition, region });
    const refuse = (message: string): InputError =>
      refused([{ path: `$.regions[${input.regions.findIndex((each) => each.region === region)}].region`, message }]);
    try {
      const [zones, standing] = await Promise.all([zonesOf(cloud), standingZones(cloud)]);
      return [region, chooseZones(zones, standing, input.zoneCount)] as const;
    } catch (error) {
      if (error instanceof RangeError) throw refuse(`${region}: ${error.message}`);
      throw isNotEnabled(error) ? refuse(howToEnable(region)) : error;
    }
  });
  return { zones: Object.fromEntries(seen), unreachable };
}
