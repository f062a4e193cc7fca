import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { knownRegions } from '../../workflow/regions.ts';
import { goodInput } from '../support/generated-inputs.ts';
import { World } from '../support/protocol/world.ts';

/*
 * The real definitions and handlers, with as many regions, zones, tags and names, and as long ones, as an input may have.
 * Outputs and errors of each resource are longer than any of AWS's.
 */

const email = (index: number) => `${'on-call-'.repeat(7)}${index}@${'a-long-sub-domain.'.repeat(8)}example.com`;
const emails = Array.from({ length: 10 }, (_, index) => email(index));
const largest = {
  deployment: 'a-name-of-20-letters',
  approval: { timeoutMinutes: 60 },
  regions: knownRegions.slice(0, 16).map((region, index) => ({
    region,
    cidr: `10.${index}.0.0/16`,
    certificateArn: `arn:aws:acm:${region}:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef`,
  })),
  zoneCount: 4,
  tags: Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`${index}-`.padEnd(127, 'k'), 'v'.repeat(255)] as const),
  ),
  app: { environment: { TEXT: 'x'.repeat(4_000) }, healthPath: `/${'h'.repeat(1_000)}` },
  alarms: { emails },
  pipeline: { approvalEmails: emails },
};

const text = 'x'.repeat(2_000);
let world: World;
afterEach(() => world.close());

/** Runs to its end, with yes to what is asked. */
async function run(machine: 'provision' | 'destroy', input: object) {
  const execution = world.start(machine, input);
  for (let round = 0; round < 20 && execution.status === 'RUNNING'; round += 1) {
    await world.settle();
    const id = await world.asked(execution.arn);
    if (id === undefined) await world.pass(1);
    else await world.answer(id, 'approve');
  }
  await world.settle();
  return { status: execution.status, ...(execution.output as { outcome?: string } | undefined) };
}

/** Step Functions takes 256 KiB in a state, DynamoDB 400 KB in an item, SNS 256 KB in a message. */
function small(): void {
  expect(world.stepFunctions.largest).toEqual({ bytes: expect.any(Number), of: expect.any(String) });
  const { bytes, of } = world.stepFunctions.largest;
  expect([of, bytes <= 32_768 || bytes]).toEqual([of, true]);
  const { item, message } = world.largest();
  expect([item <= 400_000 || item, message <= 256_000 || message]).toEqual([true, true]);
}

test('no state above 32 KB, whatever an input asks for', async () => {
  const fits = fc.asyncProperty(goodInput, async (input) => {
    world = new World(text);
    expect(await run('provision', input)).toMatchObject({ outcome: 'succeeded' });
    small();
    world.close();
  });
  await fc.assert(fits, { numRuns: 3 });
});

describe('16 regions with everything as long as it may be: no state above 32 KB', () => {
  test('in a whole life', async () => {
    world = new World(text);
    expect(await run('provision', largest)).toMatchObject({ status: 'SUCCEEDED', outcome: 'succeeded' });
    expect(await run('provision', largest)).toMatchObject({ outcome: 'unchanged' });
    // Every region loses two zones.
    expect(await run('provision', { ...largest, zoneCount: 2 })).toMatchObject({ outcome: 'succeeded' });
    expect(await run('destroy', { deployment: largest.deployment })).toMatchObject({ outcome: 'destroyed' });
    small();
  });

  test('where every region but one fails, each with a long cause', async () => {
    world = new World(text);
    for (const { region } of largest.regions.slice(1)) world.broken.add(region);
    expect(await run('provision', largest)).toMatchObject({ status: 'FAILED' });
    small();
  });
});
