/**
 * `npm run bench:permissions`: write permissions are taken out of the roles that a run uses, and each has to end the run with
 * AWS's denial, which names it. `--help` says what else.
 */

import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import keepAssembly from '../support/assembly.ts';
import { authorizations, denialsIn, type Grant, nameOfGrant, Withdrawals } from '../support/grants.ts';
import { deployedCloud, machineArn, run } from '../support/own-cloud.ts';
import { platformInput } from '../support/platform-input.ts';
import type { Ended } from '../support/provisioner.ts';
import { waitFor } from '../support/wait-for.ts';
import { alterEverything, changedInput, destroyInput } from '../support/whole-life.ts';

const help = `npm run bench:permissions -- [options]

  --sample N       only N permissions, drawn by the seed (default: all)
  --seed S         (default 1)
  --runs A,B       only permissions that these runs use: provision, change, repair, destroy
  --json FILE      the result as JSON

A first life shows which permissions each run uses: an action in one statement of a role. In a second life they are all
taken out before the run that uses them first. The run ends at a denial; what it names is put back, and the run is started
again, until it succeeds. One that was denied and that no ending named was not noticed: status 1. What the second life does
not come to is told as not asked for: what the account has kept from the first one, or another statement of an action that
was just put back.`;

const { values } = parseArgs({
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: 'provision,change,repair,destroy' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${help}\n`);
  process.exit(0);
}

const say = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

await keepAssembly();
const { provisioner, end } = await deployedCloud('permissions-bench', { MaxReruns: '3' });

const runs = values.runs.split(',');
interface Phase {
  readonly name: string;
  prepare?(): Promise<void>;
  start(): Promise<Ended>;
}
const allPhases: readonly Phase[] = [
  { name: 'provision', start: () => run(provisioner, 'provision', platformInput) },
  { name: 'change', start: () => run(provisioner, 'provision', changedInput) },
  {
    name: 'repair',
    prepare: () => alterEverything(provisioner),
    start: () => run(provisioner, 'provision', { mode: 'reconcile' }),
  },
  { name: 'destroy', start: () => run(provisioner, 'destroy', destroyInput) },
];
const phases = allPhases.filter(({ name }) => name === 'provision' || name === 'destroy' || runs.includes(name));

interface Result extends Grant {
  readonly run: string;
  /** What the run ended with, or why the permission was not judged. */
  readonly ended: string;
  readonly verdict: 'noticed' | 'not noticed' | 'not asked';
}

/**
 * What ends no run: calls of what EventBridge or a person's click invokes, of the platform's pipeline, and of flow logs, which
 * only show an access error.
 */
const endsNoRun =
  /^(lambda:slipway-(approval-api|execution-ended|re(concile|run)-due|run-requested)|states:slipway-rerun|(events|scheduler|role|vpc-flow-logs):.*)$/;
/** The boundary's first statement (infra/platform-boundary.ts). */
const bounded = 'arn:aws:iam::000000000000:policy/slipway-platform-boundary-us-east-1 #1';
const reads = /^[\w-]+:(Describe|Get|List|BatchGet|BatchCheck|ConditionCheck|Head|Query)/;

/** Whose a role is, by its name: `lambda:slipway-vpc`, `states:slipway-provision`. */
const owners = new Map<string, string>();

const ownerOf = ({ role }: Grant): string => owners.get(role) ?? role;

/** Write permissions that were used since that line of the record, in order. */
async function usedSince(line: number): Promise<readonly Grant[]> {
  const used = new Map<string, Grant>();
  for (const { principal, role, action, by } of (await authorizations(provisioner)).slice(line)) {
    if (by === undefined || endsNoRun.test(principal) || reads.test(action)) continue;
    // A mail on progress that can't be sent holds nothing up (lambdas/middleware/progress.ts).
    if (action === 'sns:Publish' && principal !== 'lambda:slipway-request-approval') continue;
    const ofTask = principal.startsWith('ecs-tasks:');
    // As on AWS, a task whose log lines are refused runs on. All regions' roles have one boundary.
    if (ofTask && (action === 'logs:PutLogEvents' || [...used.values()].some((other) => other.by === bounded)))
      continue;
    // The role itself is made by the run: what it may do is taken out of its boundary.
    const grant = { role, action, by: ofTask ? bounded : by };
    owners.set(role, ofTask ? 'the execution role of tasks' : principal);
    used.set(nameOfGrant(grant), grant);
  }
  return [...used.values()];
}

const mark = async (): Promise<number> => (await authorizations(provisioner)).length;

async function succeed({ name, prepare, start }: Phase): Promise<void> {
  await prepare?.();
  const { status, error, cause } = await start();
  if (status !== 'SUCCEEDED') throw new Error(`${name} ended as ${status}: ${error}: ${cause}`);
}

/** Which permissions each run is the first to use. */
async function firstUses(): Promise<ReadonlyMap<string, readonly Grant[]>> {
  const uses = new Map<string, readonly Grant[]>();
  const known = new Set<string>();
  for (const phase of phases) {
    say(`${phase.name}, undisturbed`);
    const line = await mark();
    await succeed(phase);
    const fresh = (await usedSince(line)).filter((grant) => !known.has(nameOfGrant(grant)));
    for (const grant of fresh) known.add(nameOfGrant(grant));
    uses.set(phase.name, fresh);
  }
  return uses;
}

const sameAction = (one: Pick<Grant, 'role' | 'action'>, other: Pick<Grant, 'role' | 'action'>): boolean =>
  one.role === other.role && one.action === other.action;

/** Starts the run until it succeeds, putting back what each ending names. */
async function judge({ name, prepare, start }: Phase, grants: readonly Grant[]): Promise<readonly Result[]> {
  const results: Result[] = [];
  const withdrawals = new Withdrawals(provisioner);
  // Of an action in several statements one at a time: a denial does not say which of them would have allowed it.
  const waiting = [...grants];
  const takeMore = async (): Promise<void> => {
    const next = waiting.filter(
      (grant, index) =>
        !withdrawals.out.some((out) => sameAction(out, grant)) &&
        waiting.findIndex((other) => sameAction(other, grant)) === index,
    );
    for (const grant of next) waiting.splice(waiting.indexOf(grant), 1);
    await withdrawals.take(next);
  };
  await takeMore();
  await prepare?.();
  const line = await mark();
  for (;;) {
    const ended = await start();
    if (ended.status === 'SUCCEEDED') break;
    const said = denialsIn(ended);
    const named = withdrawals.out.filter((grant) => said.some((each) => sameAction(each, grant)));
    if (named.length === 0) throw new Error(`${name} ended as ${ended.status}: ${ended.error}: ${ended.cause}`);
    for (const grant of named) {
      say(`${name}: ${ownerOf(grant)} ${grant.action}`);
      results.push({ ...grant, run: name, ended: ended.error ?? ended.status, verdict: 'noticed' });
    }
    await withdrawals.putBack(named);
    await takeMore();
  }
  const denied = (await authorizations(provisioner)).slice(line).filter(({ allowed }) => !allowed);
  for (const grant of [...withdrawals.out, ...waiting]) {
    const unnoticed = withdrawals.out.includes(grant) && denied.some((each) => sameAction(each, grant));
    results.push({
      ...grant,
      run: name,
      ended: unnoticed ? 'SUCCEEDED, denied' : 'SUCCEEDED, not asked for',
      verdict: unnoticed ? 'not noticed' : 'not asked',
    });
  }
  await withdrawals.putBack(withdrawals.out);
  return results;
}

/** Executions that nobody here has started, once those that decide about it have ended. */
async function reruns(): Promise<readonly string[]> {
  const stateMachineArn = (await machineArn(provisioner, 'provision')).replace(/provision$/, 'rerun');
  await waitFor(
    'the decisions about starting again',
    async () => {
      const { executions = [] } = await provisioner.stepFunctions.send(
        new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
      );
      return executions.length === 0;
    },
    { within: 60_000 },
  );
  const { executions = [] } = await provisioner.stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: await machineArn(provisioner, 'provision') }),
  );
  return executions.flatMap(({ name = '' }) => (name.startsWith('rerun-') ? [name] : []));
}

/** The same ones for the same seed. */
function sampled(grants: readonly Grant[]): readonly Grant[] {
  if (values.sample === undefined) return grants;
  const drawn = (grant: Grant): string =>
    createHash('sha256')
      .update(`${values.seed} ${nameOfGrant(grant)}`)
      .digest('hex');
  return grants.toSorted((one, other) => (drawn(one) < drawn(other) ? -1 : 1)).slice(0, Number(values.sample));
}

let rerun: readonly string[] = [];
const results: Result[] = [];
try {
  const uses = await firstUses();
  const all = [...uses].flatMap(([name, grants]) => (runs.includes(name) ? grants : []));
  const chosen = new Set(sampled(all));
  say(`${all.length} write permissions are used, ${chosen.size} of them are taken out`);
  for (const phase of phases) {
    const grants = (uses.get(phase.name) ?? []).filter((grant) => chosen.has(grant));
    if (phase.name === 'destroy' && grants.length === 0) continue;
    results.push(...(await judge(phase, grants)));
  }
  rerun = await reruns();
} finally {
  await end();
}

const width = (of: (result: Result) => string): number => Math.max(...results.map((each) => of(each).length));
for (const result of results) {
  const { action, by, run: name, ended, verdict } = result;
  const cells = [
    ownerOf(result).padEnd(width(ownerOf)),
    action.padEnd(width((each) => each.action)),
    name.padEnd(width((each) => each.run)),
    `${verdict}: ${ended}${verdict === 'noticed' ? '' : ` (${by})`}`,
  ];
  process.stdout.write(`${cells.join('  ')}\n`);
}
const count = (verdict: Result['verdict']): number => results.filter((each) => each.verdict === verdict).length;
process.stdout.write(
  `${results.length} permissions: ${count('noticed')} noticed, ${count('not noticed')} not noticed, ${count('not asked')} not asked for; ${rerun.length} runs started again by themselves\n`,
);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify({ results, rerun }, null, 2)}\n`);
process.exitCode = count('not noticed') > 0 || rerun.length > 0 ? 1 : 0;
