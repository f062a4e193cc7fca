import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { localUrl } from '../../infra/local/local-cloud.ts';
import type { Ended, Provisioner } from '../support/provisioner.ts';
import { waitFor } from '../support/wait-for.ts';
import { type Comparison, compareInventories, type Inventory, takeInventory } from './inventory.ts';

/** A run that has neither ended nor moved on by then is stuck. */
const runLimit = 300_000;

const approveLink = /^Approve: (\S+)$/m;

/** Starts in a row after which a person would have to look. */
const startLimit = 4;

/** A person's part: starts, approves at once where asked, and waits for the end. */
export async function run(provisioner: Provisioner, input: object, within = runLimit): Promise<Ended> {
  const executionArn = await provisioner.start(input);
  return finish(provisioner, executionArn, within);
}

/** Of an execution that is started already. */
export async function finish(provisioner: Provisioner, executionArn: string, within = runLimit): Promise<Ended> {
  let answered = false;
  return waitFor(
    `the end of ${executionArn}`,
    async () => {
      const { status } = await provisioner.describe(executionArn);
      if (status !== 'RUNNING') return provisioner.end(executionArn);
      if (answered) return undefined;
      const mail = (await provisioner.mails()).find(
        ({ message }) => message.includes(executionArn) && approveLink.test(message),
      );
      if (mail === undefined) return undefined;
      const page = localUrl(provisioner.cloud, approveLink.exec(mail.message)?.[1]?.replace(/\?.*$/, '') ?? '');
      const reply = await fetch(page, {
        method: 'POST',
        body: new URLSearchParams({ decision: 'approve', by: 'the bench' }),
      });
      answered = reply.ok;
      return undefined;
    },
    { within, every: 150 },
  );
}

export interface Verdict extends Comparison {
  /** Every execution's outcome, in order: the first ones under fault. */
  readonly outcomes: readonly string[];
  readonly seconds: number;
  readonly converged: boolean;
  readonly stuck: boolean;
  readonly neededAPerson: boolean;
  /** Deployment whose lock has a holder after everything has ended. */
  readonly locked: boolean;
  /** What the last start, which should find nothing to do, said. */
  readonly again: string;
  readonly errors: readonly string[];
}

const outcomeOf = (ended: Ended): string => ended.report?.outcome ?? ended.status;

/**
 * Starts until it succeeds, looks at everything that lives, and starts once more. `beforeLast` ends the faults before
 * what is looked at: an inventory must not be read through a fault.
 */
export async function untilConverged(
  provisioner: Provisioner,
  {
    input,
    regions,
    expected,
    beforeLast,
  }: { input: object; regions: readonly string[]; expected?: Inventory; beforeLast: () => Promise<void> },
): Promise<Verdict & { readonly inventory: Inventory }> {
  const since = performance.now();
  const outcomes: string[] = [];
  const errors: string[] = [];
  let stuck = false;
  while (outcomes.length < startLimit) {
    try {
      const ended = await run(provisioner, input);
      outcomes.push(outcomeOf(ended));
      if (ended.error !== undefined) errors.push(`${ended.error}: ${ended.cause}`);
      if (['succeeded', 'unchanged'].includes(outcomeOf(ended))) break;
    } catch (error) {
      outcomes.push('stuck');
      errors.push((error as Error).message);
      stuck = true;
      break;
    }
  }
  const seconds = (performance.now() - since) / 1000;
  await beforeLast();
  const inventory = await takeInventory(provisioner, regions);
  const again = stuck
    ? 'not tried'
    : outcomeOf(await run(provisioner, input).catch(() => ({ status: 'stuck' }) as Ended));
  const comparison = compareInventories(expected ?? inventory, inventory);
  const locked = (await holder(provisioner, deploymentOf(input))) !== undefined;
  const neededAPerson = !stuck && !['succeeded', 'unchanged'].includes(outcomes.at(-1) ?? '');
  const clean = [comparison.duplicates, comparison.leaks, comparison.missing].every((lines) => lines.length === 0);
  return {
    ...comparison,
    inventory,
    outcomes,
    errors,
    seconds,
    stuck,
    neededAPerson,
    locked,
    again,
    converged: clean && !stuck && !neededAPerson && !locked && again === 'unchanged',
  };
}

const deploymentOf = (input: object): string => ('deployment' in input ? String(input.deployment) : 'platform');

/** Who holds a deployment's lock. */
export async function holder(provisioner: Provisioner, deployment: string): Promise<string | undefined> {
  const { Item } = await provisioner.table.send(
    new GetCommand({
      TableName: provisioner.tableName,
      Key: { pk: `DEPLOYMENT#${deployment}`, sk: 'LOCK' },
      ConsistentRead: true,
    }),
  );
  return Item?.holder as string | undefined;
}
