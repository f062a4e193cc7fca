import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { RoleCaller } from '../role-caller.ts';
import type { Artifact, Revision } from './execution.ts';
import { type ActionContext, ActionFailure } from './pipeline-runs.ts';

/** As CodePipeline names them: the pipeline's and the artifact's name, cut, and seven characters. */
export const artifactKey = (pipeline: string, artifact: string): string =>
  `${pipeline.slice(0, 20)}/${artifact.slice(0, 10)}/${Math.random().toString(36).slice(2, 9).padEnd(7, '0')}`;

export function bucketOf({ structure }: Pick<ActionContext, 'structure'>, region: string): string {
  const bucket = structure.stores[region];
  if (bucket === undefined)
    throw new ActionFailure('ConfigurationError', `the pipeline has no artifact store in ${region}`);
  return bucket;
}

/** Writes the one output artifact of an action into the bucket of the action's region. */
export async function putArtifact(
  context: ActionContext,
  caller: RoleCaller,
  content: Buffer,
  revision: Revision,
): Promise<Artifact> {
  const { region, outputs } = context.record.action;
  const [name = ''] = outputs;
  const key = artifactKey(context.structure.name, name);
  await caller
    .client(S3Client, region)
    .send(new PutObjectCommand({ Bucket: bucketOf(context, region), Key: key, Body: content }));
  return { name, key, regions: new Set([region]), revision };
}

/** The content of an action's input artifact, which is first copied into the bucket of the action's region. */
export async function getArtifact(context: ActionContext, caller: RoleCaller): Promise<Buffer> {
  const [artifact] = context.record.inputs;
  const { region } = context.record.action;
  if (artifact === undefined) throw new ActionFailure('ConfigurationError', 'the action has no input artifact');
  const [holder = region] = artifact.regions;
  if (!artifact.regions.has(region)) {
    const content = await read(caller, holder, bucketOf(context, holder), artifact.key);
    await caller
      .client(S3Client, region)
      .send(new PutObjectCommand({ Bucket: bucketOf(context, region), Key: artifact.key, Body: content }));
    artifact.regions.add(region);
  }
  return read(caller, region, bucketOf(context, region), artifact.key);
}

async function read(caller: RoleCaller, region: string, bucket: string, key: string): Promise<Buffer> {
  const { Body } = await caller.client(S3Client, region).send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}
