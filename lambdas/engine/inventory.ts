import type { Upstream } from '../../workflow/documents.ts';
import { type Kind, kinds } from '../../workflow/stages.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { AnyResource, Found } from '../resources/resource.ts';
import { listed, withOutput } from './provision.ts';

/** One resource that exists. */
export interface Standing {
  readonly region: string;
  readonly kind: Kind;
  readonly key: string;
  readonly id: string;
}

/** Everything that the deployment owns in one region, whatever its configuration says, in the order of making. */
export async function inventoryOf(
  cloud: Cloud,
  resources: Readonly<Record<Kind, AnyResource>>,
): Promise<{ readonly standing: readonly Standing[]; readonly upstream: Upstream }> {
  const standing: Standing[] = [];
  let upstream: Upstream = {};
  for (const kind of kinds) {
    const resource = resources[kind];
    const found: readonly Found[] = await listed(resource, cloud, upstream);
    for (const each of found) {
      standing.push({ region: cloud.scope.region, kind, key: each.key, id: each.id });
      upstream = withOutput(upstream, kind, each.key, resource.output(each));
    }
  }
  return { standing, upstream };
}
