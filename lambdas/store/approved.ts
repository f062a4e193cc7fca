import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Decision } from '../../workflow/documents.ts';
import { decisionSchema, schemaVersion } from './stored.ts';
import { deploymentKey, expiresAt, getItem, type Table, type Write } from './table.ts';

/** Plans that people approved and no run has carried out yet (workflow/PROTOCOL.md). */

const approvedItem = z.object({ decision: decisionSchema, closesAt: z.string() });

const approvedKey = (deployment: string, digest: string) => ({
  pk: deploymentKey(deployment),
  sk: `APPROVED#${digest}`,
});

/** Keeps the approval of a plan until its question would have closed: by then, one that was not carried out is stale. */
export const approvedWrite = (
  table: Table,
  question: { readonly deployment: string; readonly digest: string; readonly closesAt: string },
  decision: Decision,
): Write => ({
  Put: {
    TableName: table.name,
    Item: {
      ...approvedKey(question.deployment, question.digest),
      schemaVersion,
      decision,
      closesAt: question.closesAt,
      expiresAt: expiresAt(new Date()),
    },
  },
});

/** The approval of this very plan by an earlier run that failed before production stood. */
export async function approvalOf(
  table: Table,
  deployment: string,
  digest: string,
  now: Date,
): Promise<Decision | undefined> {
  const approved = await getItem(table, approvedKey(deployment, digest), approvedItem, `the approval of ${digest}`);
  return approved === undefined || Date.parse(approved.closesAt) <= now.getTime() ? undefined : approved.decision;
}

/** Once production stands, the approval is used up; after a no it is void. */
export async function useUpApproval(table: Table, deployment: string, digest: string): Promise<void> {
  await table.client.send(new DeleteCommand(usedUp(table, deployment, digest)));
}

/** The same, as a write. */
export const usedUp = (table: Table, deployment: string, digest: string) => ({
  TableName: table.name,
  Key: approvedKey(deployment, digest),
});
