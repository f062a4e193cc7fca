import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HistoryEvent, paginateGetExecutionHistory, paginateListExecutions } from '@aws-sdk/client-sfn';
import { parseExecutionArn, regionMachines, siblingArn } from '../../../workflow/machines.ts';
import { answered, startMachine } from '../../support/own-cloud.ts';
import type { Ended, Provisioner } from '../../support/provisioner.ts';
import type { Measured } from './figures.ts';

const runLimit = 3_600_000;

/** Starts the machine, approves at once, waits for the end, and takes down what can be counted. */
export async function measure(
  provisioner: Provisioner,
  machine: 'provision' | 'destroy',
  input: object,
): Promise<Measured & { readonly end: Ended }> {
  const before = (await provisioner.calls()).length;
  const startsBefore = await coldStarts(provisioner);
  const started = Date.now();
  const arn = await startMachine(provisioner, machine, input);
  const end = await answered(provisioner, arn, 'approve', runLimit);
  const decided = end.report?.decision?.at;
  const ended = Date.parse((await provisioner.describe(arn)).stopDate?.toISOString() ?? '');
  const calls = (await provisioner.calls()).slice(before);
  const histories = await historiesOf(provisioner, arn, started);
  return {
    end,
    started,
    ended,
    ...(decided === undefined ? {} : { answered: Date.parse(decided) }),
    events: await provisioner.events(arn),
    transitions: Object.fromEntries(histories.map(({ region, events }) => [region, transitionsIn(events)])),
    ...invocationsIn(histories.flatMap(({ events }) => events)),
    coldStarts: (await coldStarts(provisioner)) - startsBefore,
    calls: calls.filter(({ principal }) => principal.startsWith('lambda:')),
  };
}

interface History {
  /** '' of the root. */
  readonly region: string;
  readonly events: readonly HistoryEvent[];
}

/** Of the run and of the executions that it started; those of one region count together. */
async function historiesOf(provisioner: Provisioner, root: string, since: number): Promise<readonly History[]> {
  const { stateMachineArn } = parseExecutionArn(root);
  const histories: History[] = [{ region: '', events: await historyOf(provisioner, root) }];
  for (const machine of regionMachines)
    for (const arn of await startedBy(provisioner, siblingArn(stateMachineArn, machine), since)) {
      const { input = '{}' } = await provisioner.describe(arn);
      const { config } = JSON.parse(input) as { config?: { region?: string } };
      histories.push({ region: config?.region ?? arn, events: await historyOf(provisioner, arn) });
    }
  return [...Map.groupBy(histories, ({ region }) => region)].map(([region, own]) => ({
    region,
    events: own.flatMap(({ events }) => events),
  }));
}

async function startedBy(provisioner: Provisioner, stateMachineArn: string, since: number): Promise<readonly string[]> {
  const found: string[] = [];
  const client = provisioner.stepFunctions;
  for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn }))
    for (const { executionArn = '', startDate } of executions)
      if ((startDate?.getTime() ?? 0) >= since - 1000) found.push(executionArn);
  return found;
}

async function historyOf(provisioner: Provisioner, executionArn: string): Promise<readonly HistoryEvent[]> {
  const all: HistoryEvent[] = [];
  const client = provisioner.stepFunctions;
  for await (const { events = [] } of paginateGetExecutionHistory({ client }, { executionArn })) all.push(...events);
  return all;
}

const transitionsIn = (events: readonly HistoryEvent[]): number =>
  events.filter(({ type }) => type?.endsWith('StateEntered')).length;

/**
 * Of Lambdas, and the seconds from asking for each until it ended. Branches are interleaved in a history, which does not say
 * which end belongs to which start: the sums need not know. A question is an invocation, and its wait for people no work.
 */
export function invocationsIn(events: readonly HistoryEvent[]): Pick<Measured, 'invocations' | 'invokedSeconds'> {
  const seconds = (pattern: RegExp): readonly number[] =>
    events
      .filter((event) => pattern.test(`${event.type} ${resourceOf(event)}`))
      .map(({ timestamp }) => (timestamp?.getTime() ?? 0) / 1000);
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
  const starts = seconds(/^TaskScheduled .*invoke$/);
  return {
    invocations: starts.length + seconds(/^TaskScheduled .*invoke\.waitForTaskToken$/).length,
    invokedSeconds: sum(seconds(/^Task(Succeeded|Failed|TimedOut) .*invoke$/)) - sum(starts),
  };
}

const resourceOf = (event: HistoryEvent): string | undefined =>
  (
    event.taskScheduledEventDetails ??
    event.taskSucceededEventDetails ??
    event.taskFailedEventDetails ??
    event.taskTimedOutEventDetails
  )?.resource;

/** So far: the local cloud notes each process that it starts for a function. */
async function coldStarts({ cloud }: Provisioner): Promise<number> {
  const log = await readFile(join(cloud.directory, 'logs', 'ministack.log'), 'utf8');
  return log.match(/Lambda worker spawned/g)?.length ?? 0;
}
