import { randomBytes } from 'node:crypto';
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Decision } from '../../workflow/documents.ts';
import { type ApprovalStep, isApprovalStep } from '../../workflow/steps.ts';
import { approvedWrite, useUpApproval } from './approved.ts';
import { digestAsked, noteRefusal } from './asked.ts';
import { approvalWrites } from './deployments.ts';
import { decisionSchema, readStored, schemaVersion } from './stored.ts';
import {
  approvalKey,
  conditionFailed,
  expiresAt,
  firstConditionFailed,
  getItem,
  queryItems,
  questionsKey,
  type Table,
  transact,
} from './table.ts';

/** A question to people, as the table keeps it under an opaque id. */
const requestItem = z.object({
  deployment: z.string(),
  execution: z.string(),
  executionArn: z.string(),
  digest: z.string(),
  /** Name of the step that asks, for its events. */
  step: z.custom<ApprovalStep>((name) => typeof name === 'string' && isApprovalStep(name)),
  /** In one line: `deploy platform to production?` */
  question: z.string(),
  /** What the mail and the page say. */
  summary: z.string(),
  /** It never leaves the table. */
  taskToken: z.string(),
  /** The approval API's root. */
  approvalUrl: z.string(),
  /** ISO 8601; after it no answer counts. */
  closesAt: z.string(),
  mailed: z.boolean().exactOptional(),
  decision: decisionSchema.extend({ from: z.string() }).exactOptional(),
  /** ISO 8601: when its run ended without an answer. A redrive asks it again. */
  endedAt: z.string().exactOptional(),
  /** True once the decision was sent to Step Functions. */
  delivered: z.boolean().exactOptional(),
});

export type ApprovalRequest = Readonly<z.output<typeof requestItem>> & { readonly id: string };

const requestKey = (id: string) => ({ pk: approvalKey(id), sk: 'REQUEST' });
const digestKey = (executionArn: string, digest: string) => ({ pk: questionsKey(executionArn), sk: digest });

/** 256 bits, URL-safe: can't be guessed, and says nothing. */
const opaqueId = (): string => randomBytes(32).toString('base64url');
/** Whatever else stands in a link was not made here: it need not be looked up. */
export const isQuestionId = (id: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(id);

/**
 * Opens the question of an execution and digest, or, repeated, puts the new task token into the open one, and the time of
 * that task.
 */
export async function openRequest(
  table: Table,
  request: Omit<ApprovalRequest, 'id' | 'mailed' | 'decision' | 'delivered' | 'endedAt'>,
): Promise<ApprovalRequest> {
  const id = await idOf(table, request.executionArn, request.digest);
  const { taskToken, closesAt, ...fields } = request;
  const values = { schemaVersion, ...fields };
  const names = Object.keys(values);
  const { Attributes } = await table.client.send(
    new UpdateCommand({
      TableName: table.name,
      Key: requestKey(id),
      UpdateExpression: `SET taskToken = :token, closesAt = :closesAt, expiresAt = if_not_exists(expiresAt, :expiresAt), ${names.map((name) => `#${name} = if_not_exists(#${name}, :${name})`).join(', ')} REMOVE endedAt`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ':token': taskToken,
        ':closesAt': closesAt,
        ':expiresAt': expiresAt(new Date()),
        ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  return { ...readStored(requestItem, Attributes, `the question ${request.question}`), id };
}

async function idOf(table: Table, executionArn: string, digest: string): Promise<string> {
  const id = opaqueId();
  try {
    await table.client.send(
      new PutCommand({
        TableName: table.name,
        Item: { ...digestKey(executionArn, digest), id, expiresAt: expiresAt(new Date()) },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    return id;
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: digestKey(executionArn, digest), ConsistentRead: true }),
    );
    return String(Item?.id);
  }
}

export async function markMailed(table: Table, id: string): Promise<void> {
  await mark(table, id, 'mailed');
}

export async function markDelivered(table: Table, id: string): Promise<void> {
  await mark(table, id, 'delivered');
}

const mark = (table: Table, id: string, flag: 'mailed' | 'delivered'): Promise<unknown> =>
  table.client.send(
    new UpdateCommand({
      TableName: table.name,
      Key: requestKey(id),
      UpdateExpression: 'SET #flag = :true',
      ExpressionAttributeNames: { '#flag': flag },
      ExpressionAttributeValues: { ':true': true },
    }),
  );

/** The question of that id, or undefined where there is none or it is too late to answer. */
export async function findRequest(table: Table, id: string, now: Date): Promise<ApprovalRequest | undefined> {
  const request = await getItem(table, requestKey(id), requestItem, 'the question');
  return request === undefined || Date.parse(request.closesAt) <= now.getTime() ? undefined : { ...request, id };
}

/** The questions of an execution, answered or not, whose time is not over. */
export async function questionsOf(table: Table, executionArn: string, now: Date): Promise<readonly ApprovalRequest[]> {
  const questions: ApprovalRequest[] = [];
  for (const { id } of await questionIds(table, executionArn)) {
    const request = await findRequest(table, id, now);
    if (request !== undefined && request.endedAt === undefined) questions.push(request);
  }
  return questions;
}

const questionIds = async (table: Table, executionArn: string) =>
  (await queryItems(table, questionsKey(executionArn))).map(({ sk, id }) => ({ sk, id: String(id) }));

/**
 * Records a decision, unless there is one: the first counts.
 * @returns whether this one was the first
 */
export async function decide(
  table: Table,
  request: ApprovalRequest,
  decision: Decision & { readonly from: string },
): Promise<boolean> {
  const { decision: verdict, by, at } = decision;
  const approval =
    verdict === 'rejected'
      ? []
      : [
          approvedWrite(table, request, { decision: verdict, by, at }),
          ...(await approvalWrites(table, request.deployment, request.executionArn)),
        ];
  const answer = {
    Update: {
      TableName: table.name,
      Key: requestKey(request.id),
      UpdateExpression: 'SET decision = :decision',
      ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(decision) AND attribute_not_exists(endedAt)',
      ExpressionAttributeValues: { ':decision': decision },
    },
  };
  try {
    await transact(table, [answer, ...approval], `the decision on ${request.question}`);
    return true;
  } catch (error) {
    if (!conditionFailed(error)) throw error;
    // Otherwise, something else was asked for while the answer was on its way.
    return firstConditionFailed(error) ? false : decide(table, request, decision);
  }
}

/**
 * A run has ended: what it asked and nobody answered can't be answered any more. A redrive asks, and mails, again.
 * @param revoke whether an approval of its plan that is not carried out yet is void
 */
export async function endQuestions(
  table: Table,
  deployment: string,
  executionArn: string,
  { revoke }: { readonly revoke: boolean },
): Promise<void> {
  const digests = new Set([await digestAsked(table, deployment, executionArn)]);
  for (const { id, sk } of await questionIds(table, executionArn)) {
    digests.add(sk);
    try {
      await table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: requestKey(id),
          UpdateExpression: 'SET endedAt = :now REMOVE mailed',
          ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(decision)',
          ExpressionAttributeValues: { ':now': new Date().toISOString() },
        }),
      );
    } catch (error) {
      if (!conditionFailed(error)) throw error;
    }
  }
  if (!revoke) return;
  for (const digest of digests) if (digest !== undefined) await useUpApproval(table, deployment, digest);
}

/** People said no to what an execution asked, or nobody answered: it is wanted no more, nor is its plan approved. */
export async function refuse(table: Table, deployment: string, executionArn: string): Promise<void> {
  await noteRefusal(table, deployment, executionArn);
  await endQuestions(table, deployment, executionArn, { revoke: true });
}
