import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { RootMachine } from '../../../workflow/machines.ts';
import type { Execution } from './execution.ts';
import type { World } from './world.ts';

/** Two, so that one is seen to leave the other alone. */
export const deployments = ['one', 'two'] as const;

const here = { region: 'us-east-1', cidr: '10.0.0.0/16' };
const there = { region: 'us-west-2', cidr: '10.1.0.0/16' };

/** What people ask for. */
const inputs: readonly object[] = [
  { regions: [here] },
  { regions: [here], app: { cpu: 512, memory: 1024 } },
  { regions: [here], alarms: { cpuPercent: 50 } },
  { regions: [here], zoneCount: 3 },
  { regions: [here], pipeline: { branch: 'next' } },
  { regions: [{ ...here, cidr: '10.9.0.0/16' }] },
  { regions: [here, there] },
  { regions: [there] },
];

type Said = 'approve' | 'reject';

/** The executions of the machines that people start, the oldest first. */
const started = (world: World, status: Execution['status']): readonly Execution[] =>
  [...world.stepFunctions.executions.values()].filter(
    (each) => each.status === status && ['provision', 'destroy'].includes(each.machine),
  );
export const running = (world: World): readonly Execution[] => started(world, 'RUNNING');

/** The newest of some things, or one before it. */
const pick = <Thing>(things: readonly Thing[], back: number): Thing | undefined => things.toReversed()[back];

const deployment = fc.constantFrom(...deployments, 'one' as const);
const region = fc.constantFrom(here.region, there.region);
const back = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat(3));
/** An index: the first, the one with both regions, or any. */
const input = fc.oneof(fc.constant(0), fc.constant(6), { weight: 2, arbitrary: fc.nat(inputs.length - 1) });
/** How many calls something gets before the next command; Infinity: everything that runs comes to rest. */
const pace = fc.oneof(
  { weight: 6, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
  fc.nat(40),
  // The page makes no more.
  fc.nat(8),
);
/** What those who started it say to its question. */
const said = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 4, arbitrary: fc.constant<Said>('approve') },
  fc.constant<Said>('reject'),
);

const refusal = fc.constantFrom<Said | undefined>('reject', undefined);

async function go(world: World, calls: number): Promise<void> {
  const actor = world.actors.at(-1);
  if (calls === Number.POSITIVE_INFINITY) await world.settle();
  else if (actor !== undefined) await actor.step(calls);
}

/** As by the command line: the question of an execution is found by its ARN. */
async function say(world: World, execution: Execution | undefined, what: Said | undefined): Promise<void> {
  const id = what && execution && (await world.asked(execution.arn));
  if (id === undefined || what === undefined) return;
  await world.answer(id, what);
  await world.settle();
}

async function answer(world: World, index: number, what: Said, calls: number): Promise<void> {
  const id = pick(world.mailed(), index);
  if (id === undefined) return;
  await world.answer(id, what);
  await go(world, calls);
}

class Command implements fc.AsyncCommand<object, World> {
  readonly #text: string;
  readonly #work: (world: World) => Promise<void>;

  constructor(text: string, work: (world: World) => Promise<void>) {
    this.#text = text;
    this.#work = work;
  }

  check = (): boolean => true;
  toString = (): string => this.#text;

  async run(_: object, world: World): Promise<void> {
    await this.#work(world);
    world.ledger.holds(world.stepFunctions.executions, world.waits);
    for (const execution of running(world)) if (world.waits(execution)) world.ledger.waits(execution);
    expect(world.ledger.violations).toEqual([]);
  }
}

const shown = (_: string, value: unknown): unknown => (value === Number.POSITIVE_INFINITY ? 'all' : value);

/** A command, as often as its weight says. */
const command = <Values>(
  weight: number,
  name: string,
  values: fc.Arbitrary<Values>,
  work: (world: World, values: Values) => Promise<void>,
): readonly fc.Arbitrary<Command>[] =>
  new Array(weight).fill(
    values.map((each) => new Command(`${name}${JSON.stringify(each, shown)}`, (world) => work(world, each))),
  );

export const commands: readonly fc.Arbitrary<Command>[] = [
  command(7, 'start', fc.tuple(deployment, input, fc.boolean(), pace, said), async (world, values) => {
    const [name, index, safeRepairs, calls, what] = values;
    const approval = { timeoutMinutes: 60, safeRepairs };
    const execution = world.start('provision', { deployment: name, approval, ...inputs[index] });
    await go(world, calls);
    await say(world, execution, what);
  }),
  command(1, 'plan', fc.tuple(deployment, input), async (world, [name, index]) => {
    world.start('provision', { deployment: name, mode: 'plan', ...inputs[index] });
    await world.settle();
  }),
  command(1, 'reconcile', fc.tuple(deployment), async (world, [name]) => {
    world.start('provision', { deployment: name, mode: 'reconcile' });
    await world.settle();
  }),
  command(3, 'destroy', fc.tuple(deployment, fc.boolean(), fc.boolean(), pace, said), async (world, values) => {
    const [name, part, images, calls, what] = values;
    const regions = part ? { regions: [there.region] } : {};
    const approval = { timeoutMinutes: 60 };
    const execution = world.start('destroy', { deployment: name, approval, empty: { images }, ...regions });
    await go(world, calls);
    await say(world, execution, what);
  }),
  command(6, 'approve', fc.tuple(back, pace), (world, [index, calls]) => answer(world, index, 'approve', calls)),
  command(3, 'reject', fc.tuple(back, pace), (world, [index, calls]) => answer(world, index, 'reject', calls)),
  command(3, 'stop', fc.tuple(back, fc.boolean(), fc.boolean()), async (world, [index, told, again]) => {
    const execution = pick(running(world), index);
    if (execution === undefined) return;
    world.stepFunctions.stop(execution);
    if (told) await world.tell(0, false);
    if (told) await world.settle();
    if (again) world.stepFunctions.redrive(execution);
    if (again) await world.settle();
  }),
  // A run is stopped while its yes is on its way, and what it was for is asked for again, twice.
  command(3, 'approve and stop', fc.tuple(back, fc.nat(4), fc.boolean(), refusal), async (world, values) => {
    const [index, calls, told, what] = values;
    const execution = pick(running(world), index);
    const id = execution && (await world.asked(execution.arn));
    if (execution === undefined || id === undefined) return;
    await world.answer(id, 'approve');
    const page = world.actors.at(-1);
    if (page !== undefined) await page.step(calls);
    world.stepFunctions.stop(execution);
    if (told) await world.tell(world.ends.indexOf(execution), false);
    if (told) await world.settle();
    const again = (): Execution => world.start(execution.machine as RootMachine, execution.input as object);
    const next = again();
    await world.settle(page);
    await world.settle();
    await say(world, next, what);
    again();
    await world.settle();
  }),
  command(1, 'redrive', fc.tuple(back, pace), async (world, [index, calls]) => {
    const execution = pick(started(world, 'ABORTED'), index);
    if (execution !== undefined) world.stepFunctions.redrive(execution);
    await go(world, calls);
  }),
  command(6, 'tell', fc.tuple(back, fc.boolean()), async (world, [index, twice]) => {
    await world.tell(index, twice);
    await world.settle();
  }),
  command(3, 'kill', fc.tuple(fc.nat(3), fc.nat(30), fc.boolean()), async (world, [index, calls, answered]) => {
    const actor = pick(world.actors, index);
    if (actor === undefined) return;
    await actor.step(calls);
    await actor.kill(answered);
  }),
  command(3, 'step', fc.tuple(fc.nat(3), fc.nat(60)), async (world, [index, calls]) => {
    const actor = pick(world.actors, index);
    if (actor !== undefined) await actor.step(calls);
  }),
  command(4, 'settle', fc.constant([]), (world) => world.settle()),
  command(4, 'pass', fc.constantFrom(1, 2, 10, 59, 61, 1440), async (world, minutes) => {
    await world.pass(minutes);
    await world.settle();
  }),
  command(3, 'schedule', fc.tuple(pace), async (world, [calls]) => {
    await world.schedule();
    await go(world, calls);
  }),
  command(2, 'break', fc.tuple(region), async (world, [name]) => {
    if (!world.broken.delete(name)) world.broken.add(name);
  }),
  command(1, 'fill', fc.tuple(region), async (world, [name]) => {
    if (!world.full.delete(name)) world.full.add(name);
  }),
  command(2, 'alter', fc.tuple(deployment, fc.boolean()), async (world, [name, alarm]) => {
    // While a run works, it may put right what nobody had altered when it was planned.
    if (world.lockedBy(name) !== undefined) return;
    if (alarm) world.alter(name, 'alarm', { cpuPercent: 99 });
    else world.alter(name, 'service', { cpu: 1 });
  }),
].flat();
