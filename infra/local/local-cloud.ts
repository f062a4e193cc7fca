import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tail } from './front-door/ministack.ts';
import { LocalCloudError } from './local-cloud-error.ts';
import { account, nodeBinary, pathsOf, sharedDirectory } from './paths.ts';
import { type CloudState, membersOf, readState, startedAt, writeState } from './state.ts';
import { ensureVirtualEnvironment } from './virtual-environment.ts';

/** Not ministack's and LocalStack's 4566, so that one of those may run beside it. */
const defaultPort = 4610;
const defaultClockScale = 0.05;
/** The start takes 1–2 s; the first one on a machine also makes the base image. */
const startLimit = 60_000;

export interface LocalCloudOptions {
  /** The project's `.slipway`, or a test's own directory: one local cloud each. */
  readonly directory: string;
  /** The front door's port; 0 takes any free one. @default 4610 */
  readonly port?: number;
  /** AWS's durations are multiplied by this. @default 0.05: a NAT gateway's 106 s take 5.3 s */
  readonly clockScale?: number;
  /** How long AWS takes, a JSON file: of this shape is `workflow/timings.json`. */
  readonly timings: string;
  /** Whether calls of Lambdas take as long as on AWS, scaled by the clock as well. @default false */
  readonly latency?: boolean;
  /** A fault plan (README.md, "Instruments"): JSON file that the front door starts with. */
  readonly faults?: string;
  /** Whether what IAM denies is refused; it is recorded in any case (README.md, "IAM"). @default true */
  readonly iam?: boolean;
  readonly log?: (line: string) => void;
}

export interface LocalCloud {
  readonly endpoint: string;
  readonly port: number;
  readonly clockScale: number;
  readonly pids: { readonly frontDoor: number; readonly ministack: number };
  /** Environment of anything that is to talk to this cloud: SDKs, the AWS CLI, CDK. */
  readonly env: Readonly<Record<string, string>>;
  /** The base image, pinned by digest: `localhost:<port>/slipway/node@sha256:…`. */
  readonly baseImage: string;
  readonly directory: string;
  stop(): Promise<void>;
}

function cloudOf(directory: string, state: Required<CloudState>): LocalCloud {
  const endpoint = `http://127.0.0.1:${state.port}`;
  return {
    endpoint,
    port: state.port,
    clockScale: state.clockScale,
    pids: { frontDoor: state.frontDoor.pid, ministack: state.ministack.pid },
    env: {
      // By address, not by name: the S3 client then keeps the bucket in the path, and `<bucket>.localhost` never has to resolve.
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DEFAULT_ACCOUNT: account,
      CDK_DEFAULT_REGION: 'us-east-1',
    },
    baseImage: `localhost:${state.port}/slipway/node@${state.baseImageDigest}`,
    directory,
    stop: async () => {
      await down(directory);
    },
  };
}

/** The local cloud that runs from this directory, if it answers. */
export async function running(directory: string): Promise<LocalCloud | undefined> {
  const home = resolve(directory);
  const state = await readState(home);
  if (state?.ministack === undefined || state.baseImageDigest === undefined) return undefined;
  const answer = await fetch(`http://127.0.0.1:${state.port}/_slipway/health`, { signal: AbortSignal.timeout(2000) })
    .then((reply) => reply.json() as Promise<{ directory?: string }>)
    .catch(() => undefined);
  if (answer?.directory !== home) return undefined;
  return cloudOf(home, { ...state, ministack: state.ministack, baseImageDigest: state.baseImageDigest });
}

async function assertPortFree(port: number): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((done, fail) => {
    const probe = createServer();
    probe.once('error', (cause: NodeJS.ErrnoException) =>
      fail(
        new LocalCloudError(
          cause.code === 'EADDRINUSE'
            ? `port ${port} is in use by another process; stop it, or choose another port (\`lsof -i :${port}\` shows who has it)`
            : `port ${port} can't be used: ${cause.message}`,
          { cause },
        ),
      ),
    );
    probe.listen(port, '127.0.0.1', () => probe.close(() => done()));
  });
}

/** Starts the local cloud of this directory, or returns the one that runs; leftovers of a broken start are removed first. */
export async function up(options: LocalCloudOptions): Promise<LocalCloud> {
  const directory = resolve(options.directory);
  const { port = defaultPort, clockScale = defaultClockScale, faults, iam = true, latency = false } = options;
  const { log = () => {} } = options;
  const known = await running(directory);
  if (known !== undefined) return known;
  await down(directory);
  await assertPortFree(port);

  const paths = pathsOf(directory);
  for (const path of [paths.logs, paths.temporary]) await mkdir(path, { recursive: true });
  // Lambda bundles are unpacked below, and the project's own package.json would make ES modules of them.
  await writeFile(join(paths.temporary, 'package.json'), '{ "type": "commonjs" }');
  // Whoever asks why the last one ended finds its words beside the new ones.
  for (const path of [paths.frontDoorLog, paths.emulatorLog]) await rename(path, `${path}.previous`).catch(() => {});
  const virtualEnvironment = await ensureVirtualEnvironment(sharedDirectory, log);
  log('starting the local cloud …');
  const output = openSync(paths.frontDoorLog, 'w');
  const child = spawn(
    nodeBinary(),
    [
      join(import.meta.dirname, 'front-door', 'main.ts'),
      `--directory=${directory}`,
      `--port=${port}`,
      `--clock-scale=${clockScale}`,
      `--virtual-environment=${virtualEnvironment}`,
      `--timings=${resolve(options.timings)}`,
      ...(latency ? ['--latency'] : []),
      ...(faults === undefined ? [] : [`--faults=${resolve(faults)}`]),
      ...(iam ? ['--enforce-iam'] : []),
    ],
    // Its own process group, so that all of it can be found and ended whatever becomes of this process.
    { detached: true, stdio: ['ignore', output, output], cwd: directory },
  );
  child.unref();
  const { pid } = child;
  if (pid === undefined) throw new LocalCloudError(`the front door could not be started with ${nodeBinary()}`);
  await writeState(directory, { port, clockScale, frontDoor: { pid, started: (await startedAt(pid)) ?? '' } });

  const limit = Date.now() + startLimit;
  while (Date.now() < limit && child.exitCode === null && child.signalCode === null) {
    const cloud = await running(directory);
    if (cloud !== undefined) {
      log(`the local cloud answers at ${cloud.endpoint}`);
      return cloud;
    }
    await sleep(50);
  }
  const end = await tail(paths.frontDoorLog);
  await down(directory);
  throw new LocalCloudError(`the local cloud did not start; the end of ${paths.frontDoorLog}:\n${end}`);
}

/** Ends every process of this directory's local cloud, whoever started it and however it was left. */
export async function down(directory: string): Promise<{ stopped: number[] }> {
  const home = resolve(directory);
  const paths = pathsOf(home);
  const state = await readState(home);
  const stopped: number[] = [];
  if (state !== undefined) {
    const { pid, started } = state.frontDoor;
    const now = await startedAt(pid);
    // A pid that lives but started at another time belongs to somebody else by now, and so does its group.
    if (now === undefined || now === started) {
      const found = await membersOf(pid, home);
      stopped.push(...found.map((member) => member.pid));
      if (now !== undefined) {
        signal(pid, 'SIGTERM');
        await until(async () => (await startedAt(pid)) !== started, 3000);
      }
      for (const member of await membersOf(pid, home)) signal(member.pid, 'SIGKILL');
      await until(async () => (await membersOf(pid, home)).length === 0, 3000);
    }
  }
  await rm(paths.state, { force: true });
  await rm(paths.temporary, { recursive: true, force: true });
  return { stopped };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
}

async function until(condition: () => Promise<boolean>, milliseconds: number): Promise<void> {
  const limit = Date.now() + milliseconds;
  while (Date.now() < limit && !(await condition())) await sleep(30);
}
