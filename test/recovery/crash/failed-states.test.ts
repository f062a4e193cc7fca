import { AllocateAddressCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DeleteRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordedCall } from '@slipway/local-cloud';
import { finish, holder, run } from '../../bench/convergence.ts';
import { CloudFactory, type FreshCloud } from '../../bench/fresh-cloud.ts';
import { type Inventory, takeInventory } from '../../bench/inventory.ts';
import { type Ended, outcomeOf } from '../../support/provisioner.ts';
import { waitFor } from '../../support/wait-for.ts';

/** One small deployment for each thing that goes wrong, side by side, each in a region of its own. */
const small = (deployment: string, region: string, app: object = {}) => ({
  deployment,
  regions: [{ region, cidr: '10.0.0.0/16' }],
  app: { desiredCount: 1, minCount: 1, ...app },
});
const nat = small('nat', 'us-east-1');
const alb = small('alb', 'us-west-2');
/** The app answers 404. */
const unhealthy = small('unhealthy', 'eu-central-1', { healthPath: '/nowhere' });
const imageless = small('imageless', 'eu-west-1');
const crowded = small('crowded', 'ap-southeast-1');
const regionOf = ({ regions: [only] }: ReturnType<typeof small>): string => only?.region ?? '';

const natCause = 'Network vpc-0 has no Internet gateway attached';
const albCause = 'Out of capacity';

interface Story {
  readonly failed: Readonly<Record<'nat' | 'alb' | 'unhealthy' | 'crowded', Ended>>;
  /** Mutating platform calls of the deployment for which there is no room. */
  readonly crowdedCalls: readonly string[];
  readonly crowdedHolder: string | undefined;
  readonly calls: readonly RecordedCall[];
  /** What people were mailed while the unhealthy service was waited for. */
  readonly waits: readonly string[];
  readonly healed: Readonly<Record<'nat' | 'alb' | 'unhealthy', Ended>>;
  readonly inventory: Inventory;
}

async function tell({ provisioner, setFaults, clearFaults, faults }: FreshCloud): Promise<Story> {
  // Somebody else's, and idle: as a leak is.
  const elsewhere = provisioner.client(EC2Client, regionOf(crowded));
  for (let each = 0; each < 4; each += 1) await elsewhere.send(new AllocateAddressCommand({ Domain: 'vpc' }));

  await setFaults({
    faults: [
      { do: 'nat-failed', region: regionOf(nat), nth: [1], message: natCause },
      { do: 'alb-failed', region: regionOf(alb), nth: [1], message: albCause },
      { do: 'role-lag', seconds: 60 },
    ],
  });
  const [natFailed, albFailed, unhealthyFailed, crowdedFailed] = await Promise.all([
    run(provisioner, nat, 360_000),
    run(provisioner, alb, 360_000),
    run(provisioner, unhealthy, 360_000),
    run(provisioner, crowded, 360_000),
  ]);
  const crowdedCalls = (await faults()).calls.filter((call) => call.endsWith(` in ${regionOf(crowded)}`));
  const calls = await provisioner.calls();
  const waiting = `[Slipway] unhealthy: Await healthy staging waiting in ${regionOf(unhealthy)}`;
  const waits = (await provisioner.mails()).filter(({ subject }) => subject === waiting);
  await clearFaults();

  const [natHealed, albHealed, unhealthyHealed] = await Promise.all([
    run(provisioner, nat, 360_000),
    run(provisioner, alb, 360_000),
    run(provisioner, small(unhealthy.deployment, regionOf(unhealthy)), 360_000),
  ]);
  return {
    failed: {
      nat: natFailed,
      alb: albFailed,
      unhealthy: unhealthyFailed,
      crowded: crowdedFailed,
    },
    crowdedCalls,
    crowdedHolder: await holder(provisioner, crowded.deployment),
    calls,
    waits: waits.map(({ message }) => message),
    healed: { nat: natHealed, alb: albHealed, unhealthy: unhealthyHealed },
    inventory: await takeInventory(provisioner, [nat, alb].map(regionOf)),
  };
}

interface Imageless {
  readonly failed: Ended;
  readonly healed: Ended;
}

/** The image goes while the service that needs it is being made. On a cloud of its own: unpacked images are shared. */
async function tellOfImageless({ provisioner, setFaults, clearFaults, faults }: FreshCloud): Promise<Imageless> {
  await setFaults({ faults: [{ do: 'hold', action: 'CreateService', nth: [1], seconds: 500 }] });
  const arn = await provisioner.start(imageless);
  await waitFor('the service that is being made', async () => (await faults()).fired.length > 0, {
    within: 240_000,
    every: 50,
  });
  await provisioner
    .client(ECRClient, regionOf(imageless))
    .send(new DeleteRepositoryCommand({ repositoryName: 'imageless-app', force: true }));
  const failed = await finish(provisioner, arn, 240_000);
  await clearFaults();
  return { failed, healed: await run(provisioner, imageless, 240_000) };
}

const factory = new CloudFactory('failed-states', 0.01);
let story: Story;
let withoutImage: Imageless;
beforeAll(async () => {
  [story, withoutImage] = await Promise.all([
    factory.on('side-by-side', tell),
    factory.on('imageless', tellOfImageless),
  ]);
}, 1200_000);
afterAll(() => factory.forget());

const errorOf = (ended: Ended) => ended.report?.regions[0]?.error;
const living = (kind: string, deployment: string): readonly string[] =>
  story.inventory.filter((line) => line.includes(` ${kind} ${deployment}-`));

describe.each([
  ['nat', 'nat-gateway/a', natCause],
  ['alb', 'load-balancer/main', albCause],
] as const)('what AWS gives up on: %s', (which, what, cause) => {
  test('is named in the report, with the cause', () => {
    expect(story.failed[which].status).toBe('FAILED');
    expect(errorOf(story.failed[which])?.Error).toBe('ResourceFailedError');
    for (const part of [what, cause]) expect(errorOf(story.failed[which])?.Cause).toContain(part);
  });

  test('is removed and made anew by the next start, which completes', () => {
    expect(outcomeOf(story.healed[which])).toBe('succeeded');
  });
});

test('a NAT gateway that failed leaves no address and no gateway behind', () => {
  expect(living('nat-gateway', 'nat').map((line) => line.split(' ').at(-1))).toEqual(['available', 'available']);
  expect(living('elastic-ip', 'nat').map((line) => line.split(' ').at(-1))).toEqual(['associated', 'associated']);
});

test('a load balancer that failed is replaced by one that serves', async () => {
  expect(living('load-balancer', 'alb')).toEqual([`${regionOf(alb)} load-balancer alb-alb active`]);
});

describe('a service whose targets never become healthy', () => {
  test('ends the wait at its limit, with the counts and the health check’s answer', () => {
    const error = errorOf(story.failed.unhealthy);
    expect(error?.Error).toBe('WaitTimeoutError');
    for (const part of ['service/staging', '1 of 1 tasks run, 0 are healthy', '404', 'the limit is 1800 s'])
      expect(error?.Cause).toContain(part);
  });

  test('is told while it is waited for, with what is lacking', () => {
    expect(story.waits.length).toBeGreaterThan(0);
    for (const message of story.waits) expect(message).toMatch(/waiting for service\/staging: /);
  });

  test('is healed by a start with what was wrong put right', () => {
    expect(outcomeOf(story.healed.unhealthy)).toBe('succeeded');
  });
});

describe('a service whose tasks can’t start', () => {
  test('ends the wait as soon as ECS gives up, with why the tasks stopped', () => {
    const error = errorOf(withoutImage.failed);
    expect(error?.Error).toBe('ResourceFailedError');
    for (const part of [
      'service/staging',
      'circuit breaker',
      'task stopped: CannotPullContainerError',
      'imageless-app',
    ])
      expect(error?.Cause).toContain(part);
  });

  test('is healed by the next start, which brings the image back', () => {
    expect(outcomeOf(withoutImage.healed)).toBe('succeeded');
  });
});

test('a role that is not usable yet is waited for: the run gets to its services', () => {
  const refusals = story.calls.filter(({ error }) => error === 'InvalidParameter' || error === 'InvalidInputException');
  expect(refusals.map(({ action }) => action)).toContain('CreateFlowLogs');
  expect(story.failed.unhealthy.cause).toContain('Await healthy staging');
});

describe('a region without room', () => {
  test('is told with the numbers, idle addresses of others among them, and what to raise', () => {
    expect(story.failed.crowded).toMatchObject({ status: 'FAILED', error: 'QuotaError' });
    for (const part of [
      'EC2-VPC Elastic IPs (L-0263D0A3): 4 in use, 2 more wanted, 5 allowed',
      'nothing was changed',
      'raise the quota in the Service Quotas console',
    ])
      expect(story.failed.crowded.cause).toContain(part);
  });

  test('has nothing made in it, and nothing is left locked', () => {
    expect(story.crowdedCalls).toEqual([]);
    expect(story.crowdedHolder).toBeUndefined();
  });
});
