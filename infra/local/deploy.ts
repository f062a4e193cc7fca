import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { LocalCloud } from './local-cloud.ts';
import { LocalCloudError } from './local-cloud-error.ts';
import { nodeBinary, pathsOf } from './paths.ts';

/** The CDK CLI's script; run by our own Node, since the machine's may be older than CDK wants. */
function cdkScript(): string {
  const manifest = createRequire(join(import.meta.dirname, 'deploy.ts')).resolve('aws-cdk/package.json');
  return join(dirname(manifest), 'bin', 'cdk');
}

export interface Deployment {
  /** Stack outputs by stack and output name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Deploys a ready cloud assembly (`cdk.out`) to the local cloud: the same template that goes to AWS.
 * Bootstraps first where that has not happened, from the ready assembly too: in the app's folder CDK would synthesise
 * anew, without bundling, over it.
 */
export async function deploy(
  cloud: LocalCloud,
  assemblyDirectory: string,
  parameters: Readonly<Record<string, string>> = {},
  options: { readonly stacks?: readonly string[]; readonly log?: (line: string) => void } = {},
): Promise<Deployment> {
  const { stacks = ['--all'], log = () => {} } = options;
  const outputsFile = join(cloud.directory, 'stack-outputs.json');
  if (!(await bootstrapped(cloud))) {
    log('bootstrapping …');
    await cdk(cloud, [
      'bootstrap',
      `aws://${cloud.env.CDK_DEFAULT_ACCOUNT}/${cloud.env.AWS_REGION}`,
      '-a',
      assemblyDirectory,
    ]);
  }
  log('deploying …');
  await rm(outputsFile, { force: true });
  await cdk(cloud, [
    'deploy',
    ...stacks,
    '-a',
    assemblyDirectory,
    '--require-approval',
    'never',
    '--outputs-file',
    outputsFile,
    ...Object.entries(parameters).flatMap(([name, value]) => ['--parameters', `${name}=${value}`]),
  ]);
  return { outputs: JSON.parse(await readFile(outputsFile, 'utf8')) as Deployment['outputs'] };
}

/** Whether CDK's bootstrap stack is there: its version parameter is what CDK itself looks at. */
async function bootstrapped(cloud: LocalCloud): Promise<boolean> {
  const reply = await fetch(cloud.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.GetParameter',
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${cloud.env.AWS_REGION}/ssm/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ Name: '/cdk-bootstrap/hnb659fds/version' }),
  });
  return reply.ok;
}

async function cdk(cloud: LocalCloud, args: readonly string[]): Promise<void> {
  const [command = ''] = args;
  const logFile = join(pathsOf(cloud.directory).logs, `cdk-${command}.log`);
  const child = spawn(nodeBinary(), [cdkScript(), ...args, '--ci', '--no-notices', '--progress', 'events'], {
    env: {
      ...process.env,
      ...cloud.env,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DISABLE_VERSION_CHECK: 'true',
      NO_COLOR: '1',
    },
    // Not the project's folder: its cdk.json names the app, which a bootstrap would synthesise.
    cwd: cloud.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const text = Buffer.concat(output).toString('utf8');
  await mkdir(dirname(logFile), { recursive: true });
  await writeFile(logFile, text);
  if (status === 0) return;
  throw new LocalCloudError(
    `cdk ${command} failed with status ${status} (all of it: ${logFile}):\n${problemsOf(text)}`,
  );
}

/** The lines of CDK's output that say what went wrong; its last lines when none does. */
export function problemsOf(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const problems = lines.filter((line) => /❌|_FAILED|\bError\b|error:|ROLLBACK/.test(line));
  return (problems.length > 0 ? problems : lines).slice(-15).join('\n');
}
