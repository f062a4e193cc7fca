/** The front door's process: starts ministack, answers until SIGTERM, and takes everything it started down with it. */

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ensureBaseImage } from '../base-image.ts';
import { pathsOf, sharedDirectory } from '../paths.ts';
import { startedAt, writeState } from '../state.ts';
import { baseRegistry } from './base-registry.ts';
import { clockOf, parseTimings } from './clock.ts';
import { startDaemon } from './docker/daemon.ts';
import { dryRun } from './ec2/ec2.ts';
import { Emulator } from './emulator.ts';
import { type Authorization, Authorizer, callerOf } from './iam/authorizer.ts';
import { livingIn } from './iam/living.ts';
import { killCaller } from './instruments/callers.ts';
import { parsePlan } from './instruments/faults.ts';
import { Instruments } from './instruments/instruments.ts';
import { latency } from './instruments/latency.ts';
import { type Mail, mailRoute } from './mail.ts';
import { startMinistack, tail } from './ministack.ts';
import { JsonLines, type RecordedCall } from './recorder.ts';
import { frontDoor, hold } from './server.ts';
import { servicesOf } from './services.ts';

const { values } = parseArgs({
  options: {
    directory: { type: 'string' },
    port: { type: 'string' },
    'clock-scale': { type: 'string' },
    timings: { type: 'string' },
    latency: { type: 'boolean', default: false },
    'virtual-environment': { type: 'string' },
    faults: { type: 'string' },
    'enforce-iam': { type: 'boolean', default: false },
  },
});
const { directory = '', 'virtual-environment': virtualEnvironment = '' } = values;
const scale = Number(values['clock-scale']);
const paths = pathsOf(directory);
const log = (line: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
};

const started = (await startedAt(process.pid)) ?? '';
const timings = parseTimings(await readFile(values.timings ?? '', 'utf8'));
const clock = clockOf(scale, timings.seconds);
const calls = new JsonLines<RecordedCall>(paths.calls);
const mails = new JsonLines<Mail>(paths.mail);
const baseImage = await ensureBaseImage(sharedDirectory, process.versions.node);

const door = await hold(Number(values.port));
const { port } = door;
const daemonDoor = await hold(0);
const ministack = await startMinistack({
  directory,
  virtualEnvironment,
  frontDoorPort: port,
  dockerPort: daemonDoor.port,
  clockScale: scale,
});
const emulator = new Emulator(ministack.port);
const daemon = await startDaemon({ door: daemonDoor, frontDoorPort: port, emulator, clock, directory, log });
const services = servicesOf({
  emulator,
  clock,
  directory,
  port,
  virtualEnvironment,
  denialOf: (asked) => authorizer.denialOf(asked),
  log,
});
const authorizer: Authorizer = new Authorizer({
  living: livingIn(emulator, services),
  callerOf: (call) => callerOf(call) ?? services.registries.callerOf(call),
  enforced: values['enforce-iam'],
  record: new JsonLines<Authorization>(paths.authorizations),
});
const instruments = new Instruments({
  clock,
  kill: (callerPort) => killCaller(callerPort, directory),
  failLater: services.failLater,
  log,
});
if (values.faults !== undefined) instruments.set(parsePlan(await readFile(values.faults, 'utf8')));

const listener = frontDoor({
  emulator,
  calls,
  routes: [
    (_request, response, url) => {
      if (url.pathname !== '/_slipway/health') return false;
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ directory }));
      return true;
    },
    instruments.route,
    authorizer.route,
    daemon.tasksRoute,
    services.targetHealthRoute,
    mailRoute(mails),
    baseRegistry(baseImage),
  ],
  interceptors: [
    ...(values.latency ? [latency(timings.latencyMilliseconds, clock)] : []),
    instruments.interceptor,
    authorizer.interceptor,
    dryRun,
  ],
  handlers: services.handlers,
  principalOf: (call) => services.registries.callerOf(call)?.principal,
  log,
});
services.registries.serveBy(listener);
door.serve(listener);
await writeState(directory, {
  port,
  clockScale: scale,
  frontDoor: { pid: process.pid, started },
  ministack: { pid: ministack.process.pid ?? 0, port: ministack.port },
  baseImageDigest: baseImage.digest,
});
log(`ready at http://127.0.0.1:${port}`);

let stopping = false;
function stop(status: number): void {
  if (stopping) return;
  stopping = true;
  ministack.process.kill('SIGKILL');
  daemon.stop();
  process.exit(status);
}
process.on('SIGTERM', () => stop(0));
process.on('SIGINT', () => stop(0));
ministack.process.once('exit', async (code, signal) => {
  if (stopping) return;
  log(`the emulator ended (${signal ?? code}); the end of ${paths.emulatorLog}:\n${await tail(paths.emulatorLog)}`);
  stop(1);
});
