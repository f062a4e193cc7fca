import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  paginateListStateMachines,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { type LocalCloud, running } from '@slipway/local-cloud';
import { cloudIn } from '../../lambdas/aws/clients.ts';
import type { Cloud } from '../../lambdas/aws/cloud.ts';
import { latestExecution } from '../../lambdas/store/reports.ts';
import { openTable, type Table } from '../../lambdas/store/table.ts';
import { executionArn as arnOf, prefix, type RootMachine, rootMachines } from '../../workflow/machines.ts';
import { CliError } from './cli-error.ts';

export const projectRoot = join(import.meta.dirname, '../..');
export const localDirectory = join(projectRoot, '.slipway');

export interface TargetOptions {
  readonly profile?: string;
  readonly region?: string;
}

/** The provisioner that the command line talks to: on AWS, or on the local cloud while that runs. */
export interface Target {
  readonly region: string;
  readonly local?: LocalCloud;
  readonly stepFunctions: SFNClient;
  readonly table: Table;
  /** The provisioner's own region. */
  readonly home: Cloud<{ readonly region: string }>;
}

/**
 * `--profile` means AWS; otherwise the local cloud, while it runs; otherwise whatever the environment's credentials say.
 * @throws {CliError} when there is no region to talk to
 */
export async function findTarget({ profile, region }: TargetOptions): Promise<Target> {
  const local = profile === undefined ? await running(localDirectory) : undefined;
  if (local !== undefined) Object.assign(process.env, local.env);
  else if (profile !== undefined) process.env.AWS_PROFILE = profile;
  const home = region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (home === undefined) {
    throw new CliError(
      'the local cloud does not run, and no region says where the provisioner is',
      'start the local cloud with `npx slipway up`, or give --profile and --region',
    );
  }
  process.env.AWS_REGION = home;
  return {
    region: home,
    ...(local === undefined ? {} : { local }),
    stepFunctions: new SFNClient({ region: home }),
    table: openTable(home, prefix),
    home: cloudIn({ region: home }),
  };
}

/** ARN of a machine that people start. */
export async function machineArn({ stepFunctions, region }: Target, machine: RootMachine): Promise<string> {
  for await (const { stateMachines = [] } of paginateListStateMachines({ client: stepFunctions }, {})) {
    const found = stateMachines.find(({ name }) => name === `${prefix}-${machine}`);
    if (found?.stateMachineArn !== undefined) return found.stateMachineArn;
  }
  throw new CliError(
    `no state machine ${prefix}-${machine} in ${region}`,
    'deploy the provisioner first: `npx slipway deploy`',
  );
}

/** The execution of that name or ARN; without one, the newest of the deployment. */
export async function findExecution(
  target: Target,
  nameOrArn: string | undefined,
  deployment: string,
): Promise<DescribeExecutionOutput & { readonly executionArn: string; readonly name: string }> {
  const name = nameOrArn ?? (await newest(target, deployment));
  const candidates = name.startsWith('arn:')
    ? [name]
    : await Promise.all(rootMachines.map(async (machine) => arnOf(await machineArn(target, machine), name)));
  for (const executionArn of candidates) {
    try {
      const found = await target.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      return { ...found, executionArn, name: found.name ?? name };
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ExecutionDoesNotExist')) throw error;
    }
  }
  throw new CliError(
    `there is no execution ${name}`,
    'list them in the Step Functions console, or leave the name out for the newest',
  );
}

async function newest({ table }: Target, deployment: string): Promise<string> {
  const executionArn = await latestExecution(table, deployment);
  if (executionArn === undefined)
    throw new CliError(`deployment ${deployment} was never started`, 'start it: `npx slipway start`');
  return executionArn;
}
