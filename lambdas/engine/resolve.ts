import type { Output, Outputs } from '../../workflow/documents.ts';
import { reference } from '../../workflow/references.ts';
import type { Kind } from '../../workflow/stages.ts';

/** The references in a spec, as `kind/key`. */
export const referencesIn = (spec: unknown): readonly string[] =>
  [...JSON.stringify(spec).matchAll(reference)].map(([, kind, key]) => `${kind}/${key}`);

/**
 * The spec with every reference replaced by what the resource's output says. A reference to something that does not
 * exist yet stays as it is: a plan shows it, and `referencesIn` lets a create refuse it.
 */
export function resolve<Spec>(spec: Spec, outputs: Outputs): Spec {
  if (typeof spec === 'string') {
    return spec.replaceAll(reference, (token, kind: Kind, key: string, attribute: string) => {
      const output: Output | undefined = outputs[kind]?.[key];
      return output?.[attribute] ?? token;
    }) as Spec;
  }
  if (Array.isArray(spec)) return spec.map((each) => resolve(each, outputs)) as Spec;
  if (typeof spec === 'object' && spec !== null) {
    return Object.fromEntries(Object.entries(spec).map(([name, value]) => [name, resolve(value, outputs)])) as Spec;
  }
  return spec;
}
