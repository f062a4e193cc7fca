import type { DestroyRun, Inventoried } from '../../workflow/documents.ts';
import { snapshots } from '../aws/snapshot.ts';
import { digestOf } from '../engine/digest.ts';
import { inventoryOf } from '../engine/inventory.ts';
import { ConflictError } from '../errors.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { holdingLock, progress } from '../middleware/progress.ts';
import { allResources } from '../resources/all.ts';
import { keepConfig } from '../store/kept.ts';
import { writeStanding } from '../store/reports.ts';
import { kept, keptKinds } from './kept.ts';

/**
 * Reads only: everything that the deployment owns, in every region, with what stays apart from what goes.
 * @throws {ConflictError} when something that is not ours keeps ours from being removed
 */
export const handler = handlerOf(async (document: DestroyRun): Promise<Inventoried> => {
  const { table } = home();
  const keep = keptKinds(document.empty);
  const cloudIn = snapshots();
  const regions = await Promise.all(
    document.regions.map(async (config) => ({ config, ...(await inventoryOf(cloudIn(config), allResources)) })),
  );
  const obstacles = regions.flatMap((each) => each.obstacles);
  if (obstacles.length > 0)
    throw new ConflictError(
      `nothing was removed: ${obstacles.join('\n')}\nremove what is in the way, or ask its owner to, and start again`,
    );
  const standing = regions.flatMap((each) => each.standing);
  const going = standing.filter(({ kind }) => !keep.includes(kind));
  await writeStanding(table, document.execution.arn, going, kept(standing, { keep }));
  return {
    removal: { keep },
    plan: {
      digest: digestOf(going),
      counts: { create: 0, update: 0, replace: 0, delete: going.length, unchanged: standing.length - going.length },
      hasChanges: going.length > 0,
      production: going.length > 0,
      askFirst: going.length > 0,
    },
    found: regions.map(({ config, outputs }) => ({ config, outputs })),
  };
}).use(
  progress<Inventoried, DestroyRun>(
    home,
    'inventory',
    ({ plan: { counts } }) => ({
      detail:
        counts.delete === 0
          ? `nothing to remove${counts.unchanged === 0 ? '' : `; ${counts.unchanged} kept`}`
          : `${counts.delete} resources to remove, ${counts.unchanged} to keep`,
    }),
    {
      enter: holdingLock,
      handOn: (inventoried, keep) => ({
        ...inventoried,
        found: inventoried.found.map(({ config, outputs }) => ({
          config: keepConfig(keep, config),
          outputs: keep(outputs),
        })),
      }),
    },
  ),
);
