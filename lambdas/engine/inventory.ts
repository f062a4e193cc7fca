import type { Outputs, Standing } from '../../workflow/documents.ts';
import { type Kind, kinds } from '../../workflow/stages.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { AnyResource, Found } from '../resources/resource.ts';
import { isOurs, listedSideBySide, withOutput } from './found.ts';

export interface Inventory {
  readonly standing: readonly Standing[];
  /** What has a name that we give and is not ours, as `region kind name`. */
  readonly unmanaged: readonly string[];
  /** What would keep AWS from removing something of ours, in words. */
  readonly obstacles: readonly string[];
  readonly outputs: Outputs;
}

/** Everything that the deployment owns in one region, whatever its configuration says, in the order of making. */
export async function inventoryOf(cloud: Cloud, resources: Readonly<Record<Kind, AnyResource>>): Promise<Inventory> {
  const standing: Standing[] = [];
  const unmanaged: string[] = [];
  const obstacles: Promise<readonly string[]>[] = [];
  let outputs: Outputs = {};
  const { region } = cloud.scope;
  for (const [kind, seen] of await listedSideBySide(
    cloud,
    kinds.map((kind) => resources[kind]),
  )) {
    const resource = resources[kind];
    for (const each of seen) {
      if (isOurs(each)) {
        const arn = resource.arn?.(each, cloud.scope);
        standing.push({ region, kind, key: each.key, id: each.id, ...(arn === undefined ? {} : { arn }) });
        obstacles.push(obstaclesTo(cloud, resource, each));
        outputs = withOutput(outputs, kind, each.key, resource.output(each));
      } else unmanaged.push(`${region} ${kind} ${each.id}`);
    }
  }
  return { standing, unmanaged, obstacles: (await Promise.all(obstacles)).flat(), outputs };
}

const obstaclesTo = async (cloud: Cloud, resource: AnyResource, found: Found): Promise<readonly string[]> =>
  ((await resource.obstacles?.(cloud, found)) ?? []).map(
    (obstacle) => `${resource.kind}/${found.key} (${found.id}) in ${cloud.scope.region}: ${obstacle}`,
  );
