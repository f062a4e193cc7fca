import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { account, nodeBinary, pathsOf, sharedDirectory } from '../paths.ts';

const launcher = join(import.meta.dirname, '..', 'ministack', 'launch.py');
/** ministack answers within 0.7 s (measured); a busy machine may take longer. */
const healthLimit = 30_000;

export interface MinistackOptions {
  readonly directory: string;
  readonly virtualEnvironment: string;
  readonly frontDoorPort: number;
  readonly dockerPort: number;
  readonly clockScale: number;
}

/** What ministack, and with it every Lambda, gets as environment. */
function environmentOf(options: MinistackOptions, portFile: string): NodeJS.ProcessEnv {
  const frontDoor = `http://127.0.0.1:${options.frontDoorPort}`;
  return {
    // Lambdas run the `node` that comes first: the runtime they have on AWS.
    PATH: [dirname(nodeBinary()), process.env.PATH ?? ''].join(delimiter),
    HOME: process.env.HOME,
    LANG: 'C.UTF-8',
    TMPDIR: pathsOf(options.directory).temporary,
    PYTHONUNBUFFERED: '1',
    // Not beside the sources: what it has compiled is shared by all clouds.
    PYTHONPYCACHEPREFIX: join(options.virtualEnvironment, 'compiled'),
    SLIPWAY_PORT_FILE: portFile,
    SLIPWAY_FRONT_DOOR: frontDoor,
    SLIPWAY_LAMBDA_CODE: pathsOf(sharedDirectory).lambdaCode,
    GATEWAY_PORT: String(options.frontDoorPort),
    MINISTACK_HOST: 'localhost',
    MINISTACK_ACCOUNT_ID: account,
    S3_DATA_DIR: join(pathsOf(options.directory).temporary, 's3'),
    IOT_MTLS_ENABLED: '0',
    LOG_LEVEL: 'INFO',
    AWS_ENDPOINT_URL: frontDoor,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    DOCKER_HOST: `tcp://127.0.0.1:${options.dockerPort}`,
    SFN_WAIT_SCALE: String(options.clockScale),
    // AWS keeps an idle one for some minutes (assumption: 5), on this clock; here memory is scarce: 46 workers took 4.2 GB
    // before they had small young generations and ended after 20 s at the earliest.
    LAMBDA_WARM_TTL_SECONDS: String(Math.max(20, 300 * options.clockScale)),
    NODE_OPTIONS: '--max-semi-space-size=1',
  };
}

/** Starts ministack and waits until it answers. */
export async function startMinistack(options: MinistackOptions): Promise<{ process: ChildProcess; port: number }> {
  const { emulatorLog, temporary } = pathsOf(options.directory);
  const portFile = join(temporary, 'ministack.port');
  await rm(portFile, { force: true });
  const output = openSync(emulatorLog, 'w');
  const python = join(options.virtualEnvironment, 'bin', 'python');
  const child = spawn(python, [launcher, options.directory], {
    env: environmentOf(options, portFile),
    cwd: temporary,
    stdio: ['ignore', output, output],
  });
  const limit = Date.now() + healthLimit;
  while (Date.now() < limit) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const port = Number(await readFile(portFile, 'utf8').catch(() => '0'));
    const healthy = await fetch(`http://127.0.0.1:${port}/_ministack/health`).then(
      (reply) => reply.ok,
      () => false,
    );
    if (healthy) return { process: child, port };
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`the emulator did not start; the end of ${emulatorLog}:\n${await tail(emulatorLog)}`);
}

export async function tail(path: string, lines = 15): Promise<string> {
  const content = await readFile(path, 'utf8').catch(() => '(no log)');
  return content.trimEnd().split('\n').slice(-lines).join('\n');
}
