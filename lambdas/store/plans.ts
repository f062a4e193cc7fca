import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Addressed } from '../../workflow/addressees.ts';
import type { RegionConfig } from '../../workflow/config.ts';
import type { PlanLocation, PlannedChange } from '../../workflow/documents.ts';
import type { Priced } from '../../workflow/prices.ts';
import type { Cloud } from '../aws/cloud.ts';
import { planSchema, readStored, schemaVersion } from './stored.ts';

/** A plan as it is read again: every resource of every region, what the regions cost, and who is told. */
interface KeptPlan {
  readonly changes: readonly PlannedChange[];
  readonly regions: readonly (Priced & Addressed)[];
}

/** Keeps a plan whole in Slipway's own bucket: it can be larger than a state's 256 KiB or a table's item. */
export async function writePlan(
  home: Cloud<{ readonly region: string }>,
  bucket: string,
  { deployment, execution }: { readonly deployment: string; readonly execution: string },
  plan: { readonly changes: readonly PlannedChange[]; readonly regions: readonly RegionConfig[] },
): Promise<PlanLocation> {
  const location = { bucket, key: `${deployment}/${execution}.json` };
  await home.client(S3Client).send(
    new PutObjectCommand({
      Bucket: location.bucket,
      Key: location.key,
      ContentType: 'application/json',
      Body: JSON.stringify({ schemaVersion, ...plan }),
    }),
  );
  return location;
}

/**
 * Reads a kept plan.
 * @throws {InputError} when another version kept what can't be read any more
 */
export async function readPlan(
  home: Cloud<{ readonly region: string }>,
  { bucket, key }: PlanLocation,
): Promise<KeptPlan> {
  const { Body } = await home.client(S3Client).send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (Body === undefined) throw new TypeError(`s3://${bucket}/${key} has no content`);
  return readStored(planSchema, JSON.parse(await Body.transformToString()), `the plan ${key}`);
}
