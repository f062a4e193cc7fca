import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What the local cloud keeps in its directory (`.slipway` in the project, or a test's own). */
export const pathsOf = (directory: string) => ({
  state: join(directory, 'local-cloud.json'),
  calls: join(directory, 'calls.jsonl'),
  mail: join(directory, 'mail.jsonl'),
  authorizations: join(directory, 'authorizations.jsonl'),
  logs: join(directory, 'logs'),
  frontDoorLog: join(directory, 'logs', 'front-door.log'),
  emulatorLog: join(directory, 'logs', 'ministack.log'),
  /** ministack's TMPDIR: one directory a Lambda worker, removed on `down`. */
  temporary: join(directory, 'tmp'),
  virtualEnvironment: join(directory, 'venv'),
  /** The Lambdas' code, unpacked and compiled, a folder a bundle. */
  lambdaCode: join(directory, 'lambda-code'),
  /** OCI layouts of the base image, one for each Node. */
  baseImage: join(directory, 'base-image'),
  /** CodeCommit's repositories, a folder a region: they go with the cloud. */
  repositories: join(directory, 'tmp', 'repositories'),
  /** Where builds work; each is removed at its end. */
  builds: join(directory, 'tmp', 'builds'),
  /** Unpacked images of the tasks. */
  images: join(directory, 'images'),
});

/** Where everything that every local cloud shares is kept: the emulator's environment, the base image and the Lambdas' code. */
export const sharedDirectory = join(import.meta.dirname, '..', '..', '.slipway');

/** Node 24 from the npm package `node`: the runtime of the Lambdas on AWS, whatever Node the machine has. */
export const nodeBinary = (): string =>
  join(createRequire(join(import.meta.dirname, 'paths.ts')).resolve('node/package.json'), '..', 'bin', 'node');

export const account = '000000000000';
