import type { Output, Outputs } from '../../workflow/documents.ts';
import type { Kind } from '../../workflow/stages.ts';
import { asSlipwayError } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { Unmanaged } from '../aws/ownership.ts';
import type { AnyResource, Found } from '../resources/resource.ts';

/** The resources of a kind that are ours. */
export const listed = async (
  resource: AnyResource,
  cloud: Cloud,
  outputs: Outputs,
  only?: readonly string[],
): Promise<readonly Found[]> => (await listedWithUnmanaged(resource, cloud, outputs, only)).filter(isOurs);

/** The unmanaged resource that has the name a spec asks for. */
export const namesake = (seen: readonly (Found | Unmanaged)[], spec: object): Unmanaged | undefined =>
  seen
    .filter((each): each is Unmanaged => 'unmanaged' in each && each.adopted !== true)
    .find(({ key }) => Object.values(spec).includes(key));

export const isOurs = (found: Found | Unmanaged): found is Found => !('unmanaged' in found);

/** The same, and unmanaged resources that have one of our names. An error names kind and region. */
export async function listedWithUnmanaged(
  resource: AnyResource,
  cloud: Cloud,
  outputs: Outputs,
  only?: readonly string[],
): Promise<readonly (Found | Unmanaged)[]> {
  try {
    return await resource.list(cloud, outputs, only);
  } catch (error) {
    throw asSlipwayError(error, `could not read ${resource.kind} in ${cloud.scope.region}`);
  }
}

/**
 * Reads kinds side by side, each after the one that it is part of: what there is of each, as it comes. The caller waits for all.
 * @param counts whether the parts of what was found are to be read
 */
export function listsOf(
  cloud: Cloud,
  resources: readonly AnyResource[],
  counts: (kind: Kind, key: string) => boolean = () => true,
): readonly (readonly [Kind, Promise<readonly (Found | Unmanaged)[]>])[] {
  const lists = new Map<Kind, Promise<readonly (Found | Unmanaged)[]>>();
  const read = async (resource: AnyResource): Promise<readonly (Found | Unmanaged)[]> => {
    const parent = resources.find(({ kind }) => kind === resource.parent);
    const parents = parent === undefined ? [] : (await once(parent)).filter(isOurs);
    const outputs: Outputs =
      parent === undefined
        ? {}
        : outputsOf(
            parent,
            parents.filter(({ key }) => counts(parent.kind, key)),
          );
    return listedWithUnmanaged(resource, cloud, outputs);
  };
  const once = (resource: AnyResource) => {
    const list = lists.get(resource.kind) ?? read(resource);
    lists.set(resource.kind, list);
    return list;
  };
  return resources.map((resource) => [resource.kind, once(resource)]);
}

const outputsOf = (resource: AnyResource, found: readonly Found[]): Outputs =>
  found.reduce<Outputs>((all, each) => withOutput(all, resource.kind, each.key, resource.output(each)), {});

/** `outputs` with one output more. */
export const withOutput = (outputs: Outputs, kind: Kind, key: string, output: Output): Outputs => ({
  ...outputs,
  [kind]: { ...outputs[kind], [key]: output },
});
