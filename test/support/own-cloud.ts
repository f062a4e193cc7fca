import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { down, type FaultPlan, type FaultStatus, type LocalCloud, localUrl, up } from '@slipway/local-cloud';
import { timings } from '../../infra/cli/target.ts';
import { deploymentOf } from '../../workflow/deployment-of.ts';
import type { PlannedChange } from '../../workflow/documents.ts';
import { deployKept } from './assembly.ts';
import { type Ended, nameOf, Provisioner } from './provisioner.ts';
import { waitFor } from './wait-for.ts';

/** As of the shared cloud: at 0.01 a Lambda's cold start would count as 40 s. */
const clockScale = 0.02;

/** A local cloud that one test file has for itself. */
export interface OwnCloud {
  readonly cloud: LocalCloud;
  readonly provisioner: Provisioner;
  end(): Promise<void>;
}

const directoryOf = (name: string): string => join(import.meta.dirname, '../../.slipway', `test-${name}`);

/** A local cloud without the provisioner. */
export async function bareCloud(name: string): Promise<OwnCloud> {
  const directory = directoryOf(name);
  await down(directory);
  await rm(directory, { recursive: true, force: true });
  const cloud = await up({ directory, timings, port: 0, clockScale });
  const provisioner = new Provisioner(cloud);
  return {
    cloud,
    provisioner,
    end: async () => {
      provisioner.close();
      await down(directory);
    },
  };
}

/** A local cloud with the deployed provisioner and nothing else. */
export async function deployedCloud(name: string, parameters: Readonly<Record<string, string>>): Promise<OwnCloud> {
  const own = await bareCloud(name);
  try {
    await deployKept(own.cloud, own.provisioner, parameters);
    return own;
  } catch (error) {
    await own.end();
    throw error;
  }
}

/** Starts one of the machines that people start and returns the execution's ARN. */
export async function startMachine(
  provisioner: Provisioner,
  machine: 'provision' | 'destroy',
  input: object,
): Promise<string> {
  const stateMachineArn = await machineArn(provisioner, machine);
  const { executionArn = '' } = await provisioner.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  return executionArn;
}

/** ARN of one of the machines that people start. */
export async function machineArn(provisioner: Provisioner, machine: 'provision' | 'destroy'): Promise<string> {
  const { stateMachines = [] } = await provisioner.stepFunctions.send(new ListStateMachinesCommand({}));
  return stateMachines.find(({ name }) => name === `slipway-${machine}`)?.stateMachineArn ?? '';
}

/** Waits for the end, and gives the answer if people are asked on the way. */
export async function answered(
  provisioner: Provisioner,
  executionArn: string,
  decision: 'approve' | 'reject' = 'approve',
  within = 240_000,
): Promise<Ended> {
  let done = false;
  await waitFor(
    `the end of ${executionArn}`,
    async () => {
      const { status } = await provisioner.describe(executionArn);
      if (status !== 'RUNNING') return true;
      if (done) return false;
      const [link] = (await provisioner.mails())
        .filter(({ topicArn, message }) => topicArn.endsWith(':slipway-approvals') && message.includes(executionArn))
        .flatMap(({ message }) => /^Approve: (\S+)$/m.exec(message)?.[1] ?? []);
      if (link === undefined) return false;
      const page = localUrl(provisioner.cloud, link.replace(/\?.*$/, ''));
      done = (await fetch(page, { method: 'POST', body: new URLSearchParams({ decision, by: 'the tests' }) })).ok;
      return false;
    },
    { within },
  );
  return provisioner.end(executionArn);
}

/** Starts, approves where people are asked, and waits for the end. */
export const run = async (
  provisioner: Provisioner,
  machine: 'provision' | 'destroy',
  input: object,
  decision?: 'approve' | 'reject',
): Promise<Ended> => answered(provisioner, await startMachine(provisioner, machine, input), decision);

/** What a run's plan would do: what stays as it is left out. */
export async function plannedIn(provisioner: Provisioner, executionArn: string): Promise<readonly PlannedChange[]> {
  const kept = await provisioner.client(S3Client).send(
    new GetObjectCommand({
      Bucket: 'slipway-plans-000000000000-us-east-1',
      Key: `${deploymentOf(JSON.parse((await provisioner.describe(executionArn)).input ?? '{}'))}/${nameOf(executionArn)}.json`,
    }),
  );
  const { changes } = JSON.parse((await kept.Body?.transformToString()) ?? '') as { changes: PlannedChange[] };
  return changes.filter(({ action, waiting }) => action !== 'unchanged' || waiting !== undefined);
}

export async function setFaults({ endpoint }: LocalCloud, plan: FaultPlan): Promise<void> {
  const reply = await fetch(`${endpoint}/_slipway/faults`, { method: 'PUT', body: JSON.stringify(plan) });
  if (!reply.ok) throw new Error(await reply.text());
}

export async function faultsOf({ endpoint }: LocalCloud): Promise<FaultStatus> {
  return (await (await fetch(`${endpoint}/_slipway/faults`)).json()) as FaultStatus;
}
