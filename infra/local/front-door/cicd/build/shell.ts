import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';

/**
 * Reads names of files at descriptor 3, runs each of them in this very shell, so that variables and the directory last, and answers
 * with the status at 4. A command that ends the shell leaves its environment behind for the next one.
 */
const driver = (directory: string): string => `
trap 'export -p > "${directory}/environment"; pwd > "${directory}/directory"' EXIT
[ -f "${directory}/environment" ] && . "${directory}/environment" && cd "$(cat "${directory}/directory")"
while IFS= read -r command_file <&3; do
  . "$command_file" < /dev/null
  echo $? >&4
done
`;

/** One shell session of a build: every command sees what those before it left. */
export class BuildShell {
  readonly #shell: string;
  readonly #directory: string;
  readonly #options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv };
  readonly #output: (data: Buffer) => void;
  #process: ChildProcess | undefined;
  #count = 0;
  #stopped = false;

  /** `directory` is for the session's own files. */
  constructor(
    shell: string,
    directory: string,
    options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
    output: (data: Buffer) => void,
  ) {
    this.#shell = shell;
    this.#directory = directory;
    this.#options = options;
    this.#output = output;
  }

  /** Resolves with the command's exit status. */
  async run(command: string): Promise<number> {
    if (this.#stopped) return 143;
    await mkdir(this.#directory, { recursive: true });
    this.#count += 1;
    const file = join(this.#directory, `${this.#count}.sh`);
    await writeFile(file, `${command}\n`);
    const child = this.#process ?? (await this.#start());
    return new Promise((resolve, reject) => {
      const answers = child.stdio[4];
      const answered = (data: Buffer): void => done(Number(data.toString('utf8')));
      // It ended the shell by `exit`, or under `set -e`.
      const ended = (status: number | null): void => {
        this.#process = undefined;
        done(status ?? 137);
      };
      const done = (status: number): void => {
        answers?.off('data', answered);
        child.off('close', ended);
        child.off('error', reject);
        // After what the command has written.
        setImmediate(() => resolve(status));
      };
      answers?.on('data', answered);
      child.once('close', ended);
      child.once('error', reject);
      (child.stdio[3] as Writable).write(`${file}\n`);
      // While it was being started.
      if (this.#stopped) this.stop();
    });
  }

  /** Ends the session and all that it started. */
  stop(): void {
    this.#stopped = true;
    if (this.#process?.pid !== undefined) for (const pid of descendants(this.#process.pid)) signal(pid, 'SIGKILL');
  }

  /** Resolves when the shell is gone, after the last that it writes. */
  async close(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    (child.stdio[3] as Writable).end();
    await gone;
  }

  async #start(): Promise<ChildProcess> {
    const file = join(this.#directory, 'driver.sh');
    await writeFile(file, driver(this.#directory));
    const child = spawn(this.#shell, [file], { ...this.#options, stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] });
    child.stdout?.on('data', this.#output);
    child.stderr?.on('data', this.#output);
    (child.stdio[3] as Writable).on('error', () => {});
    this.#process = child;
    return child;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
}

/** A process and all below it, each halted before its children are listed: it can't start one that is missed. */
function descendants(pid: number): number[] {
  signal(pid, 'SIGSTOP');
  let children: number[] = [];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    // It ended meanwhile.
  }
  return [pid, ...children.flatMap(descendants)];
}
