import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import type { LocalCloud } from '@slipway/local-cloud';
import type { Cloud } from '../../lambdas/aws/cloud.ts';
import { prefix } from '../../workflow/machines.ts';
import { CliError } from './cli-error.ts';
import { bootstrap, type Cdk, deployAssembly, runCdk, synthesise } from './deploy/cdk.ts';
import { readStack, stackProblem, stands } from './deploy/stack.ts';
import { bootstrapVersion, oldestBootstrap } from './doctor/bootstrap.ts';
import { cloudOf } from './target.ts';

/** Where the provisioner is deployed to. */
export interface Place {
  readonly account: string;
  readonly region: string;
  readonly home: Cloud<{ readonly region: string }>;
  readonly cdk: Cdk;
}

export interface Deployment {
  /** Stack parameters. CloudFormation keeps those that are not given. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Whether to bootstrap the account and region where that has not happened. */
  readonly bootstrap: boolean;
  /** Takes over what a removed stack retained. */
  readonly importExisting?: boolean;
  readonly log: (line: string) => void;
  /** Called with the synthesised template before anything changes; throws where people say no. */
  readonly approve?: (template: unknown) => Promise<void>;
}

/**
 * Deploys the provisioner: the one way, to AWS and to the local cloud.
 * @throws {CliError} when the stack does not stand at the end
 */
export async function deployTo(
  { account, region, home, cdk }: Place,
  { parameters, bootstrap: mayBootstrap, importExisting = false, log, approve }: Deployment,
): Promise<void> {
  const assembly = join(cdk.directory, 'cdk.out');
  log('synthesising …');
  await synthesise(cdk, assembly);
  await approve?.(JSON.parse(await readFile(join(assembly, 'Slipway.template.json'), 'utf8')));
  if (mayBootstrap && ((await bootstrapVersion(home)) ?? 0) < oldestBootstrap) {
    log('bootstrapping …');
    await bootstrap(cdk, assembly, account, region);
  }
  const before = await readStack(home);
  const problem = stackProblem(before?.StackStatus);
  if (problem !== undefined) throw new CliError(problem.detail, problem.advice);
  if (before?.StackStatus === 'REVIEW_IN_PROGRESS') {
    log('removing the empty stack that an interrupted deployment left …');
    await home.client(CloudFormationClient).send(new DeleteStackCommand({ StackName: prefix }));
  }
  log('deploying …');
  await deployAssembly(cdk, assembly, { parameters, importExisting });
  // CDK ends with status 0 where it leaves a change set unexecuted, too.
  const after = await readStack(home);
  if (after === undefined || !stands(after, before)) {
    throw new CliError(
      `the stack ${prefix} is ${after?.StackStatus ?? 'not there'} in ${region}${after?.StackStatusReason === undefined ? '' : `: ${after.StackStatusReason}`}`,
      `look at its events: aws cloudformation describe-stack-events --stack-name ${prefix} --region ${region}`,
    );
  }
}

/** Settings of `deploy` that are parameters of the stack. */
export interface Settings {
  readonly approverEmail?: string;
  readonly alarmEmail?: string;
  readonly progressEmail?: string;
  readonly progressMails?: string;
  readonly reconcileSchedule?: string;
  readonly maxReruns?: string;
  readonly secrets?: readonly string[];
  readonly taskRoles?: readonly string[];
}

/** The stack's parameters for what is given. */
export const settingsOf = ({
  approverEmail,
  alarmEmail,
  progressEmail,
  progressMails,
  reconcileSchedule,
  maxReruns,
  secrets,
  taskRoles,
}: Settings) =>
  Object.fromEntries(
    Object.entries({
      ApproverEmail: approverEmail,
      AlarmEmail: alarmEmail,
      ProgressEmail: progressEmail,
      ProgressMails: progressMails,
      ReconcileSchedule: reconcileSchedule,
      MaxReruns: maxReruns,
      ReadablePrefix: secrets?.join(),
      TaskRoles: taskRoles?.join(),
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** The stack's parameters on a local cloud, with mailboxes that end up in `slipway logs --mail`. */
export const localParameters = (
  cloud: LocalCloud,
  overrides: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => ({
  BaseImage: cloud.baseImage,
  ApproverEmail: 'approver@example.com',
  AlarmEmail: 'alarms@example.com',
  ProgressEmail: 'progress@example.com',
  // Retries' waits pass faster there, and so must this.
  SettleSeconds: String(Math.max(1, Math.round(120 * cloud.clockScale))),
  ...overrides,
});

/** The place that a local cloud is. */
export function localPlace(cloud: LocalCloud, signal?: AbortSignal): Place {
  const { CDK_DEFAULT_ACCOUNT: account = '', AWS_REGION: region = '' } = cloud.env;
  return {
    account,
    region,
    home: cloudOf(cloud),
    cdk: {
      run: runCdk,
      // CDK's own rules take two thirds of a synthesis: on the way to AWS it checks them, and so does cfn-lint in `npm test`.
      environment: { ...cloud.env, CDK_VALIDATION: 'false' },
      directory: cloud.directory,
      ...(signal === undefined ? {} : { signal }),
    },
  };
}

/** Deploys to the local cloud, which nobody is asked about. */
export const deployToLocalCloud = (
  cloud: LocalCloud,
  log: (line: string) => void,
  overrides: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<void> =>
  deployTo(localPlace(cloud, signal), { parameters: localParameters(cloud, overrides), bootstrap: true, log });
