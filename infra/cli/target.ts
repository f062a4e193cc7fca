import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  paginateListStateMachines,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type LocalCloud, running } from '@slipway/local-cloud';
import { callSettings, cloudIn } from '../../lambdas/aws/clients.ts';
import type { Cloud } from '../../lambdas/aws/cloud.ts';
import { latestExecution } from '../../lambdas/store/reports.ts';
import { openTable, type Table } from '../../lambdas/store/table.ts';
import {
  executionArn as arnOf,
  type ParsedExecutionArn,
  parseExecutionArn,
  prefix,
  type RootMachine,
  rootMachines,
} from '../../workflow/machines.ts';
import { CliError } from './cli-error.ts';
import { holding } from './lock-file.ts';

export const projectRoot = join(import.meta.dirname, '../..');
export const localDirectory = join(projectRoot, '.slipway');
/** How long AWS takes, for the local cloud. */
export const timings = join(projectRoot, 'workflow', 'timings.json');

/**
 * Starts the local cloud of this folder, or more, and keeps others from doing it at the same time.
 * @throws {CliError} when another process does
 */
export const onlyLocalCloud = <Result>(work: () => Promise<Result>): Promise<Result> =>
  holding(join(localDirectory, 'starting.pid'), 'the demo runs, or the local cloud is being started', work);

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
 * `--profile` means AWS; otherwise the local cloud, while it runs; otherwise whatever the environment says: variables, the
 * default profile, single sign-on, or the role of the machine.
 */
export async function findTarget(options: TargetOptions): Promise<Target> {
  const { local, region } = await findCloud(options);
  return {
    region,
    ...(local === undefined ? {} : { local }),
    stepFunctions: new SFNClient({ region }),
    table: openTable(region, prefix),
    home: cloudIn({ region }),
  };
}

/** Where AWS is, the real one or the local one. From then on every client of this process talks to it. */
interface FoundCloud {
  readonly region: string;
  readonly local?: LocalCloud;
}

/** @throws {CliError} when there is no region to talk to */
async function findCloud({ profile, region }: TargetOptions): Promise<FoundCloud> {
  const local = profile === undefined ? await running(localDirectory) : undefined;
  if (local !== undefined) Object.assign(process.env, local.env);
  else if (profile !== undefined) process.env.AWS_PROFILE = profile;
  const home = region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? (await configuredRegion());
  if (home === undefined) {
    throw new CliError(
      'the local cloud is not running, and nothing says in which region the provisioner is',
      'start the local cloud with `npx slipway up`, or give --profile or --region',
    );
  }
  process.env.AWS_REGION = home;
  return { region: home, ...(local === undefined ? {} : { local }) };
}

/** The region of the profile in the shared configuration files. */
const configuredRegion = async (): Promise<string | undefined> =>
  new SFNClient({}).config
    .region()
    // The SDK's way to say that there is none.
    .catch(() => undefined);

/**
 * The local cloud in place of AWS, whatever the environment of this process says: several may be deployed to side by side.
 */
export function cloudOf({ env }: LocalCloud): Cloud<{ readonly region: string }> {
  const region = env.AWS_REGION ?? '';
  const configuration = {
    region,
    endpoint: env.AWS_ENDPOINT_URL,
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
    ...callSettings,
  };
  return { scope: { region }, client: (service) => new service(configuration) };
}

/** ARN of a machine that people start. */
async function machineArn({ stepFunctions, region }: Target, machine: RootMachine): Promise<string> {
  for await (const { stateMachines = [] } of paginateListStateMachines({ client: stepFunctions }, {})) {
    const found = stateMachines.find(({ name }) => name === `${prefix}-${machine}`);
    if (found?.stateMachineArn !== undefined) return found.stateMachineArn;
  }
  throw new CliError(
    `no state machine ${prefix}-${machine} in ${region}`,
    'deploy the provisioner first: `npx slipway deploy`',
  );
}

/** Starts a machine that people start. Returns the execution's ARN. */
export async function startExecution(target: Target, machine: RootMachine, input: string): Promise<string> {
  const stateMachineArn = await machineArn(target, machine);
  const { executionArn } = await target.stepFunctions.send(new StartExecutionCommand({ stateMachineArn, input }));
  if (executionArn === undefined) throw new TypeError(`StartExecution of ${stateMachineArn} answered no ARN`);
  return executionArn;
}

export type FoundExecution = DescribeExecutionOutput & {
  readonly executionArn: string;
  readonly name: string;
  readonly machine: RootMachine;
};

/**
 * The execution of that name or ARN; without one, the newest of the deployment.
 * @throws {CliError} when there is none, or two
 */
export async function findExecution(
  target: Target,
  nameOrArn: string | undefined,
  deployment: string,
): Promise<FoundExecution> {
  const wanted = nameOrArn ?? (await newest(target, deployment));
  const arns = wanted.startsWith('arn:')
    ? [wanted]
    : await Promise.all(rootMachines.map(async (machine) => arnOf(await machineArn(target, machine), wanted)));
  const found = (await Promise.all(arns.map((arn) => describeExecution(target, arn)))).filter(
    (each) => each !== undefined,
  );
  const [one, other] = found;
  if (one === undefined) {
    throw new CliError(
      `there is no execution ${wanted}`,
      'list them in the Step Functions console, or leave the name out for the newest',
    );
  }
  if (other !== undefined) {
    throw new CliError(
      `two executions are named ${wanted}`,
      `give the ARN: ${one.executionArn} or ${other.executionArn}`,
    );
  }
  return one;
}

async function describeExecution(target: Target, executionArn: string): Promise<FoundExecution | undefined> {
  const { machine, name } = rootExecution(executionArn);
  try {
    const found = await target.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return { ...found, executionArn, name, machine };
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

function rootExecution(executionArn: string): { readonly machine: RootMachine; readonly name: string } {
  const parsed = parsedOrUndefined(executionArn);
  const machine = rootMachines.find((each) => each === parsed?.machine);
  if (parsed === undefined || machine === undefined) {
    throw new CliError(
      `${executionArn} is not an execution that people start`,
      `give the name or ARN of an execution of ${rootMachines.map((each) => `${prefix}-${each}`).join(' or ')}`,
    );
  }
  return { machine, name: parsed.name };
}

function parsedOrUndefined(executionArn: string): ParsedExecutionArn | undefined {
  try {
    return parseExecutionArn(executionArn);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

async function newest({ table }: Target, deployment: string): Promise<string> {
  const executionArn = await latestExecution(table, deployment);
  if (executionArn === undefined)
    throw new CliError(`deployment ${deployment} was never started`, 'start it: `npx slipway start`');
  return executionArn;
}
