import type { Output, Outputs } from '../../workflow/documents.ts';
import type { Kind } from '../../workflow/stages.ts';
import { asSlipwayError } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { AnyResource, Found, Unmanaged } from '../resources/resource.ts';

/** What AWS has of a kind and is ours. */
export const listed = async (resource: AnyResource, cloud: Cloud, outputs: Outputs): Promise<readonly Found[]> =>
  (await listedWithUnmanaged(resource, cloud, outputs)).filter(isOurs);

export const isOurs = (found: Found | Unmanaged): found is Found => !('unmanaged' in found);

/** The same, with what has a name of ours and is unmanaged. An error names kind and region. */
export async function listedWithUnmanaged(
  resource: AnyResource,
  cloud: Cloud,
  outputs: Outputs,
): Promise<readonly (Found | Unmanaged)[]> {
  try {
    return await resource.list(cloud, outputs);
  } catch (error) {
    throw asSlipwayError(error, `could not read ${resource.kind} in ${cloud.scope.region}`);
  }
}

/** `outputs` with one output more. */
export const withOutput = (outputs: Outputs, kind: Kind, key: string, output: Output): Outputs => ({
  ...outputs,
  [kind]: { ...outputs[kind], [key]: output },
});
