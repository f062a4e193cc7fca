import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { RegionConfig } from '../../workflow/config.ts';
import { type Input, inputSchema, regionsSchema } from '../../workflow/input.ts';
import { resolveConfig } from '../../workflow/resolve-config.ts';
import { asked, askedKey } from './asked.ts';
import { readStored, schemaVersion } from './stored.ts';
import {
  conditionFailed,
  deploymentKey,
  deploymentsKey,
  getItem,
  queryItems,
  type Table,
  transact,
  type Write,
} from './table.ts';

/**
 * What is known of a deployment (workflow/PROTOCOL.md) beside what was asked for last (asked.ts): what people approved, and
 * the regions that any run may have built in. What stands is read from the cloud.
 */

const approvedKey = (deployment: string) => ({ pk: deploymentKey(deployment), sk: 'CONFIG' });
const regionPrefix = 'REGION#';
const reachedKey = (deployment: string, region: string) => ({
  pk: deploymentKey(deployment),
  sk: `${regionPrefix}${region}`,
});
const listedKey = (deployment: string) => ({ pk: deploymentsKey, sk: deployment });

/**
 * The writes that make what an execution asked for the approved input; none where something else is the newest. They fail
 * where that is asked for in between.
 */
export async function approvalWrites(table: Table, deployment: string, executionArn: string) {
  const newest = await asked(table, deployment);
  if (newest?.execution !== executionArn || newest.input === undefined) return [];
  const put = (item: object) => ({ Put: { TableName: table.name, Item: item } });
  const still = {
    TableName: table.name,
    Key: askedKey(deployment),
    UpdateExpression: 'SET approved = :true',
    ConditionExpression: 'execution = :execution',
    ExpressionAttributeValues: { ':true': true, ':execution': executionArn },
  };
  return [
    { Update: still },
    put({ ...approvedKey(deployment), schemaVersion, input: newest.input }),
    put({ ...listedKey(deployment) }),
  ];
}

/** What an execution asked for needed no answer, or has it already. */
export async function approveAsked(table: Table, deployment: string, executionArn: string): Promise<void> {
  const writes = await approvalWrites(table, deployment, executionArn);
  if (writes.length === 0) return;
  try {
    await transact(table, writes, `what is approved of ${deployment}`);
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}

/** A deployment's input, and since version 1 nothing else; before, the regions that it was built in as well. */
const approvedItem = z.object({
  input: z.unknown(),
  regions: z
    .array(
      z.looseObject({
        network: z.object({ zones: z.array(z.object({ name: z.string() })) }),
      }),
    )
    .default([]),
});

/** The item that `readApproved` and `readReached` need, for those who want both. */
export const getApproved = (table: Table, deployment: string): Promise<z.output<typeof approvedItem> | undefined> =>
  getItem(table, approvedKey(deployment), approvedItem, `the approved input of ${deployment}`);

/**
 * The input that people approved, or that needed no answer; undefined where there is none, or the deployment is destroyed.
 * @throws {InputError} when a version before this one stored what can't be read any more
 */
export async function readApproved(
  table: Table,
  deployment: string,
  stored = getApproved(table, deployment),
): Promise<Input | undefined> {
  const item = await stored;
  return item === undefined ? undefined : storedInput(deployment, item.input);
}

/** The item's key says whose it is. Regions that it does not name were lost: nobody meant the default ones. */
const storedInput = (deployment: string, stored: unknown): Input =>
  readStored(
    inputSchema.extend({ deployment: z.literal(deployment).default(deployment), regions: regionsSchema }),
    stored,
    `the input of ${deployment}`,
    'start it again with a whole input',
  );

const lookups = z.object({
  region: z.string(),
  account: z.string(),
  partition: z.string(),
  /** Absent in items from before pipelines in other regions were heard of. */
  homeRegion: z.string().exactOptional(),
  zones: z.array(z.string()),
  image: z.object({ base: z.string(), digest: z.string(), tag: z.string() }),
  permissionsBoundaryArn: z.string(),
});

/** Keeps what destroy needs of the regions that a run is about to build in. Never expires. */
export const reachedWrites = (
  table: Table,
  deployment: string,
  input: Input,
  regions: readonly RegionConfig[],
  known: readonly RegionConfig[],
): readonly Write[] =>
  regions
    .filter((each) => !known.some((other) => isDeepStrictEqual(other, each)))
    .map(({ region, account, partition, homeRegion, network, image, permissionsBoundaryArn }) => ({
      Put: {
        TableName: table.name,
        Item: {
          ...reachedKey(deployment, region),
          schemaVersion,
          input,
          lookups: {
            region,
            account,
            partition,
            homeRegion,
            zones: network.zones.map(({ name }) => name),
            image,
            permissionsBoundaryArn,
          } satisfies z.input<typeof lookups>,
        },
      },
    }));

/** The regions that any run may have built in, as they were wanted last, the primary first. */
export async function readReached(
  table: Table,
  deployment: string,
  stored = getApproved(table, deployment),
): Promise<readonly RegionConfig[]> {
  const found = new Map<string, RegionConfig>();
  const [old, items] = await Promise.all([stored, queryItems(table, deploymentKey(deployment), regionPrefix)]);
  for (const { network, ...config } of old?.regions ?? []) {
    const zones = network.zones.map(({ name }) => name);
    for (const each of resolved(deployment, old?.input, { ...config, zones })) found.set(each.region, each);
  }
  for (const { input, lookups } of items)
    for (const each of resolved(deployment, input, lookups)) found.set(each.region, each);
  return [...found.values()].sort((one, other) => Number(other.primary) - Number(one.primary));
}

function resolved(deployment: string, input: unknown, stored: unknown): readonly RegionConfig[] {
  const { region, zones, homeRegion = region, ...rest } = readStored(lookups, stored, `a region of ${deployment}`);
  const all = resolveConfig(storedInput(deployment, input), { ...rest, homeRegion, zones: { [region]: zones } });
  return all.filter((each) => each.region === region);
}

/** Names of the deployments with an approved input. */
export const readDeployments = async (table: Table): Promise<readonly string[]> =>
  (await queryItems(table, deploymentsKey)).map(({ sk }) => sk);

/**
 * The deployment is gone: nothing is wanted of it any more. That its end was asked for last stays: what failed before is
 * not started again.
 * @param regions those in which nothing of it was kept
 */
export const forgetDeployment = (table: Table, deployment: string, regions: readonly string[]): readonly Write[] =>
  [approvedKey(deployment), listedKey(deployment), ...regions.map((region) => reachedKey(deployment, region))].map(
    (Key) => ({ Delete: { TableName: table.name, Key } }),
  );

/** Some regions of a deployment are gone: the approved input goes on without them. */
export async function forgetRegions(
  table: Table,
  deployment: string,
  regions: readonly string[],
): Promise<readonly Write[]> {
  const TableName = table.name;
  const approved = await readApproved(table, deployment);
  const left = approved?.regions.filter(({ region }) => !regions.includes(region));
  const Item = { ...approvedKey(deployment), schemaVersion, input: { ...approved, regions: left } };
  return [
    ...(approved === undefined ? [] : [{ Put: { TableName, Item } }]),
    ...regions.map((region) => ({ Delete: { TableName, Key: reachedKey(deployment, region) } })),
  ];
}
