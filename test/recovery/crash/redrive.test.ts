import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { abort } from '../../bench/abort.ts';
import { finish, holder, run } from '../../bench/convergence.ts';
import { CloudFactory, type FreshCloud } from '../../bench/fresh-cloud.ts';
import { type Inventory, takeInventory } from '../../bench/inventory.ts';
import { type Ended, nameOf, outcomeOf } from '../../support/provisioner.ts';
import { waitFor } from '../../support/wait-for.ts';

/** Two small deployments, each in a region of its own. */
const regions = ['us-east-1', 'us-west-2'] as const;
const small = { app: { desiredCount: 1, minCount: 1 } };
const alone = { ...small, deployment: 'alone', regions: [{ region: regions[0], cidr: '10.0.0.0/16' }] };
const overtaken = { ...small, deployment: 'overtaken', regions: [{ region: regions[1], cidr: '10.1.0.0/16' }] };

interface Redriven {
  readonly ended: Ended;
  readonly redriveCount: number | undefined;
}

/** What a redrive that must do no harm left, beside what was there before it. */
interface Harmless extends Redriven {
  readonly calls: readonly string[];
  readonly before: { readonly inventory: Inventory; readonly holder: string | undefined };
  readonly after: { readonly inventory: Inventory; readonly holder: string | undefined };
}

interface Story {
  readonly alone: Redriven & { readonly questions: number; readonly again: Ended; readonly inventory: Inventory };
  readonly handled: { readonly first: Ended; readonly mails: readonly string[]; readonly redriven: Harmless };
  readonly later: { readonly arn: string; readonly ended: Ended };
  readonly whileLaterRuns: Harmless;
  readonly afterLater: Harmless;
  readonly refusals: Readonly<Record<'running' | 'succeeded', string>>;
}

async function tell({ provisioner, setFaults, clearFaults, faults }: FreshCloud): Promise<Story> {
  const redrive = (executionArn: string) =>
    provisioner.stepFunctions.send(new RedriveExecutionCommand({ executionArn }));
  const refusal = (executionArn: string): Promise<string> =>
    redrive(executionArn).then(
      () => 'redriven',
      (error: Error) => error.name,
    );
  const countOf = async (executionArn: string) => (await provisioner.describe(executionArn)).redriveCount;
  /** Until what its end leads to is done too: otherwise that would meet the redriven run. */
  const aborted = async (executionArn: string): Promise<void> => {
    const told = async (): Promise<number> =>
      (await provisioner.mails()).filter(
        ({ message }) => message.includes('ended as ABORTED') && message.includes(nameOf(executionArn)),
      ).length;
    const before = await told();
    await abort(provisioner, executionArn);
    await waitFor('the mail that tells of the end', async () => (await told()) > before, { within: 40_000 });
  };
  const startedAndAborted = async (input: typeof alone | typeof overtaken): Promise<string> => {
    const arn = await provisioner.start(input);
    await waitFor(
      'the NAT stage',
      async () => (await provisioner.events(arn)).some(({ stage, status }) => stage === 'nat' && status === 'finished'),
      { within: 120_000 },
    );
    await aborted(arn);
    return arn;
  };
  const look = async () => ({
    inventory: await takeInventory(provisioner, regions),
    holder: await holder(provisioner, overtaken.deployment),
  });
  const harmless = async (executionArn: string): Promise<Harmless> => {
    const before = await look();
    await clearFaults();
    await redrive(executionArn);
    const ended = await provisioner.end(executionArn);
    return {
      ended,
      redriveCount: await countOf(executionArn),
      calls: (await faults()).calls,
      before,
      after: await look(),
    };
  };

  // Stopped on the way, and once more while people are asked.
  const first = await startedAndAborted(alone);
  await redrive(first);
  const running = await refusal(first);
  await provisioner.question(first);
  await aborted(first);
  await redrive(first);
  const ended = await finish(provisioner, first, 120_000);
  const questions = (await provisioner.mails()).filter(
    ({ topicArn, message }) => topicArn.endsWith(':slipway-approvals') && message.includes(first),
  ).length;
  const redriveCount = await countOf(first);
  const again = await run(provisioner, alone);

  await setFaults({ faults: [{ do: 'quota', code: 'L-0263D0A3', value: 0 }] });
  const failed = await run(provisioner, overtaken);
  await clearFaults();
  const stopped = await startedAndAborted(overtaken);
  const arn = await provisioner.start(overtaken);
  await provisioner.question(arn);
  const whileLaterRuns = await harmless(stopped);
  const handled = await harmless(failed.executionArn);
  const later = await finish(provisioner, arn, 120_000);
  const afterLater = await harmless(stopped);
  const mails = (await provisioner.mails()).filter(({ message }) => message.includes(failed.name));
  return {
    alone: { ended, redriveCount, questions, again, inventory: await takeInventory(provisioner, [regions[0]]) },
    handled: { first: failed, mails: mails.map(({ message }) => message), redriven: handled },
    later: { arn, ended: later },
    whileLaterRuns,
    afterLater,
    refusals: { running, succeeded: await refusal(arn) },
  };
}

const factory = new CloudFactory('redrive', 0.01);
let story: Story;
beforeAll(async () => {
  story = await factory.on('redrive', tell);
}, 800_000);
afterAll(() => factory.forget());

describe('an aborted run that is redriven', () => {
  test('completes under its own name, also when it was aborted while people were asked', () => {
    expect(story.alone.ended).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'succeeded' } });
    expect(story.alone.redriveCount).toBe(2);
  });

  test('asks again, with a time of its own, and mails that', () => {
    expect(story.alone.questions).toBe(2);
  });

  test('leaves one of everything and nothing to do', () => {
    const { inventory, again } = story.alone;
    expect(inventory.filter((line, index) => inventory.indexOf(line) !== index)).toEqual([]);
    expect(outcomeOf(again)).toBe('unchanged');
  });
});

describe.each([
  ['that has the lock', 'whileLaterRuns'],
  ['that has ended', 'afterLater'],
] as const)('an aborted run that is redriven after a later run %s', (_, when) => {
  test('fails as fenced', () => {
    expect(story[when].ended).toMatchObject({ status: 'FAILED', error: 'FencedError' });
    expect(story[when].ended.cause).toContain('a later run took it');
  });

  test('changes nothing', () => {
    expect(story[when].calls).toEqual([]);
    expect(story[when].after.inventory).toEqual(story[when].before.inventory);
  });

  test('neither takes the lock nor gives it back', () => {
    const expected = when === 'whileLaterRuns' ? story.later.arn : undefined;
    expect([story[when].before.holder, story[when].after.holder]).toEqual([expected, expected]);
  });
});

test('the later run completes', () => {
  expect(story.later.ended).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'succeeded' } });
});

describe('a failure that was reported', () => {
  test('says to start again', () => {
    expect(story.handled.mails.join('\n')).toContain('Start again with the same input');
  });

  test('ends the same way when it is redriven', () => {
    const { first, redriven } = story.handled;
    expect(redriven.redriveCount).toBe(1);
    expect(redriven.ended).toMatchObject({ status: 'FAILED', error: first.error, cause: first.cause });
    expect(redriven.ended.report).toEqual(first.report);
  });

  test('does no harm when it is redriven while a later run has the lock', () => {
    const { calls, before, after } = story.handled.redriven;
    expect(calls).toEqual([]);
    expect(after).toEqual(before);
    expect(after.holder).toBe(story.later.arn);
  });
});

test('a run that runs or succeeded can’t be redriven', () => {
  expect(story.refusals).toEqual({ running: 'ExecutionNotRedrivable', succeeded: 'ExecutionNotRedrivable' });
});
