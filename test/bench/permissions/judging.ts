import { authorizations, type Grant, nameOfGrant, Withdrawals } from '../../support/grants.ts';
import type { Provisioner } from '../../support/provisioner.ts';
import type { Phase, RunName } from './phases.ts';
import type { Ending } from './releases.ts';

export type Verdict = 'noticed' | 'not noticed' | 'not asked';

export interface Result extends Grant {
  readonly run: RunName;
  /** What the run ended with, or why the permission was not judged. */
  readonly ended: string;
  readonly verdict: Verdict;
}

/** A write permission that a run uses, and whose: `lambda:slipway-vpc`, `states:slipway-provision`, `role:platform-us-east-1-build`. */
export interface Use extends Grant {
  readonly owner: string;
}

/**
 * What ends no run: calls of what EventBridge or a person's click invokes, of the rules that start a pipeline (EventBridge
 * tells its metric FailedInvocations only), and of flow logs, which only show an access error.
 */
const endsNoRun =
  /^(lambda:slipway-(approval-api|execution-ended|re(concile|run)-due|run-requested|release-failed)|states:slipway-rerun|(events|scheduler|vpc-flow-logs):.*|role:.*-events)$/;
/** The boundary's first statement (infra/platform-boundary.ts). */
const bounded = 'arn:aws:iam::000000000000:policy/slipway-platform-boundary-us-east-1 #1';
const reads = /^[\w-]+:(Describe|Get|List|BatchGet|BatchCheck|ConditionCheck|Head|Query)/;

/** Write permissions that a run has used, which began at that line of the record, in order. */
export async function usedSince(provisioner: Provisioner, line: number, run: RunName): Promise<readonly Use[]> {
  const used = new Map<string, Use>();
  for (const { principal, role, action, by } of (await authorizations(provisioner)).slice(line)) {
    if (by === undefined || endsNoRun.test(principal) || reads.test(action)) continue;
    // A platform's pipeline starts as soon as it is made, beside the run that makes it: its roles are judged by pushes.
    if (principal.startsWith('role:') && run !== 'push') continue;
    // A mail on progress that can't be sent holds nothing up (lambdas/middleware/progress.ts).
    if (action === 'sns:Publish' && principal.startsWith('lambda:') && principal !== 'lambda:slipway-request-approval')
      continue;
    const ofTask = principal.startsWith('ecs-tasks:');
    // As on AWS, a task or a build whose log lines are refused runs on.
    if (action === 'logs:PutLogEvents' && !principal.startsWith('lambda:')) continue;
    // All regions' roles have one boundary.
    if (ofTask && [...used.values()].some((other) => other.by === bounded)) continue;
    // The role is made by the run that uses it: what it may do is taken out of its boundary.
    const use = { role, action, by: ofTask ? bounded : by, owner: ofTask ? 'the execution role of tasks' : principal };
    used.set(nameOfGrant(use), use);
  }
  return [...used.values()];
}

export const mark = async (provisioner: Provisioner): Promise<number> => (await authorizations(provisioner)).length;

type Asked = Pick<Grant, 'role' | 'action'>;
const sameAction = (one: Asked, other: Asked): boolean => one.role === other.role && one.action === other.action;
const among = (some: readonly Asked[], grant: Asked): boolean => some.some((each) => sameAction(each, grant));

interface Log {
  say(line: string): void;
  /** Gets each result as soon as it is known. */
  note(result: Result): void;
}

/** How often in a row a run may end as failed although nothing that is out was denied, before the rest is left unjudged. */
const strayEndings = 3;

/**
 * Starts the run until it succeeds, putting back what each ending names. What was denied and that the ending does not name
 * is not noticed.
 */
export async function judge(
  provisioner: Provisioner,
  { name: run, prepare, start, finish }: Phase,
  grants: readonly Grant[],
  { say, note }: Log,
): Promise<void> {
  let concluded = 0;
  const withdrawals = new Withdrawals(provisioner);
  const conclude = async (some: readonly Grant[], verdict: Verdict, ended: string): Promise<void> => {
    for (const { role, action, by } of some) note({ role, action, by, run, ended, verdict });
    concluded += some.length;
    await withdrawals.putBack(some);
  };
  // Of an action in several statements one at a time: a denial does not say which of them would have allowed it.
  const waiting = [...grants];
  const takeMore = async (): Promise<void> => {
    const next = waiting.filter(
      (grant, index) =>
        !among(withdrawals.out, grant) && waiting.findIndex((other) => sameAction(other, grant)) === index,
    );
    for (const grant of next) waiting.splice(waiting.indexOf(grant), 1);
    await withdrawals.take(next);
  };
  await takeMore();
  await prepare?.();
  const began = await mark(provisioner);
  const deniedSince = async (line: number): Promise<readonly Grant[]> => {
    const denied = (await authorizations(provisioner)).slice(line).filter(({ allowed }) => !allowed);
    return withdrawals.out.filter((grant) => among(denied, grant));
  };
  let succeeded = false;
  for (let stray = 0; stray < strayEndings; ) {
    const line = await mark(provisioner);
    const ended = await endOf(start);
    const words = ended.status === 'SUCCEEDED' ? ended.status : `${ended.status}: ${ended.error ?? 'no error'}`;
    const before = concluded;
    await conclude(
      withdrawals.out.filter((grant) => among(ended.denials, grant)),
      'noticed',
      words,
    );
    // Beside an ending that names another one, a denial may not have come to its words yet.
    if (concluded === before)
      await conclude(await deniedSince(line), 'not noticed', `${words} ${ended.cause ?? ''}`.trim());
    succeeded = ended.status === 'SUCCEEDED';
    if (succeeded) break;
    stray = concluded > before ? 0 : stray + 1;
    if (stray > 0) say(`${run}: ended as ${words}: ${ended.cause}`);
    await takeMore();
  }
  await conclude(await deniedSince(began), 'not noticed', 'denied beside others, and never named');
  await conclude([...withdrawals.out, ...waiting], 'not asked', 'the run asks for it no more');
  if (!succeeded) say(`${run}, with all put back: ${(await endOf(start)).status}`);
  await finish?.();
}

/** A run that does not end in time has an ending too. */
const endOf = (start: Phase['start']): Promise<Ending> =>
  start().catch((error: Error) => ({ status: 'NOT ENDED', error: error.name, cause: error.message, denials: [] }));
