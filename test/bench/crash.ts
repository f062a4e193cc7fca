/**
 * `npm run bench:crash`: for every mutating AWS call of a full run of both regions, or of taking both down again, the work
 * is done and the caller dies; then the workflow is started again until done. `--help` says what else.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import keepAssembly from '../support/assembly.ts';
import type { Provisioner } from '../support/provisioner.ts';
import { destroying, provisioning, run, untilConverged, type Verdict } from './convergence.ts';
import { CloudFactory, type FreshCloud } from './fresh-cloud.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { type Trial, trials } from './trials.ts';

const help = `npm run bench:crash -- [options]

  --destroy             takes down a platform that stands, everything emptied; without it: provisions one
  --own                 the calls to Slipway's own table, machines and topics, instead of those to the platform
  --mode kill|drop|fail500|throttle|lag|role-lag   what happens at a point (default kill: the work is done, the caller dies);
                        throttle (20 % of these calls), lag (10 s on EC2's reads) and role-lag (10 s) last a whole run
  --every N             only every N-th call
  --points 3,17,60      only these calls
  --shard I/N           the I-th of N parts, from 1
  --together N          N points in one run, spread over it: a sample in less time
  --repeat N            for modes that last a whole run: so many runs, each with its own seed (default 3)
  --parallel N          clouds side by side (default 1)
  --clock-scale S       AWS's durations times S (default 0.01)
  --json FILE           the result as JSON
  --verbose             a line for each run

A point is the number of a mutating AWS call that the workflow makes to the platform, or with --own to what is its own. An undisturbed run comes first: it
shows how many points there are and what should exist at the end: of --destroy, what lived before provisioning. A run that
asks once less whether something can go has fewer calls: its last points lie past them, and strike nothing.`;

const { values } = parseArgs({
  options: {
    destroy: { type: 'boolean', default: false },
    own: { type: 'boolean', default: false },
    mode: { type: 'string', default: 'kill' },
    every: { type: 'string', default: '1' },
    points: { type: 'string' },
    shard: { type: 'string', default: '1/1' },
    together: { type: 'string', default: '1' },
    repeat: { type: 'string', default: '3' },
    parallel: { type: 'string', default: '1' },
    'clock-scale': { type: 'string', default: '0.01' },
    json: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${help}\n`);
  process.exit(0);
}

const regions = ['us-east-1', 'us-west-2'];
const provision = provisioning({});
const counting = { points: values.own ? 'own' : 'platform' } as const;
const work = values.destroy ? destroying : provision;

interface Result extends Omit<Verdict, 'missing'> {
  readonly missing: readonly string[];
  readonly name: string;
  readonly points: readonly number[];
  /** The calls that were struck. */
  readonly struck: readonly string[];
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/**
 * Up to where the faults begin. A destroy finds a platform that was provisioned undisturbed, and must leave what lived
 * before that; service-linked roles are the account's and stay.
 */
async function prepare({ provisioner, setFaults }: FreshCloud): Promise<Inventory | undefined> {
  const expected = values.destroy ? await standing(provisioner) : undefined;
  // Calls are counted from here.
  await setFaults({ ...counting, faults: [] });
  return expected;
}

async function standing(provisioner: Provisioner): Promise<Inventory> {
  const before = await takeInventory(provisioner, regions);
  const { report, error, cause } = await run(provisioner, provision.input);
  if (report?.outcome !== 'succeeded') throw new Error(`there is nothing to destroy: ${error}: ${cause}`);
  const after = await takeInventory(provisioner, regions);
  return [...before, ...after.filter((line) => line.includes('/aws-service-role/'))].sort();
}

/** The undisturbed run: how many calls, what lives at the end, how long it took. */
async function undisturbed(fresh: FreshCloud) {
  const expected = await prepare(fresh);
  let calls: readonly string[] = [];
  const verdict = await untilConverged(fresh.provisioner, {
    work,
    regions,
    ...(expected === undefined ? {} : { expected }),
    beforeLast: async () => {
      calls = (await fresh.faults()).calls;
    },
  });
  if (!verdict.converged || verdict.outcomes.length !== 1) {
    const { outcomes, errors, leaks, missing } = verdict;
    throw new Error(
      `the undisturbed run does not converge: ${[...outcomes, ...errors, ...leaks, ...missing].join('; ')}`,
    );
  }
  return { calls, inventory: verdict.inventory, seconds: verdict.seconds };
}

async function tryOne(fresh: FreshCloud, trial: Trial, expected: Inventory): Promise<Result> {
  await prepare(fresh);
  await fresh.setFaults({ ...counting, seed: trial.seed, faults: trial.faults });
  let struck: string[] = [];
  const { inventory: _inventory, ...verdict } = await untilConverged(fresh.provisioner, {
    work,
    regions,
    expected,
    beforeLast: async () => {
      const { fired } = await fresh.faults();
      struck = fired.map(({ k, call }) => `${k ?? '-'} ${call}`);
      await fresh.clearFaults();
    },
  });
  return { ...verdict, name: trial.name, points: trial.points, struck };
}

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

const started = performance.now();
// A directory of its own: shards may run side by side.
const factory = new CloudFactory(`crash-${process.pid}`, Number(values['clock-scale']));
/** The exit status of a signal, once the clouds are ended; what has been tried by then is told. */
const interruption = new Promise<number>((resolve) => {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => void factory.forget().finally(() => resolve(status)));
});
/** What is under way when a signal comes fails with its cloud, and is no result. */
const unlessInterrupted = <Answer>(work: Promise<Answer>): Promise<Answer | number> =>
  Promise.race([work.catch((error) => (factory.forgotten ? interruption : Promise.reject(error))), interruption]);
say('an undisturbed run …');
await keepAssembly();
const baseline = await unlessInterrupted(factory.on('undisturbed', undisturbed));
if (typeof baseline === 'number') process.exit(baseline);
say(`${baseline.calls.length} mutating calls, ${baseline.inventory.length} things, ${baseline.seconds.toFixed(1)} s`);

const { inventory: expected } = baseline;
const waiting = trials(baseline.calls.length, values);
const all = waiting.length;
const results: Result[] = [];
async function tryThem(slot: number): Promise<void> {
  for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
    const result = await factory.on(`slot-${slot}`, (fresh) => tryOne(fresh, trial, expected));
    results.push(result);
    if (results.length % 10 === 0) say(`${results.length} of ${all} runs`);
    if (values.verbose || !result.converged) {
      say(
        `${results.length}/${all} ${result.name}: ${result.converged ? 'converged' : 'NOT CONVERGED'} in ${result.seconds.toFixed(1)} s; ${result.outcomes.join(', ')}; then ${result.again}`,
      );
    }
    if (!result.converged) {
      for (const what of ['duplicates', 'leaks', 'missing', 'errors'] as const)
        if (result[what].length > 0) say(`  ${what}: ${result[what].join('\n    ')}`);
      if (result.stuck !== undefined) say(`  stuck: ${result.stuck}`);
      if (result.locked) say('  still locked');
      say(`  struck: ${result.struck.slice(0, 10).join('; ')}`);
    }
  }
}
const ended = await unlessInterrupted(
  Promise.all(Array.from({ length: Number(values.parallel) }, (_, slot) => tryThem(slot + 1))),
);

const count = (is: (result: Result) => boolean): number => results.filter(is).length;
const total = (of: (result: Result) => number): number => results.reduce((sum, result) => sum + of(result), 0);
const table = {
  machine: work.machine,
  calls: counting.points,
  mode: values.mode,
  runs: results.length,
  pointsStruck: total(({ struck, points }) => Math.min(struck.length, points.length)),
  pointsPastTheLastCall: total(({ struck, points }) => Math.max(0, points.length - struck.length)),
  converged: count(({ converged }) => converged),
  duplicates: count(({ duplicates }) => duplicates.length > 0),
  leaks: count(({ leaks }) => leaks.length > 0),
  stuck: count(({ stuck }) => stuck !== undefined),
  neededAPerson: count(({ neededAPerson }) => neededAPerson),
  leftLocked: count(({ locked }) => locked),
  healedByTheMachineItself: count(({ outcomes, converged }) => converged && outcomes.length === 1),
  medianExtraSeconds: Number((median(results.map(({ seconds }) => seconds)) - baseline.seconds).toFixed(1)),
  medianRatio: Number((median(results.map(({ seconds }) => seconds)) / baseline.seconds).toFixed(2)),
  minutes: Number(((performance.now() - started) / 60_000).toFixed(1)),
};
process.stdout.write(
  `${Object.entries(table)
    .map(([name, value]) => `${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).padEnd(28)}${value}`)
    .join('\n')}\n`,
);
if (values.json !== undefined) {
  await mkdir(dirname(values.json), { recursive: true });
  await writeFile(
    values.json,
    `${JSON.stringify({ table, baseline: { calls: baseline.calls, seconds: baseline.seconds }, results }, undefined, 2)}\n`,
  );
}
if (typeof ended === 'number') process.exit(ended);
await factory.forget();
process.exitCode = table.converged === table.runs ? 0 : 1;
