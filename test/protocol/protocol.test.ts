import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { commands, deployments, running } from '../support/protocol/commands.ts';
import { World } from '../support/protocol/world.ts';

/**
 * workflow/PROTOCOL.md by model-based tests: in whatever order people, the schedule, events and deaths come, what
 * test/support/protocol/ledger.ts says of what was promised holds. `npm run check:protocol` looks longer.
 */

/** Commands in a sequence. Shorter ones are worth their time only where they are what is left of one that failed. */
const [shortest, longest] = [12, 40];

/** `npm test` runs the same sequences each time; `npm run check:protocol` others. */
const { PROTOCOL_RUNS = 300, PROTOCOL_SEED = 1, PROTOCOL_PATH, PROTOCOL_REPLAY_PATH } = process.env;

/** Whatever is still to come, comes; nobody answers any more. */
async function rest(world: World): Promise<void> {
  world.broken.clear();
  world.full.clear();
  for (let day = 0; day < 40; day += 1) {
    await world.settle();
    while (world.ends.length > 0) await world.tell(0, false);
    await world.settle();
    if (running(world).length === 0 && world.ends.length === 0) return;
    await world.pass(1440);
  }
  throw new Error('it never comes to rest');
}

const limit = 10 * 60_000;

test(
  'what people decided is done, and nothing else',
  async () => {
    // A sequence that is repeated may be what is left of a longer one.
    let failed = PROTOCOL_PATH !== undefined;
    const sequences = fc.commands([...commands], {
      size: 'max',
      maxCommands: longest,
      ...(PROTOCOL_REPLAY_PATH === undefined ? {} : { replayPath: PROTOCOL_REPLAY_PATH }),
    });
    const holds = fc.asyncProperty(sequences, async (sequence) => {
      fc.pre(failed || [...sequence].length >= shortest);
      const world = new World();
      try {
        await fc.asyncModelRun(() => ({ model: {}, real: world }), sequence);
        await rest(world);
        await world.reported();
        world.ledger.kept(world.stepFunctions.executions);
        expect(world.ledger.violations).toEqual([]);
        // The lock is free when nothing runs.
        const holders = deployments.map((name) => world.lockedBy(name));
        expect(holders.filter((holder) => holder !== undefined && !world.outlived.has(holder))).toEqual([]);
      } catch (error) {
        failed = true;
        throw error;
      } finally {
        world.close();
      }
    });
    await fc.assert(holds, {
      seed: Number(PROTOCOL_SEED),
      numRuns: Number(PROTOCOL_RUNS),
      ...(PROTOCOL_PATH === undefined ? {} : { path: PROTOCOL_PATH }),
      includeErrorInReport: true,
    });
  },
  limit,
);
