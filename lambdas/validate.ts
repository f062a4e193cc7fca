import { SFNClient } from '@aws-sdk/client-sfn';
import type { RegionConfig } from '../workflow/config.ts';
import type { Execution, Run } from '../workflow/documents.ts';
import { type Input, parseInput, problemsText } from '../workflow/input.ts';
import { chooseZones } from '../workflow/regions.ts';
import { resolveConfig } from '../workflow/resolve-config.ts';
import { cloudIn } from './aws/clients.ts';
import { stillRuns } from './aws/executions.ts';
import { standingZones, zonesOf } from './aws/zones.ts';
import { environment } from './environment.ts';
import { InputError } from './errors.ts';
import { planImage } from './image/image.ts';
import { handlerOf, home } from './middleware/handler.ts';
import { tell } from './store/events.ts';
import { acquireLock } from './store/lock.ts';
import { writeConfig, writeLatest } from './store/reports.ts';

interface Request {
  readonly input: unknown;
  readonly execution: Execution;
}

/** What the later states start from. */
export interface Validated extends Run {
  readonly mode: Input['mode'];
  readonly approval: Input['approval'];
  readonly regions: readonly RegionConfig[];
}

/**
 * The first state: refuses bad input with every problem at once, looks up what the input can't say, and takes the lock
 * as its only change.
 * @throws {InputError} when the input is refused
 * @throws {LockedError} when another execution works on the deployment
 */
export const handler = handlerOf(async ({ input: raw, execution }: Request): Promise<Validated> => {
  const parsed = parseInput(raw);
  if ('problems' in parsed) {
    throw new InputError(`the input is refused, nothing was changed:\n${problemsText(parsed.problems)}`);
  }
  const { input } = parsed;
  const [, partition = 'aws', , homeRegion = '', account = ''] = execution.arn.split(':');
  const [image, zones] = await Promise.all([
    planImage(environment('BASE_IMAGE')),
    zonesByRegion(input, { account, partition }),
  ]);
  const regions = resolveConfig(input, {
    account,
    partition,
    zones,
    image,
    permissionsBoundaryArn: environment('PERMISSIONS_BOUNDARY_ARN'),
  });
  const where = home();
  const stepFunctions = cloudIn({ region: homeRegion }).client(SFNClient);
  const fence = await acquireLock(where.table, input.deployment, execution, (holder) =>
    stillRuns(stepFunctions, holder),
  );
  await writeConfig(where.table, input.deployment, input, regions);
  await writeLatest(where.table, input.deployment, execution.name);
  const detail = `regions ${input.regions.map(({ region }) => region).join(', ')}; image ${image.tag}`;
  const at = new Date().toISOString();
  await tell(
    where,
    { deployment: input.deployment, execution: execution.name, stage: 'validate', status: 'finished', at, detail },
    'Validate input',
    execution.arn,
  );
  return {
    deployment: input.deployment,
    execution,
    fence,
    mode: input.mode,
    approval: input.approval,
    regions,
  };
});

async function zonesByRegion(
  input: Input,
  { account, partition }: { account: string; partition: string },
): Promise<Record<string, readonly string[]>> {
  const chosen = await Promise.all(
    input.regions.map(async ({ region }, index) => {
      const cloud = cloudIn({ deployment: input.deployment, account, partition, region });
      const [zones, standing] = await Promise.all([zonesOf(cloud), standingZones(cloud)]);
      try {
        return [region, chooseZones(zones, standing, input.zoneCount)] as const;
      } catch (error) {
        throw new InputError(
          `the input is refused, nothing was changed:\n$.regions[${index}].region: ${region}: ${(error as Error).message}`,
        );
      }
    }),
  );
  return Object.fromEntries(chosen);
}
