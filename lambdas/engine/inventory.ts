import type { Outputs, Standing } from '../../workflow/documents.ts';
import { type Kind, kinds } from '../../workflow/stages.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { AnyResource } from '../resources/resource.ts';
import { isOurs, listedWithUnmanaged, withOutput } from './found.ts';

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
  const obstacles: string[] = [];
  let outputs: Outputs = {};
  for (const kind of kinds) {
    const resource = resources[kind];
    for (const each of await listedWithUnmanaged(resource, cloud, outputs)) {
      if (isOurs(each)) {
        const arn = resource.arn?.(each, cloud.scope);
        standing.push({
          region: cloud.scope.region,
          kind,
          key: each.key,
          id: each.id,
          ...(arn === undefined ? {} : { arn }),
        });
        for (const obstacle of (await resource.obstacles?.(cloud, each)) ?? [])
          obstacles.push(`${kind}/${each.key} (${each.id}) in ${cloud.scope.region}: ${obstacle}`);
        outputs = withOutput(outputs, kind, each.key, resource.output(each));
      } else unmanaged.push(`${cloud.scope.region} ${kind} ${each.id}`);
    }
  }
  return { standing, unmanaged, obstacles, outputs };
}
