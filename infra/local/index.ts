/** The package's entry point: all that the command line and the tests may know of the local cloud. */

export type { Call } from './front-door/call.ts';
export { settingsOf } from './front-door/cicd/pipeline/actions/ecs.ts';
export type { TaskProcess } from './front-door/docker/daemon.ts';
export type { Authorization } from './front-door/iam/authorizer.ts';
export { evaluate } from './front-door/iam/evaluator.ts';
export type { Living, Role } from './front-door/iam/living.ts';
export { authorizationsOf } from './front-door/iam/requests.ts';
export type { Fault, FaultPlan } from './front-door/instruments/faults.ts';
export type { FaultStatus } from './front-door/instruments/instruments.ts';
export type { Mail } from './front-door/mail.ts';
export type { RecordedCall } from './front-door/recorder.ts';
export { callOf } from './front-door/server.ts';
export { down, type LocalCloud, type LocalCloudOptions, running, up } from './local-cloud.ts';
export { LocalCloudError } from './local-cloud-error.ts';
export { localUrl } from './local-url.ts';
export { callLines, mailLines, readCalls, readMail } from './mailbox.ts';
export { pathsOf, sharedDirectory } from './paths.ts';
export { taskProcesses } from './tasks.ts';
export { ensurePackages, ensureVirtualEnvironment } from './virtual-environment.ts';
