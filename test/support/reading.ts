import { allResources } from '../../lambdas/resources/all.ts';
import type { Found } from '../../lambdas/resources/resource.ts';
import type { Kind } from '../../workflow/stages.ts';
import { type Answers, answeringCloud, type Call } from './answering-cloud.ts';

const outputs = {
  cluster: { main: { id: 'platform-cluster' } },
  listener: { http: { id: 'arn:listener' } },
  'load-balancer': { main: { id: 'arn:lb' } },
  repository: { app: { id: 'platform-app' } },
};

/** What AWS's answers show of a kind, without what the tags say. */
export async function read(
  kind: Kind,
  answers: Answers,
): Promise<{ found: readonly object[]; calls: readonly Call[] }> {
  const resource = allResources[kind];
  const { cloud, calls } = answeringCloud(answers);
  const found: readonly Found[] = await resource.list(cloud, outputs);
  return { found: found.map(({ tags: _tags, ...rest }) => rest), calls };
}
