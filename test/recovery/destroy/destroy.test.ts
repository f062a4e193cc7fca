import { CloudWatchLogsClient, DeleteLogGroupCommand, UntagResourceCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ownershipTag } from '../../../lambdas/aws/ownership.ts';
import { compareInventories, type Inventory, takeInventory } from '../../bench/inventory.ts';
import { deployedCloud, faultsOf, type OwnCloud, plannedIn, run, setFaults } from '../../support/own-cloud.ts';
import { platformInput, platformRegions } from '../../support/platform-input.ts';
import { type Ended, outcomeOf, type Provisioner } from '../../support/provisioner.ts';

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

interface Snapshot {
  readonly ended: Ended;
  readonly after: Inventory;
}

interface Story {
  readonly before: Inventory;
  readonly provisioned: readonly Ended[];
  readonly standing: Inventory;
  readonly rejected: Snapshot;
  readonly keeping: Snapshot;
  readonly besides: readonly unknown[];
  readonly withStray: Snapshot;
  readonly again: Snapshot;
  readonly refused: Ended;
  readonly killed: { readonly runs: readonly Ended[]; readonly fired: readonly string[]; readonly after: Inventory };
}

let own: OwnCloud;
let story: Story;

async function tell(provisioner: Provisioner): Promise<Story> {
  const destroy = async (input: object, decision?: 'approve' | 'reject'): Promise<Snapshot> => {
    const ended = await run(provisioner, 'destroy', input, decision);
    return { ended, after: await alive(provisioner) };
  };
  const before = await alive(provisioner);
  const provisioned = await Promise.all([
    run(provisioner, 'provision', platformInput),
    run(provisioner, 'provision', neighbour),
  ]);
  const standing = await alive(provisioner);
  const rejected = await destroy({}, 'reject');

  const logs = provisioner.client(CloudWatchLogsClient);
  await logs.send(
    new UntagResourceCommand({
      resourceArn: `arn:aws:logs:us-east-1:000000000000:log-group:${disowned}`,
      tagKeys: Object.values(ownershipTag),
    }),
  );
  const keeping = await destroy({});

  const plan = await run(provisioner, 'provision', { ...neighbour, mode: 'plan' });
  const besides = await plannedIn(provisioner, plan.executionArn);

  const queues = provisioner.client(SQSClient, elsewhere);
  const { QueueUrl } = await queues.send(
    new CreateQueueCommand({ QueueName: stray, tags: { [ownershipTag.deployment]: 'platform' } }),
  );
  const withStray = await destroy({ empty: everything });
  await queues.send(new DeleteQueueCommand({ QueueUrl }));
  const again = await destroy({ empty: everything });
  const { ended: refused } = await destroy({ empty: everything });
  await logs.send(new DeleteLogGroupCommand({ logGroupName: disowned }));

  await setFaults(own.cloud, { faults: [{ do: 'kill', at: killedAt }] });
  const runs: Ended[] = [];
  while (runs.length < 4 && runs.at(-1)?.report?.outcome !== 'destroyed')
    runs.push((await destroy({ deployment: neighbour.deployment, empty: everything })).ended);
  const { fired } = await faultsOf(own.cloud);
  await setFaults(own.cloud, { faults: [] });
  return {
    before,
    provisioned,
    standing,
    rejected,
    keeping,
    besides,
    withStray,
    again,
    refused,
    killed: { runs, fired: fired.map(({ call }) => call), after: await alive(provisioner) },
  };
}

/** Of the about 60 mutating calls that take one region down: spread over them, the neighbourhood of the waits included. */
const killedAt = [2, 9, 17, 26, 34, 43, 52];

beforeAll(async () => {
  own = await deployedCloud('destroy', { MaxReruns: '0' });
  story = await tell(own.provisioner);
}, 800_000);

afterAll(async () => {
  await own?.end();
});

const isNeighbours = (line: string): boolean => line.includes('beside') || line.includes('10.40.0.0/16');
const neighbours = (lines: Inventory): Inventory => lines.filter(isNeighbours);

const same = { duplicates: [], leaks: [], missing: [] };

describe('before anything goes', () => {
  test('both deployments stand beside each other', () => {
    expect(story.provisioned.map(outcomeOf)).toEqual(['succeeded', 'succeeded']);
    const gateways = story.standing.filter((line) => line.includes(' nat-gateway '));
    expect(gateways).toHaveLength(6);
    expect(gateways.filter(isNeighbours)).toHaveLength(2);
  });

  test('a rejection changes nothing', () => {
    expect(story.rejected.ended).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'rejected' } });
    expect(compareInventories(story.standing, story.rejected.after)).toEqual(same);
  });
});

describe('a destroy that may not empty anything', () => {
  const kept = ['repository', 'artifact-bucket', 'source-repository'];

  test('ends well', () => {
    expect(outcomeOf(story.keeping.ended)).toBe('destroyed');
  });

  test('leaves what people put things into, and what carries no tag of ours', () => {
    const left = story.keeping.after.filter((line) => !story.before.includes(line) && !isNeighbours(line));
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
    const listed = (story.keeping.ended.report?.kept ?? []).map((line) => line.split(' ')[1]?.split('/')[0]);
    for (const kind of kept) expect(listed).toContain(kind);
    expect(new Set(listed)).toEqual(new Set([...kept, 'image']));
  });

  test('tells what has a name of ours and no tag, the neighbour’s not among it', () => {
    expect(story.keeping.ended.report?.unmanaged).toEqual([`us-east-1 log-group ${disowned}`]);
    expect(story.again.ended.report?.unmanaged).toEqual([`us-east-1 log-group ${disowned}`]);
  });

  test('leaves the neighbour untouched: there is nothing to plan for it', () => {
    expect(compareInventories(neighbours(story.standing), neighbours(story.keeping.after))).toEqual(same);
    expect(story.besides).toEqual([]);
  });
});

describe('a destroy that may empty everything', () => {
  test('names what carries the deployment’s tag in a region that it never used', () => {
    expect(story.withStray.ended).toMatchObject({ status: 'FAILED', error: 'NotEverythingRemoved' });
    expect(story.withStray.ended.cause).toContain(stray);
    expect(story.withStray.ended.cause).toContain(elsewhere);
  });

  test('leaves no more than stood before, the neighbour and what is not ours', () => {
    const expected = [
      ...story.before,
      ...neighbours(story.standing),
      ...story.standing.filter((line) => line.startsWith(`us-east-1 log-group ${disowned} `)),
    ];
    expect(compareInventories(expected, story.withStray.after)).toEqual(same);
  });

  test('ends well, without a question, once that is gone', () => {
    expect(story.again.ended).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'destroyed', kept: [] } });
    expect(story.again.ended.report?.decision).toBeUndefined();
    expect(story.again.after).toEqual(story.withStray.after);
  });

  test('is refused from then on', () => {
    expect(story.refused).toMatchObject({ status: 'FAILED', error: 'InputError' });
    expect(story.refused.cause).toContain('it has been destroyed already');
  });
});

describe('a destroy that is killed again and again', () => {
  test('was killed at mutating calls', () => {
    expect(story.killed.fired.length).toBeGreaterThanOrEqual(4);
  });

  test('gets everything down, started again at most three times', () => {
    expect(story.killed.runs.map(outcomeOf).at(-1)).toBe('destroyed');
  });

  test('leaves what lived before anything was provisioned', () => {
    expect(compareInventories(story.before, story.killed.after)).toEqual(same);
  });
});
