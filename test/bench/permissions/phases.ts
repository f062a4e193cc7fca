import { denialsIn } from '../../support/grants.ts';
import { answered, startMachine } from '../../support/own-cloud.ts';
import { platformInput } from '../../support/platform-input.ts';
import type { Provisioner } from '../../support/provisioner.ts';
import { alterEverything, changedInput, destroyInput } from '../../support/whole-life.ts';
import { type Ending, Releases } from './releases.ts';

export const runNames = ['provision', 'change', 'repair', 'push', 'destroy'] as const;
export type RunName = (typeof runNames)[number];

/** A part of a platform's life, that is started until it succeeds. */
export interface Phase {
  readonly name: RunName;
  prepare?(): Promise<void>;
  start(): Promise<Ending>;
  finish?(): Promise<void>;
}

/** Milliseconds: a run beside which the machine has other things to do. */
const runLimit = 900_000;

/** The phases of a platform's life, in their order; of them, those that others need or that are asked for. */
export function phasesOf(provisioner: Provisioner, asked: readonly RunName[]): readonly Phase[] {
  const run = async (machine: 'provision' | 'destroy', input: object): Promise<Ending> => {
    const executionArn = await startMachine(provisioner, machine, input);
    const ended = await answered(provisioner, executionArn, 'approve', runLimit);
    // A stage's own end says more than its region's, of which the root execution keeps the beginning.
    const stages = { cause: JSON.stringify(await provisioner.events(executionArn)) };
    const denials = [ended, stages].flatMap(denialsIn);
    return { status: ended.status, error: ended.error, cause: ended.cause, denials };
  };
  let releases: Releases | undefined;
  const phases: readonly Phase[] = [
    { name: 'provision', start: () => run('provision', platformInput) },
    { name: 'change', start: () => run('provision', changedInput) },
    {
      name: 'repair',
      prepare: () => alterEverything(provisioner),
      start: () => run('provision', { mode: 'reconcile' }),
    },
    {
      name: 'push',
      prepare: async () => {
        releases = await Releases.of(provisioner);
      },
      start: async () => {
        if (releases === undefined) throw new Error('nothing is cloned yet');
        return releases.release();
      },
      finish: async () => releases?.end(),
    },
    { name: 'destroy', start: () => run('destroy', destroyInput) },
  ];
  return phases.filter(({ name }) => name === 'provision' || asked.includes(name));
}
