import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { deploy as deployLocally, type LocalCloud } from '@slipway/local-cloud';
import { openRepository } from '../../lambdas/image/registry.ts';
import { CliError } from './cli-error.ts';
import { projectRoot } from './target.ts';

/** The official Node image, in a registry that every region reaches without credentials. */
export const defaultBaseImage = 'public.ecr.aws/docker/library/node:24-slim';

/** Parameters of the stack that people set; CloudFormation keeps those that are not given. */
interface Settings {
  readonly approverEmail?: string;
  readonly progressEmail?: string;
  readonly reconcileSchedule?: string;
  readonly maxReruns?: string;
}

/** The stack's parameters for what is given. */
export const settingsOf = ({ approverEmail, progressEmail, reconcileSchedule, maxReruns }: Settings) =>
  Object.fromEntries(
    Object.entries({
      ApproverEmail: approverEmail,
      ProgressEmail: progressEmail,
      ReconcileSchedule: reconcileSchedule,
      MaxReruns: maxReruns,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

/** Synthesises and deploys to the local cloud, with mailboxes that end up in `slipway logs --mail`. */
export async function deployToLocalCloud(
  cloud: LocalCloud,
  log: (line: string) => void,
  overrides: Readonly<Record<string, string>> = {},
): Promise<void> {
  // Below the cloud's own directory, so that several local clouds can be deployed to side by side.
  const assembly = join(cloud.directory, 'cdk.out');
  log('synthesising …');
  rmSync(assembly, { recursive: true, force: true });
  await run([join(projectRoot, 'infra/bin/slipway.ts')], { CDK_OUTDIR: assembly, ...cloud.env });
  await deployLocally(cloud, assembly, localParameters(cloud, overrides), { log });
}

/** The stack's parameters on a local cloud. */
export const localParameters = (
  cloud: LocalCloud,
  overrides: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => ({
  BaseImage: cloud.baseImage,
  ApproverEmail: 'approver@example.com',
  ProgressEmail: 'progress@example.com',
  // Retries' waits pass faster there, and so must this.
  SettleSeconds: String(Math.max(1, Math.round(120 * cloud.clockScale))),
  ...overrides,
});

export interface AwsDeployment extends Settings {
  readonly profile?: string;
  readonly baseImage: string;
  readonly bootstrap: boolean;
}

/** `cdk deploy` with the base image pinned by the digest that its tag has now. */
export async function deployToAws(
  { profile, baseImage, bootstrap, ...settings }: AwsDeployment,
  log: (line: string) => void,
): Promise<void> {
  const pinned = await pin(baseImage);
  log(`base image ${pinned}`);
  const cdk = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin/cdk');
  const account = profile === undefined ? [] : ['--profile', profile];
  if (bootstrap) await run([cdk, 'bootstrap', ...account]);
  const parameters = { BaseImage: pinned, ...settingsOf(settings) };
  await run([
    cdk,
    'deploy',
    ...account,
    ...Object.entries(parameters).flatMap(([name, value]) => ['--parameters', `${name}=${value}`]),
  ]);
}

/** `registry/repository:tag` → `registry/repository@sha256:…`; a pinned reference stays as it is. */
async function pin(reference: string): Promise<string> {
  if (reference.includes('@sha256:')) return reference;
  const [, registry, repository, tag = 'latest'] = /^([^/]+)\/(.+?)(?::([\w.-]+))?$/.exec(reference) ?? [];
  if (registry === undefined || repository === undefined) {
    throw new CliError(
      `${reference} is not an image reference`,
      'write it as registry/repository:tag or registry/repository@sha256:…',
    );
  }
  const digest = await openRepository(`https://${registry}`, repository).manifestDigest(tag);
  if (digest === undefined) throw new CliError(`there is no image ${reference}`, 'check --base-image');
  return `${registry}/${repository}@${digest}`;
}

/** Runs a script under this Node; its output goes to stderr. */
async function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const child = spawn(process.execPath, args, {
    cwd: projectRoot,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 2, 2],
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0)
    throw new CliError(`${args.slice(0, 2).join(' ')} ended with status ${status}`, 'its messages are above');
}
