import type { Outputs, Standing } from '../../workflow/documents.ts';
import { type Kind, kinds } from '../../workflow/stages.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { AnyResource, Found } from '../resources/resource.ts';
import { isOurs, listsOf, withOutput } from './found.ts';

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
  let outputs: Outputs = {};
  const { region } = cloud.scope;
  const lists = listsOf(
    cloud,
    kinds.map((kind) => resources[kind]),
  );
  const seenOf = lists.map(async ([kind, list]) => {
    const seen = await list;
    const obstacles = await Promise.all(seen.filter(isOurs).map((each) => obstaclesTo(cloud, resources[kind], each)));
    return { resource: resources[kind], seen, obstacles: obstacles.flat() };
  });
  const all = await Promise.all(seenOf);
  for (const { resource, seen } of all) {
    const { kind } = resource;
    for (const each of seen) {
      if (isOurs(each)) {
        const arn = resource.arn?.(each, cloud.scope);
        standing.push({ region, kind, key: each.key, id: each.id, ...(arn === undefined ? {} : { arn }) });
        outputs = withOutput(outputs, kind, each.key, resource.output(each));
      } else unmanaged.push(`${region} ${kind} ${each.id}`);
    }
  }
  return { standing, unmanaged, obstacles: all.flatMap(({ obstacles }) => obstacles), outputs };
}

const obstaclesTo = async (cloud: Cloud, resource: AnyResource, found: Found): Promise<readonly string[]> =>
  ((await resource.obstacles?.(cloud, found)) ?? []).map(
    (obstacle) => `${resource.kind}/${found.key} (${found.id}) in ${cloud.scope.region}: ${obstacle}`,
  );
