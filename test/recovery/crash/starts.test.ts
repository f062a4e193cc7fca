import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { consoleLink } from '../../../workflow/events.ts';
import { abort } from '../../bench/abort.ts';
import { finish, holder, run } from '../../bench/convergence.ts';
import { CloudFactory } from '../../bench/fresh-cloud.ts';
import { takeInventory } from '../../bench/inventory.ts';
import { deployedCloud, faultsOf, type OwnCloud, setFaults, startMachine } from '../../support/own-cloud.ts';
import { outcomeOf } from '../../support/provisioner.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A small deployment: what is tried here is who may work on it. */
const small = (deployment: string, ...regions: readonly string[]) => ({
  deployment,
  regions: regions.map((region, index) => ({ region, cidr: `10.${index}.0.0/16` })),
  app: { desiredCount: 1, minCount: 1 },
});

const factory = new CloudFactory('starts', 0.01);
/** All but the ten stand on one cloud, one after the other. */
let own: OwnCloud;
beforeAll(async () => {
  // Longer than a call is held.
  own = await deployedCloud('starts', { MaxReruns: '0', SettleSeconds: '30' });
}, 120_000);
afterAll(async () => {
  await own?.end();
  await factory.forget();
});

/** What a deployment has more than once: names are part of the lines. */
const repeated = (lines: readonly string[], deployment: string): readonly string[] =>
  lines.filter((line, index) => line.includes(deployment) && lines.indexOf(line) !== index);

describe('starts side by side', () => {
  test('of twenty starts of one deployment in the same instant exactly one proceeds', async () => {
    const { provisioner } = own;
    const input = small('twenty', 'us-east-1');
    const arns = await Promise.all(Array.from({ length: 20 }, () => provisioner.start(input)));
    const ends = await Promise.all(arns.map((arn) => finish(provisioner, arn, 480_000)));
    const winners = ends.filter(({ status }) => status === 'SUCCEEDED');
    const losers = ends.filter(({ error }) => error === 'LockedError');
    expect([winners.length, losers.length]).toEqual([1, 19]);
    const [winner] = winners.map(({ executionArn }) => executionArn);
    for (const { cause } of losers)
      expect(cause).toContain(`is being changed by ${winner} (${consoleLink(winner ?? '')})`);
    expect(repeated(await takeInventory(provisioner, ['us-east-1']), 'twenty')).toEqual([]);
    expect(await holder(provisioner, 'twenty')).toBeUndefined();
  }, 600_000);

  test('ten deployments neither hinder nor touch each other', async () => {
    await factory.on('ten', async ({ provisioner, setFaults }) => {
      await setFaults({
        faults: (['L-F678F1CE', 'L-0263D0A3', 'L-FE5A380F', 'L-A4707A72', 'L-3032A538'] as const).map((code) => ({
          do: 'quota',
          code,
          value: 100,
        })),
      });
      const names = Array.from({ length: 10 }, (_, index) => `team-${index}`);
      const ends = await Promise.all(
        names.map((deployment, index) =>
          run(
            provisioner,
            {
              ...small(deployment),
              regions: [{ region: index % 2 === 0 ? 'us-east-1' : 'us-west-2', cidr: `10.${index}.0.0/16` }],
            },
            800_000,
          ),
        ),
      );
      expect(ends.map(outcomeOf)).toEqual(names.map(() => 'succeeded'));
      const inventory = await takeInventory(provisioner, ['us-east-1', 'us-west-2']);
      // Each has what the first one of its region has, by any name.
      const own = names.map((name, index) =>
        inventory
          .filter((line) => line.includes(`${name}-`) || line.includes(`/${name}/`))
          .map((line) =>
            line
              .replaceAll(name, 'team')
              .replaceAll(/us-(east-1|west-2)/g, 'region')
              .replaceAll(`10.${index}.`, '10.n.'),
          )
          .sort(),
      );
      // Those of another region than the provisioner's have a rule more: it forwards what their pipelines fail with.
      for (const [index, lines] of own.entries()) expect(lines).toEqual(own[index % 2]);
      for (const name of names) expect(await holder(provisioner, name)).toBeUndefined();
    });
  }, 960_000);
});

describe('a Lambda of an aborted run that is still working when the next one has begun', () => {
  test('creates nothing: its intent is refused', async () => {
    const { cloud, provisioner } = own;
    const input = small('fence', 'us-east-1');
    const principal = 'lambda:slipway-vpc';
    // After what the start of VPC writes: intents of its second wave. The VPC stands.
    await setFaults(cloud, { faults: [{ do: 'hold', principal, action: 'TransactWriteItems', nth: [3] }] });
    const first = await provisioner.start(input);
    await waitFor('the held call', async () => (await faultsOf(cloud)).held.length === 1, { within: 120_000 });
    expect(
      (await takeInventory(provisioner, ['us-east-1'])).filter((line) => line.includes(' vpc fence-')),
    ).toHaveLength(1);
    await abort(provisioner, first);
    // Where the next run takes long, the old Lambda has given the held call up by then, and repeated it.
    const since = (await provisioner.calls()).length;
    const second = await run(provisioner, input);
    expect(outcomeOf(second)).toBe('succeeded');
    const before = await takeInventory(provisioner, ['us-east-1']);
    await setFaults(cloud, { faults: [] });
    await waitFor(
      'the end of the old Lambda',
      async () =>
        (await provisioner.calls())
          .slice(since)
          .some(
            (call) =>
              call.action === 'TransactWriteItems' &&
              call.error === 'TransactionCanceledException' &&
              call.principal === principal,
          ),
      { within: 60_000 },
    );
    expect(await takeInventory(provisioner, ['us-east-1'])).toEqual(before);
    expect(repeated(before, 'fence')).toEqual([]);
    expect(outcomeOf(await run(provisioner, input))).toBe('unchanged');
  }, 480_000);
});

describe('a create that an aborted run has under way', () => {
  test('is waited for and adopted by the next run, which does not make a second one', async () => {
    const { cloud, provisioner } = own;
    const input = small('in-flight', 'us-west-2');
    await setFaults(cloud, { faults: [{ do: 'hold', action: 'CreateVpc', nth: [1] }] });
    const first = await provisioner.start(input);
    await waitFor('the held call', async () => (await faultsOf(cloud)).held.length === 1, { within: 120_000 });
    await abort(provisioner, first);
    const before = (await provisioner.calls()).length;
    const second = await provisioner.start(input);
    const looks = async (): Promise<number> =>
      (await provisioner.calls())
        .slice(before)
        .filter(({ action, principal }) => action === 'DescribeVpcs' && principal === 'lambda:slipway-vpc').length;
    await waitFor("the second run's look", async () => (await looks()) > 0, { within: 60_000, every: 20 });
    await setFaults(cloud, { faults: [] });
    expect(outcomeOf(await finish(provisioner, second))).toBe('succeeded');
    expect(await looks()).toBeGreaterThan(1);
    const lines = await takeInventory(provisioner, ['us-west-2']);
    expect(lines.filter((line) => line.includes(' vpc in-flight-'))).toHaveLength(1);
    expect(repeated(lines, 'in-flight')).toEqual([]);
  }, 600_000);
});

describe('a Lambda of an aborted destroy that is still working when the next run has begun', () => {
  test('removes nothing of what that run found or made', async () => {
    const { cloud, provisioner } = own;
    const input = small('late-destroy', 'us-west-2');
    const principal = 'lambda:slipway-monitoring';
    const before = (await provisioner.calls()).length;
    const asked = async (): Promise<number> =>
      (await provisioner.calls())
        .slice(before)
        .filter((call) => call.action === 'GetItem' && call.principal === principal).length;
    expect(outcomeOf(await run(provisioner, input))).toBe('succeeded');
    const inOneRun = await asked();
    await setFaults(cloud, { faults: [{ do: 'hold', action: 'DescribeAlarms', principal, nth: [1] }] });
    const destroy = await startMachine(provisioner, 'destroy', { deployment: input.deployment });
    // Answers the question; the end is not waited for.
    const ended = finish(provisioner, destroy);
    await waitFor('the held look', async () => (await faultsOf(cloud)).held.length === 1, { within: 120_000 });
    await abort(provisioner, destroy);
    expect((await ended).status).toBe('ABORTED');
    expect(outcomeOf(await run(provisioner, input))).toBe('succeeded');
    const standing = await takeInventory(provisioner, ['us-west-2']);
    await setFaults(cloud, { faults: [] });
    // Once more than two runs do.
    await waitFor('the old Lambda to ask for the lock', async () => (await asked()) > 2 * inOneRun, {
      within: 60_000,
    });
    expect(outcomeOf(await run(provisioner, input))).toBe('unchanged');
    expect(await takeInventory(provisioner, ['us-west-2'])).toEqual(standing);
  }, 600_000);
});

describe('a region that does not answer for the whole run', () => {
  const up = 'us-east-2';
  const down = 'eu-west-1';
  const both = small('down', up, down);
  test('does not keep the other from its end, the report says so, and a later start completes', async () => {
    const { cloud, provisioner } = own;
    await setFaults(cloud, { faults: [{ do: 'down', region: down }] });
    const under = await run(provisioner, both, 400_000);
    expect(under.report?.regions.map(({ region, status }) => [region, status])).toEqual([
      [up, 'succeeded'],
      [down, 'failed'],
    ]);
    expect(under).toMatchObject({ status: 'FAILED', report: { outcome: 'failed' } });
    expect(under.report?.error?.Cause).toContain(down);
    expect(under.report?.regions[0]?.urls.production).toMatch(/^http:/);
    await setFaults(cloud, { faults: [] });
    const later = await run(provisioner, both, 400_000);
    expect(outcomeOf(later)).toBe('succeeded');
    expect(repeated(await takeInventory(provisioner, [up, down]), both.deployment)).toEqual([]);
    expect(await holder(provisioner, both.deployment)).toBeUndefined();
  }, 960_000);
});
