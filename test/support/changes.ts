import { allResources } from '../../lambdas/resources/all.ts';
import type { Kind } from '../../workflow/stages.ts';
import { type Answers, answeringCloud, type Call } from './answering-cloud.ts';
import { regionConfig } from './region-config.ts';

/** Kind, key, AWS's answers, what is found (a part of it), and the calls that change something. */
export type Creation = readonly [Kind, string, Answers, object, ...Call[]];

/** Kind, key, paths that differ, what is found (a part of it), and the calls. */
export type Update = readonly [Kind, string, readonly string[], object, ...Call[]];

/** Makes what the standard input wants under that key; the calls that only read are left out. */
export async function create(kind: Kind, key: string, answers: Answers) {
  const resource = allResources[kind];
  const { cloud, calls } = answeringCloud(answers);
  const wanted = resource.specs(regionConfig()).find((one) => one.key === key);
  if (wanted === undefined) throw new TypeError(`nobody wants ${kind}/${key}`);
  const found = await resource.create(cloud, wanted, 'token-1');
  return {
    found,
    output: resource.output(found),
    calls: calls.filter(([operation]) => !/^(Describe|Get|List)/.test(operation)),
  };
}

const everySpec = JSON.stringify(Object.values(allResources).flatMap((resource) => resource.specs(regionConfig())));

/** What an output holds at the least: the id, and what the specs of other resources refer to. */
export const neededOf = (kind: Kind, key: string): readonly string[] => [
  'id',
  ...[...everySpec.matchAll(/\$\{([\w-]+)\/([\w-]+)\.(\w+)\}/g)].flatMap(([, of, named, attribute]) =>
    of === kind && named === key && attribute !== undefined ? [attribute] : [],
  ),
];

/** What is sent for a resource of the standard input that differs at those paths. */
export async function update(kind: Kind, key: string, found: object, paths: readonly string[], answers: Answers = {}) {
  const resource = allResources[kind];
  const { cloud, calls } = answeringCloud(answers);
  const wanted = resource.specs(regionConfig()).find((one) => one.key === key);
  if (wanted === undefined) throw new TypeError(`nobody wants ${kind}/${key}`);
  const differences = paths.map((path) => ({ path, was: undefined, want: undefined }));
  await resource.update(cloud, wanted, found, differences);
  return calls;
}
