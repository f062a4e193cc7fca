/**
 * `npm run bench:permissions`: write permissions are taken out of the roles that a run uses, and each has to end the run with
 * AWS's denial, which names it. `--help` says what else.
 */

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import keepAssembly from '../support/assembly.ts';
import { nameOfGrant } from '../support/grants.ts';
import { deployedCloud, machineArn } from '../support/own-cloud.ts';
import type { Provisioner } from '../support/provisioner.ts';
import { waitFor } from '../support/wait-for.ts';
import { judge, mark, type Result, type Use, usedSince, type Verdict } from './permissions/judging.ts';
import { type Phase, phasesOf, type RunName, runNames } from './permissions/phases.ts';

const help = `npm run bench:permissions -- [options]

  --sample N       only N permissions, drawn by the seed (default: all)
  --seed S         (default 1)
  --runs A,B       only permissions that these runs use: ${runNames.join(', ')}
  --json FILE      the result as JSON

A first life shows which permissions each run uses: an action in one statement of a role. In a second life, on a cloud of
its own, they are all taken out before the run that uses them first. The run ends at a denial; what it names is put back, and
the run is started again, until it succeeds. Of a push, the pipeline and the builds of pipeline and mirror are the run. What
was denied and that no ending named was not noticed: status 1. What a life does not come to (another statement of an action
that was just put back, for one) is asked for in a further life, until one brings nothing new.`;

const { values } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: runNames.join() },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${help}\n`);
  process.exit(0);
}
const runs = values.runs.split(',').map((name) => {
  const run = runNames.find((each) => each === name);
  if (run === undefined) throw new Error(`--runs: there is no run ${name}, only ${runNames.join(', ')}`);
  return run;
});

const say = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

/** A life of a platform, on a cloud of its own. */
async function live<Answer>(of: (provisioner: Provisioner, phases: readonly Phase[]) => Promise<Answer>) {
  const { provisioner, end } = await deployedCloud('permissions-bench', { MaxReruns: '3' });
  try {
    return await of(provisioner, phasesOf(provisioner, runs));
  } finally {
    await end();
  }
}

async function succeed({ name, prepare, start, finish }: Phase): Promise<void> {
  await prepare?.();
  const { status, error, cause } = await start();
  await finish?.();
  if (status !== 'SUCCEEDED') throw new Error(`${name} ended as ${status}: ${error}: ${cause}`);
}

/** Which permissions each run is the first to use. */
const firstUses = () =>
  live(async (provisioner, phases) => {
    const uses = new Map<RunName, readonly Use[]>();
    const known = new Set<string>();
    for (const phase of phases) {
      say(`${phase.name}, undisturbed`);
      const line = await mark(provisioner);
      await succeed(phase);
      const fresh = (await usedSince(provisioner, line, phase.name)).filter((use) => !known.has(nameOfGrant(use)));
      for (const use of fresh) known.add(nameOfGrant(use));
      uses.set(phase.name, fresh);
    }
    return uses;
  });

/** Executions that nobody here has started, once those that decide about it have ended. */
async function rerunsOf(provisioner: Provisioner): Promise<readonly string[]> {
  const provision = await machineArn(provisioner, 'provision');
  await waitFor(
    'the decisions about starting again',
    async () => {
      const { executions = [] } = await provisioner.stepFunctions.send(
        new ListExecutionsCommand({
          stateMachineArn: provision.replace(/provision$/, 'rerun'),
          statusFilter: 'RUNNING',
        }),
      );
      return executions.length === 0;
    },
    { within: 60_000 },
  );
  const { executions = [] } = await provisioner.stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: provision }),
  );
  return executions.flatMap(({ name = '' }) => (name.startsWith('rerun-') ? [name] : []));
}

/** The same ones for the same seed. */
function sampled(uses: readonly Use[]): readonly Use[] {
  if (values.sample === undefined) return uses;
  const drawn = (use: Use): string =>
    createHash('sha256')
      .update(`${values.seed} ${nameOfGrant(use)}`)
      .digest('hex');
  return uses.toSorted((one, other) => (drawn(one) < drawn(other) ? -1 : 1)).slice(0, Number(values.sample));
}

const owners = new Map<string, string>();
const ownerOf = ({ role }: Result): string => owners.get(role) ?? role;
const results = new Map<string, Result>();
const reruns: string[] = [];

function save(): void {
  const document = { results: [...results.values()], reruns };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(document, null, 2)}\n`);
}

function note(result: Result): void {
  say(`${result.run}: ${ownerOf(result)} ${result.action}: ${result.verdict}: ${result.ended}`);
  results.set(nameOfGrant(result), result);
  save();
}

/** One further life, in which these are out. */
const judged = (chosen: ReadonlyMap<RunName, readonly Use[]>) =>
  live(async (provisioner, phases) => {
    const last = phases.findLastIndex(({ name }) => (chosen.get(name) ?? []).length > 0);
    for (const phase of phases.slice(0, last + 1))
      await judge(provisioner, phase, chosen.get(phase.name) ?? [], { say, note });
    reruns.push(...(await rerunsOf(provisioner)));
  });

await keepAssembly();
const uses = await firstUses();
const all = [...uses].flatMap(([name, some]) => (runs.includes(name) ? some : []));
for (const { role, owner } of all) owners.set(role, owner);
let open: readonly Use[] = sampled(all);
say(`${all.length} write permissions are used, ${open.length} of them are taken out`);
for (let asked = 0; asked !== open.length; ) {
  asked = open.length;
  const chosen = new Map([...uses].map(([name, some]) => [name, some.filter((use) => open.includes(use))]));
  await judged(chosen);
  open = open.filter((use) => results.get(nameOfGrant(use))?.verdict === 'not asked');
  say(`${open.length} were not asked for`);
}
save();

const rows = [...results.values()].map((result) => [
  ownerOf(result),
  result.action,
  result.run,
  `${result.verdict}: ${result.ended}${result.verdict === 'noticed' ? '' : ` (${result.by})`}`,
]);
for (const row of rows) {
  const cells = row.map((cell, column) => cell.padEnd(Math.max(...rows.map((each) => each[column]?.length ?? 0))));
  process.stdout.write(`${cells.join('  ').trimEnd()}\n`);
}
const count = (verdict: Verdict): number => [...results.values()].filter((result) => result.verdict === verdict).length;
process.stdout.write(
  `${results.size} permissions: ${count('noticed')} noticed, ${count('not noticed')} not noticed, ${count('not asked')} not asked for; ${reruns.length} runs started again by themselves\n`,
);
process.exitCode = count('not noticed') > 0 || reruns.length > 0 ? 1 : 0;
