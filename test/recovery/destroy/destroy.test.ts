import { CloudWatchLogsClient, DeleteLogGroupCommand, UntagResourceCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ownershipTag } from '../../../lambdas/aws/ownership.ts';
import { compareInventories } from '../../bench/comparison.ts';
import { type Inventory, takeInventory } from '../../bench/inventory.ts';
import { deployedCloud, faultsOf, type OwnCloud, plannedIn, run, setFaults } from '../../support/own-cloud.ts';
import { platformInput, platformRegions } from '../../support/platform-input.ts';
import { type Ended, outcomeOf, type Provisioner } from '../../support/provisioner.ts';
import { story } from '../../support/story.ts';

/** Beside the platform: another name, other CIDRs, one of its regions. */
const neighbour = { deployment: 'beside', regions: [{ region: 'us-west-2', cidr: '10.40.0.0/16' }] };
const everything = { images: true, artifacts: true, source: true };
/** No region of either deployment. */
const elsewhere = 'eu-central-1';
/** Has the name that the platform gives and, from then on, no tag of ours. */
const disowned = '/slipway/platform/staging';
/** Carries our tag, and no kind knows it. */
const stray = 'somebodys-queue';

/** Service-linked roles are the account's: they stay. A VPC's default group comes and goes with it. */
const alive = async (provisioner: Provisioner): Promise<Inventory> =>
  (await takeInventory(provisioner, platformRegions)).filter(
    (line) => !line.includes('/aws-service-role/') && !line.includes(' security-group default '),
  );

let own: OwnCloud;

async function destroy(input: object, decision?: 'approve' | 'reject') {
  const ended = await run(own.provisioner, 'destroy', input, decision);
  return { ended, after: await alive(own.provisioner) };
}

const step = story(800_000);

const provisioning = step('two deployments', async () => {
  own = await deployedCloud('destroy', { MaxReruns: '0' });
  const before = await alive(own.provisioner);
  const ended = await Promise.all([
    run(own.provisioner, 'provision', platformInput),
    run(own.provisioner, 'provision', neighbour),
  ]);
  return { before, ended, standing: await alive(own.provisioner) };
});

const rejecting = step('a destroy that people reject', () => destroy({}, 'reject'));

const keeping = step('a destroy that may not empty anything', async () => {
  await own.provisioner.client(CloudWatchLogsClient).send(
    new UntagResourceCommand({
      resourceArn: `arn:aws:logs:us-east-1:000000000000:log-group:${disowned}`,
      tagKeys: Object.values(ownershipTag),
    }),
  );
  return destroy({});
});

const planning = step('a plan for the neighbour', async () => {
  const plan = await run(own.provisioner, 'provision', { ...neighbour, mode: 'plan' });
  return plannedIn(own.provisioner, plan.executionArn);
});

const emptying = step('a destroy that may empty everything, beside a stray queue', async () => {
  const queues = own.provisioner.client(SQSClient, elsewhere);
  const { QueueUrl } = await queues.send(
    new CreateQueueCommand({ QueueName: stray, tags: { [ownershipTag.deployment]: 'platform' } }),
  );
  const destroyed = await destroy({ empty: everything });
  await queues.send(new DeleteQueueCommand({ QueueUrl }));
  return destroyed;
});

const emptyingAgain = step('the same without the stray queue', () => destroy({ empty: everything }));

const destroyingOnceMore = step('a destroy of what is gone', async () => {
  const { ended } = await destroy({ empty: everything });
  await own.provisioner.client(CloudWatchLogsClient).send(new DeleteLogGroupCommand({ logGroupName: disowned }));
  return ended;
});

/** Of the about 60 mutating calls that take one region down: spread over them, the neighbourhood of the waits included. */
const killedAt = [2, 9, 17, 26, 34, 43, 52];

const killing = step('a destroy that is killed again and again', async () => {
  await setFaults(own.cloud, { faults: [{ do: 'kill', at: killedAt }] });
  const runs: Ended[] = [];
  while (runs.length < 4 && runs.at(-1)?.report?.outcome !== 'destroyed')
    runs.push((await destroy({ deployment: neighbour.deployment, empty: everything })).ended);
  const { fired } = await faultsOf(own.cloud);
  await setFaults(own.cloud, { faults: [] });
  return { runs, fired: fired.map(({ call }) => call), after: await alive(own.provisioner) };
});

afterAll(async () => {
  await own?.end();
});

const isNeighbours = (line: string): boolean => line.includes('beside') || line.includes('10.40.0.0/16');
const neighbours = (lines: Inventory): Inventory => lines.filter(isNeighbours);

const same = { duplicates: [], leaks: [], missing: [] };

describe('before anything goes', () => {
  const provisioned = provisioning.result();
  const rejected = rejecting.result();

  test('both deployments stand beside each other', () => {
    expect(provisioned().ended.map(outcomeOf)).toEqual(['succeeded', 'succeeded']);
    const gateways = provisioned().standing.filter((line) => line.includes(' nat-gateway '));
    expect(gateways).toHaveLength(6);
    expect(gateways.filter(isNeighbours)).toHaveLength(2);
  });

  test('a rejection changes nothing', () => {
    expect(rejected().ended).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'rejected' } });
    expect(compareInventories(provisioned().standing, rejected().after)).toEqual(same);
  });
});

describe('a destroy that may not empty anything', () => {
  const provisioned = provisioning.result();
  const destroyed = keeping.result();
  const planned = planning.result();
  const again = emptyingAgain.result();

  const kept = ['repository', 'artifact-bucket', 'source-repository'];

  test('ends well', () => {
    expect(outcomeOf(destroyed().ended)).toBe('destroyed');
  });

  test('leaves what people put things into, and what carries no tag of ours', () => {
    const left = destroyed().after.filter((line) => !provisioned().before.includes(line) && !isNeighbours(line));
    expect(left.map((line) => line.split(' ').slice(0, 3).join(' ')).sort()).toEqual(
      [
        `us-east-1 log-group ${disowned}`,
        ...platformRegions.flatMap((region) => [
          `global artifact-bucket platform-000000000000-${region}-artifacts`,
          `${region} image platform-app`,
          `${region} repository platform-app`,
          `${region} source-repository platform-app`,
        ]),
      ].sort(),
    );
  });

  test('lists what it kept', () => {
    const listed = (destroyed().ended.report?.kept ?? []).map((line) => line.split(' ')[1]?.split('/')[0]);
    for (const kind of kept) expect(listed).toContain(kind);
    expect(new Set(listed)).toEqual(new Set([...kept, 'image']));
  });

  test('tells what has a name of ours and no tag, the neighbour’s not among it', () => {
    expect(destroyed().ended.report?.unmanaged).toEqual([`us-east-1 log-group ${disowned}`]);
    expect(again().ended.report?.unmanaged).toEqual([`us-east-1 log-group ${disowned}`]);
  });

  test('leaves the neighbour untouched: there is nothing to plan for it', () => {
    expect(compareInventories(neighbours(provisioned().standing), neighbours(destroyed().after))).toEqual(same);
    expect(planned()).toEqual([]);
  });
});

describe('a destroy that may empty everything', () => {
  const provisioned = provisioning.result();
  const destroyed = emptying.result();
  const again = emptyingAgain.result();
  const onceMore = destroyingOnceMore.result();

  test('names what carries the deployment’s tag in a region that it never used', () => {
    expect(destroyed().ended).toMatchObject({ status: 'FAILED', error: 'NotEverythingRemoved' });
    expect(destroyed().ended.cause).toContain(stray);
    expect(destroyed().ended.cause).toContain(elsewhere);
  });

  test('leaves no more than stood before, the neighbour and what is not ours', () => {
    const expected = [
      ...provisioned().before,
      ...neighbours(provisioned().standing),
      ...provisioned().standing.filter((line) => line.startsWith(`us-east-1 log-group ${disowned} `)),
    ];
    expect(compareInventories(expected, destroyed().after)).toEqual(same);
  });

  test('ends well, without a question, once that is gone', () => {
    expect(again().ended).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'destroyed', kept: [] } });
    expect(again().ended.report?.decision).toBeUndefined();
    expect(again().after).toEqual(destroyed().after);
  });

  test('is refused from then on', () => {
    expect(onceMore()).toMatchObject({ status: 'FAILED', error: 'InputError' });
    expect(onceMore().cause).toContain('it has been destroyed already');
  });
});

describe('a destroy that is killed again and again', () => {
  const provisioned = provisioning.result();
  const killed = killing.result();

  test('was killed at mutating calls', () => {
    expect(killed().fired.length).toBeGreaterThanOrEqual(4);
  });

  test('gets everything down, started again at most three times', () => {
    expect(killed().runs.map(outcomeOf).at(-1)).toBe('destroyed');
  });

  test('leaves what lived before anything was provisioned', () => {
    expect(compareInventories(provisioned().before, killed().after)).toEqual(same);
  });
});
