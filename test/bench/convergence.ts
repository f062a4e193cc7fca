import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { answered, plannedIn, startMachine } from '../support/own-cloud.ts';
import type { Ended, Provisioner } from '../support/provisioner.ts';
import { type Comparison, compareInventories } from './comparison.ts';
import { type Inventory, takeInventory } from './inventory.ts';

/** A run that has neither ended nor moved on by then is stuck. */
const runLimit = 300_000;

/** Starts in a row after which a person would have to look. */
const startLimit = 4;

/** What is started again and again until nothing is left for it to do. */
export interface Work {
  readonly machine: 'provision' | 'destroy';
  readonly input: object;
  /** Outcomes that end it well. */
  readonly done: readonly string[];
  /** What one more start answers then: its outcome, or the name of its error. */
  readonly again: string;
}

export const provisioning = (input: object): Work => ({
  machine: 'provision',
  input,
  done: ['succeeded', 'unchanged'],
  again: 'unchanged',
});

/** With all that people put there. A deployment that is gone is unknown to the next start, which refuses its input. */
export const destroying: Work = {
  machine: 'destroy',
  input: { empty: { images: true, artifacts: true, source: true } },
  done: ['destroyed'],
  again: 'InputError',
};

/** A person's part: starts `provision`, approves at once where asked, and waits for the end. */
export const run = (provisioner: Provisioner, input: object, within = runLimit): Promise<Ended> =>
  carryOut(provisioner, provisioning(input), within);

async function carryOut(provisioner: Provisioner, { machine, input }: Work, within = runLimit): Promise<Ended> {
  return finish(provisioner, await startMachine(provisioner, machine, input), within);
}

/** Of an execution that is started already. */
export const finish = (provisioner: Provisioner, executionArn: string, within = runLimit): Promise<Ended> =>
  answered(provisioner, executionArn, 'approve', within);

export interface Verdict extends Comparison {
  /** Every execution's outcome, in order: the first ones under fault. */
  readonly outcomes: readonly string[];
  readonly seconds: number;
  readonly converged: boolean;
  /** Why it was given up, where it was. */
  readonly stuck: string | undefined;
  readonly neededAPerson: boolean;
  /** Deployment whose lock has a holder after everything has ended. */
  readonly locked: boolean;
  /** What the last start, which should find nothing to do, answered. */
  readonly again: string;
  readonly errors: readonly string[];
}

const outcomeOf = (ended: Ended): string => ended.report?.outcome ?? ended.status;

/**
 * Starts until it is done, looks at everything that lives, and starts once more. `beforeLast` ends the faults before
 * what is looked at: an inventory must not be read through a fault.
 */
export async function untilConverged(
  provisioner: Provisioner,
  {
    work,
    regions,
    expected,
    beforeLast,
  }: { work: Work; regions: readonly string[]; expected?: Inventory; beforeLast: () => Promise<void> },
): Promise<Verdict & { readonly inventory: Inventory }> {
  const since = performance.now();
  const outcomes: string[] = [];
  const errors: string[] = [];
  let stuck: string | undefined;
  const isDone = (): boolean => work.done.includes(outcomes.at(-1) ?? '');
  while (stuck === undefined && !isDone() && outcomes.length < startLimit) {
    try {
      const ended = await carryOut(provisioner, work);
      outcomes.push(outcomeOf(ended));
      if (ended.error !== undefined) errors.push(`${ended.error}: ${ended.cause}`);
    } catch (error) {
      outcomes.push('stuck');
      stuck = String((error as Error).stack);
    }
  }
  const seconds = (performance.now() - since) / 1000;
  await beforeLast();
  const inventory = await takeInventory(provisioner, regions);
  const again =
    stuck !== undefined
      ? 'not tried'
      : await carryOut(provisioner, work).then(
          (ended) => answerOf(provisioner, ended),
          (error: Error) => `stuck: ${error.message}`,
        );
  const comparison = compareInventories(expected ?? inventory, inventory);
  const locked = (await holder(provisioner, deploymentOf(work.input))) !== undefined;
  const neededAPerson = stuck === undefined && !isDone();
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
    converged: clean && stuck === undefined && !neededAPerson && !locked && again === work.again,
  };
}

/** Outcome or error, with what was changed where something was. */
async function answerOf(provisioner: Provisioner, ended: Ended): Promise<string> {
  const outcome = ended.error ?? outcomeOf(ended);
  if (outcome !== 'succeeded') return outcome;
  const changes = (await plannedIn(provisioner, ended.executionArn)).map(
    ({ action, region, kind, key, differences }) =>
      `${action} ${kind}/${key} in ${region} ${differences.map(({ path }) => path)}`,
  );
  return `${outcome}: ${changes.join('; ')}`;
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
