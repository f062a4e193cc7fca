import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CliError } from '../cli-error.ts';
import { projectRoot } from '../target.ts';

/** Runs a script of CDK's; `name` is what people call it. */
export type RunCdk = (cdk: Cdk, name: string, args: readonly string[]) => Promise<void>;

/** What the CDK CLI works with, for AWS and for the local cloud alike. */
export interface Cdk {
  readonly run: RunCdk;
  /** Region, endpoint and credentials, as far as they are not this process's own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly profile?: string;
  /** Where the CLI runs and its logs are kept. Not the project's folder: its cdk.json would have the app synthesised again. */
  readonly directory: string;
  /** Gets the CLI's progress, a line at a time. */
  readonly onLine?: (line: string) => void;
  /** Ends whatever runs. What CloudFormation has begun goes on. */
  readonly signal?: AbortSignal;
}

/** The CDK CLI's script, for our own Node: the machine's may be older than CDK wants. */
const cdkScript = join(dirname(createRequire(import.meta.url).resolve('aws-cdk/package.json')), 'bin/cdk');

/** Synthesises the provisioner's stack into a folder. */
export async function synthesise(cdk: Cdk, assembly: string): Promise<void> {
  await rm(assembly, { recursive: true, force: true });
  await cdk.run({ ...cdk, environment: { ...cdk.environment, CDK_OUTDIR: assembly } }, 'synth', [
    join(projectRoot, 'infra/bin/slipway.ts'),
  ]);
}

/** Makes the bucket and the roles by which CDK deploys, in the account and region of the assembly. */
export const bootstrap = (cdk: Cdk, assembly: string, account: string, region: string): Promise<void> =>
  cdk.run(cdk, 'bootstrap', [cdkScript, 'bootstrap', `aws://${account}/${region}`, '-a', assembly, ...options(cdk)]);

export interface DeployOptions {
  readonly parameters: Readonly<Record<string, string>>;
  /** Takes over named resources that a removed stack retained. */
  readonly importExisting?: boolean;
}

/** Deploys a synthesised assembly. Whoever calls has asked people: CDK asks nothing. */
export const deployAssembly = (
  cdk: Cdk,
  assembly: string,
  { parameters, importExisting = false }: DeployOptions,
): Promise<void> =>
  cdk.run(cdk, 'deploy', [
    cdkScript,
    'deploy',
    '--all',
    '-a',
    assembly,
    '--require-approval',
    'never',
    ...(importExisting ? ['--import-existing-resources'] : []),
    ...Object.entries(parameters).flatMap(([name, value]) => ['--parameters', `${name}=${value}`]),
    ...options(cdk),
  ]);

const options = ({ profile }: Cdk): readonly string[] => [
  '--ci',
  '--no-notices',
  '--progress',
  'events',
  ...(profile === undefined ? [] : ['--profile', profile]),
];

/**
 * In a process of its own.
 * @throws {CliError} when the script fails, with those of its lines that say why
 */
export const runCdk: RunCdk = async ({ environment, directory, onLine, signal }, name, args) => {
  const logs = join(directory, 'logs');
  const logFile = join(logs, `cdk-${name}.log`);
  await mkdir(logs, { recursive: true });
  const child = spawn(process.execPath, args, {
    cwd: directory,
    env: {
      ...process.env,
      ...environment,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DISABLE_VERSION_CHECK: 'true',
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' as const }),
  });
  const log = createWriteStream(logFile);
  for (const stream of [child.stdout, child.stderr]) {
    stream.pipe(log, { end: false });
    if (onLine !== undefined)
      stream.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n')) if (line.trim() !== '') onLine(line);
      });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => new Promise<void>((resolve) => log.end(resolve)));
  if (status === 0) return;
  throw new CliError(
    `cdk ${name} failed with status ${status}:\n${problemsOf(readFileSync(logFile, 'utf8'))}`,
    `its full output: ${logFile}`,
  );
};

/** The lines of CDK's output that say what went wrong; its last lines when none does. */
export function problemsOf(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const problems = lines.filter((line) => /❌|_FAILED|\bError\b|error:|ROLLBACK/.test(line));
  return (problems.length > 0 ? problems : lines).slice(-15).join('\n');
}
