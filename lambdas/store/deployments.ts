import { isDeepStrictEqual } from 'node:util';
import { DeleteCommand, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { RegionConfig } from '../../workflow/config.ts';
import type { Execution } from '../../workflow/documents.ts';
import { type Input, inputSchema, regionsSchema } from '../../workflow/input.ts';
import { resolveConfig } from '../../workflow/resolve-config.ts';
import { readStored, schemaVersion } from './stored.ts';
import { conditionFailed, deploymentKey, deploymentsKey, getItem, queryItems, type Table, transact } from './table.ts';

/**
 * What is known of a deployment (workflow/PROTOCOL.md): what was asked for last, what people approved, and the regions that
 * any run may have built in. What stands is read from the cloud.
 */

const approvedKey = (deployment: string) => ({ pk: deploymentKey(deployment), sk: 'CONFIG' });
const askedKey = (deployment: string) => ({ pk: deploymentKey(deployment), sk: 'ASKED' });
const regionPrefix = 'REGION#';
const reachedKey = (deployment: string, region: string) => ({
  pk: deploymentKey(deployment),
  sk: `${regionPrefix}${region}`,
});
const listedKey = (deployment: string) => ({ pk: deploymentsKey, sk: deployment });

/** What was asked for last: by `provision` an input, by `destroy` none. */
interface Asked {
  readonly execution: string;
  /** ISO 8601: when that execution started. */
  readonly startedAt: string;
  readonly input?: unknown;
  /** Of the plan that was made for it. */
  readonly digest?: string;
  /** People said no to it, or nobody answered. */
  readonly refused?: true;
  /** People said yes to it, or nobody had to. */
  readonly approved?: true;
}

const askedItem = z.object({
  execution: z.string(),
  startedAt: z.string(),
  input: z.unknown().exactOptional(),
  digest: z.string().exactOptional(),
  refused: z.literal(true).exactOptional(),
  approved: z.literal(true).exactOptional(),
}) satisfies z.ZodType<Asked>;

const asked = (table: Table, deployment: string): Promise<Asked | undefined> =>
  getItem(table, askedKey(deployment), askedItem, `what was asked for of ${deployment}`);

/** Remembers what was asked for. @param input absent where the deployment is to be destroyed */
export async function writeAsked(table: Table, deployment: string, execution: Execution, input?: Input): Promise<void> {
  await table.client.send(
    new PutCommand({
      TableName: table.name,
      Item: {
        ...askedKey(deployment),
        schemaVersion,
        execution: execution.arn,
        startedAt: execution.startedAt,
        ...(input === undefined ? {} : { input }),
      },
    }),
  );
}

/** Notes something of what was asked, while it is still the newest. */
async function note(table: Table, deployment: string, executionArn: string, fields: Partial<Asked>): Promise<void> {
  const [[name, value] = ['', undefined]] = Object.entries(fields);
  try {
    await table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: askedKey(deployment),
        UpdateExpression: 'SET #name = :value',
        ConditionExpression: 'execution = :execution',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: { ':value': value, ':execution': executionArn },
      }),
    );
  } catch (error) {
    if (!conditionFailed(error)) throw error;
  }
}

export const noteDigest = (table: Table, deployment: string, executionArn: string, digest: string): Promise<void> =>
  note(table, deployment, executionArn, { digest });

export const noteRefusal = (table: Table, deployment: string, executionArn: string): Promise<void> =>
  note(table, deployment, executionArn, { refused: true });

/** Digest of the plan of what an execution asked for, while that is the newest. */
export async function digestAsked(table: Table, deployment: string, executionArn: string): Promise<string | undefined> {
  const newest = await asked(table, deployment);
  return newest?.execution === executionArn ? newest.digest : undefined;
}

/**
 * Whether what an execution asked for is still wanted: nobody has asked for anything else since it started (`newest`), and
 * nobody has said no to it (`refused`).
 */
export async function claimOf(
  table: Table,
  deployment: string,
  { arn, startedAt }: Pick<Execution, 'arn' | 'startedAt'>,
): Promise<{ readonly newest: boolean; readonly refused: boolean }> {
  const last = await asked(table, deployment);
  const own = last === undefined || last.execution === arn;
  return {
    newest: own || Date.parse(last.startedAt) <= Date.parse(startedAt),
    refused: own && last?.refused === true,
  };
}

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
  zones: z.array(z.string()),
  image: z.object({ base: z.string(), digest: z.string(), tag: z.string() }),
  permissionsBoundaryArn: z.string(),
});

/** Keeps what destroy needs of the regions that a run is about to build in. Never expires. */
export async function writeReached(
  table: Table,
  deployment: string,
  input: Input,
  regions: readonly RegionConfig[],
  known: readonly RegionConfig[],
): Promise<void> {
  const news = regions.filter((each) => !known.some((other) => isDeepStrictEqual(other, each)));
  await Promise.all(
    news.map(({ region, account, partition, network, image, permissionsBoundaryArn }) =>
      table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: {
            ...reachedKey(deployment, region),
            schemaVersion,
            input,
            lookups: {
              region,
              account,
              partition,
              zones: network.zones.map(({ name }) => name),
              image,
              permissionsBoundaryArn,
            } satisfies z.input<typeof lookups>,
          },
        }),
      ),
    ),
  );
}

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
  const { region, zones, ...rest } = readStored(lookups, stored, `a region of ${deployment}`);
  const all = resolveConfig(storedInput(deployment, input), { ...rest, zones: { [region]: zones } });
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
export async function forgetDeployment(table: Table, deployment: string, regions: readonly string[]): Promise<void> {
  const gone = (key: object) => ({ Delete: { TableName: table.name, Key: { ...key } } });
  await table.client.send(
    new TransactWriteCommand({
      TransactItems: [
        ...[approvedKey(deployment), listedKey(deployment)].map(gone),
        ...regions.map((region) => gone(reachedKey(deployment, region))),
      ],
    }),
  );
}

/** Some regions of a deployment are gone: the approved input goes on without them. */
export async function forgetRegions(table: Table, deployment: string, regions: readonly string[]): Promise<void> {
  const approved = await readApproved(table, deployment);
  if (approved !== undefined) {
    const input = { ...approved, regions: approved.regions.filter(({ region }) => !regions.includes(region)) };
    await table.client.send(
      new PutCommand({ TableName: table.name, Item: { ...approvedKey(deployment), schemaVersion, input } }),
    );
  }
  for (const region of regions)
    await table.client.send(new DeleteCommand({ TableName: table.name, Key: reachedKey(deployment, region) }));
}
