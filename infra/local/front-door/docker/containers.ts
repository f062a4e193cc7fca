import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Image } from './images.ts';
import { inOwnRoot } from './own-root.ts';

export interface ContainerRequest {
  readonly Image: string;
  readonly Cmd?: readonly string[] | null;
  readonly Entrypoint?: readonly string[] | null;
  readonly Env?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly WorkingDir?: string;
}

/** The variables of `NAME=value` lines; later ones win. */
export function variables(...lists: readonly (readonly string[] | null | undefined)[]): Record<string, string> {
  return Object.fromEntries(
    lists.flatMap((list) =>
      (list ?? []).map((line) => {
        const at = line.indexOf('=');
        return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
      }),
    ),
  );
}

/** Where a program named inside the image lies on this machine: an absolute path as it is, a bare name along PATH. */
export function programOf(
  name: string,
  rootfs: string,
  path: string,
  exists: (file: string) => boolean = existsSync,
): string {
  if (isAbsolute(name)) return join(rootfs, name);
  const found = path
    .split(':')
    .map((directory) => join(rootfs, directory, name))
    .find(exists);
  if (found === undefined) throw new Error(`exec: "${name}": executable file not found in $PATH`);
  return found;
}

/** One log line's frame of the Docker API: stream, three zeros, length. */
export function frame(stream: 1 | 2, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(stream, 0);
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

type ChildByPipes = ChildProcessByStdio<null, Readable, Readable>;

/** Docker's states that ministack looks at. */
type Status = 'created' | 'running' | 'exited';

/** A process in the place of a container: its files are the unpacked image, its network is an address of its own. */
export class Container extends EventEmitter<{ log: [Buffer]; exit: [] }> {
  readonly id = randomBytes(32).toString('hex');
  readonly name: string;
  readonly request: ContainerRequest;
  readonly image: Image;
  readonly address: string;
  readonly logs: Buffer[] = [];
  readonly created = new Date().toISOString();
  started: string | undefined;
  finished: string | undefined;
  status: Status = 'created';
  exitCode = 0;
  #process: ChildProcess | undefined;

  constructor(name: string, request: ContainerRequest, image: Image, address: string) {
    super();
    this.setMaxListeners(0);
    this.name = name;
    this.request = request;
    this.image = image;
    this.address = address;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.request.Labels ?? {};
  }

  start(): void {
    const { config, rootfs } = this.image;
    const given = variables(config.Env, this.request.Env);
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(given)) {
      // ministack takes itself to be outside of a container's network.
      env[name] = value.replace('host.docker.internal', '127.0.0.1');
    }
    const path = env.PATH ?? '/usr/local/bin:/usr/bin:/bin';
    // Two tasks share a port only by having an address each: the app binds the one it is given.
    env.HOST = this.address;
    const entrypoint = this.request.Entrypoint ?? config.Entrypoint ?? [];
    const command = this.request.Cmd ?? config.Cmd ?? [];
    const [program = '', ...args] = [...entrypoint, ...command];
    const workingDirectory = this.request.WorkingDir || config.WorkingDir || '/';
    const ownRoot = inOwnRoot(rootfs, workingDirectory, path, [program, ...args]);
    const child =
      ownRoot === undefined
        ? this.#spawnBeside(program, args, join(rootfs, workingDirectory), { ...env, PATH: path })
        : spawn(ownRoot[0], ownRoot.slice(1), {
            env: { ...env, PATH: process.env.PATH ?? path },
            stdio: ['ignore', 'pipe', 'pipe'],
          });
    this.#process = child;
    this.status = 'running';
    this.started = new Date().toISOString();
    child.stdout.on('data', (data: Buffer) => this.#keep(frame(1, data)));
    child.stderr.on('data', (data: Buffer) => this.#keep(frame(2, data)));
    child.once('error', (error) => {
      this.#keep(frame(2, Buffer.from(`${error.message}\n`)));
      this.#end(127);
    });
    // Docker reports a signal as 128 and its number: 137 is SIGKILL, 143 SIGTERM.
    child.once('close', (code, signal) => this.#end(code ?? (signal === 'SIGTERM' ? 143 : 137)));
  }

  /** Among this machine's files: with its libraries, and the image's programs first. */
  #spawnBeside(program: string, args: readonly string[], directory: string, env: Record<string, string>): ChildByPipes {
    const { rootfs } = this.image;
    const { PATH: path = '' } = env;
    const inImage = (argument: string): string =>
      isAbsolute(argument) && existsSync(join(rootfs, argument)) ? join(rootfs, argument) : argument;
    const directories = path.split(':').map((each) => join(rootfs, each));
    return spawn(programOf(program, rootfs, path), args.map(inImage), {
      cwd: directory,
      env: { ...env, PATH: [...directories, process.env.PATH ?? ''].join(delimiter) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  #keep(entry: Buffer): void {
    this.logs.push(entry);
    // The log driver has them already; this is for a late follower only.
    if (this.logs.length > 1000) this.logs.shift();
    this.emit('log', entry);
  }

  #end(code: number): void {
    if (this.status === 'exited') return;
    this.status = 'exited';
    this.exitCode = code;
    this.finished = new Date().toISOString();
    this.emit('exit');
  }

  signal(name: NodeJS.Signals): void {
    if (this.status === 'running') this.#process?.kill(name);
  }

  /** Resolves when the process has ended. */
  ended(): Promise<void> {
    return this.status === 'running' ? new Promise((resolve) => this.once('exit', () => resolve())) : Promise.resolve();
  }

  async stop(graceSeconds: number): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), graceSeconds * 1000);
    await this.ended();
    clearTimeout(timer);
  }
}
