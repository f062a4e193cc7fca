import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { textsOf, zipArtifacts } from './artifacts.ts';
import { type Buildspec, type Next, next, type PhaseName, parseBuildspec } from './buildspec.ts';
import { BuildShell } from './shell.ts';

export interface PhaseRecord {
  readonly name: string;
  readonly started: number;
  ended?: number;
  status?: 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'TIMED_OUT';
  problem?: { readonly code: string; readonly message: string };
}

export interface BuildParts {
  /** Of the build: the source goes to `src` below it. */
  readonly directory: string;
  /** Path of the specification inside of the source, or, of more than one line, itself. */
  readonly buildspec: string;
  /** The whole environment of the commands; the specification's variables come below it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Brings the source into `src`. */
  readonly download: (into: string) => Promise<void>;
  /** Takes the zip of the artifacts. */
  readonly upload: (artifacts: Buffer) => Promise<void>;
  /** Takes the texts of a report's files. */
  readonly report: (name: string, files: readonly string[]) => void;
  readonly log: (text: string) => void;
  readonly phase: (record: PhaseRecord) => void;
  /** Ends what runs; the build ends with the reason, `STOPPED` or `TIMED_OUT`. */
  readonly ending: AbortSignal;
}

export interface BuildEnd {
  readonly succeeded: boolean;
  readonly exported: Readonly<Record<string, string>>;
}

const problemCodes = {
  commands: 'COMMAND_EXECUTION_ERROR',
  artifacts: 'CLIENT_ERROR',
  yaml: 'YAML_FILE_ERROR',
} as const;

/** Runs a build specification. */
export class BuildRun {
  readonly #parts: BuildParts;

  constructor(parts: BuildParts) {
    this.#parts = parts;
  }

  async run(): Promise<BuildEnd> {
    const { directory, environment, log, ending } = this.#parts;
    const source = join(directory, 'src');
    const none: BuildEnd = { succeeded: false, exported: {} };
    let spec: Buildspec | undefined;
    const read = await this.#phase('DOWNLOAD_SOURCE', problemCodes.yaml, async () => {
      await this.#parts.download(source);
      const { buildspec } = this.#parts;
      spec = parseBuildspec(buildspec.includes('\n') ? buildspec : await readFile(join(source, buildspec), 'utf8'));
    });
    if (!read || spec === undefined) return none;
    const { env } = spec;
    const shell = new BuildShell(
      env.shell,
      join(directory, 'session'),
      { cwd: source, env: { ...env.variables, ...environment } },
      (data) => log(data.toString('utf8')),
    );
    const stop = (): void => shell.stop();
    ending.addEventListener('abort', stop);
    try {
      let succeeded = true;
      let at: Next = ending.aborted ? 'end' : 'install';
      while (at !== 'artifacts' && at !== 'end') {
        const name: PhaseName = at;
        await shell.run(`export CODEBUILD_BUILD_SUCCEEDING=${succeeded ? 1 : 0}`);
        const passed = await this.#runPhase(shell, name, spec);
        succeeded &&= passed;
        at = ending.aborted ? 'end' : next(name, !passed, spec.phases[name]?.['on-failure']);
      }
      if (at === 'end') return none;
      const exported = await this.#exported(shell, env['exported-variables']);
      const { artifacts, reports } = spec;
      const uploaded = await this.#phase('UPLOAD_ARTIFACTS', problemCodes.artifacts, async () => {
        for (const [name, { 'base-directory': base, files }] of Object.entries(reports))
          this.#parts.report(name, await textsOf(join(source, base), files));
        if (artifacts !== undefined) await this.#parts.upload(await zipArtifacts(source, artifacts));
      });
      return { succeeded: succeeded && uploaded, exported };
    } finally {
      ending.removeEventListener('abort', stop);
      await shell.close();
    }
  }

  #runPhase(shell: BuildShell, name: PhaseName, spec: Buildspec): Promise<boolean> {
    const { commands = [], finally: last = [] } = spec.phases[name] ?? {};
    return this.#phase(name.toUpperCase(), problemCodes.commands, async () => {
      const problem = await this.#commands(shell, commands);
      const problemAtEnd = await this.#commands(shell, last);
      if (problem ?? problemAtEnd) throw new Error(problem ?? problemAtEnd);
    });
  }

  /** Runs commands until one fails, and says which. */
  async #commands(shell: BuildShell, commands: readonly string[]): Promise<string | undefined> {
    for (const command of commands) {
      this.#parts.log(`[Container] ${timestamp()} Running command ${command}\n`);
      const status = await shell.run(command);
      if (status !== 0) return `Error while executing command: ${command.trim()}. Reason: exit status ${status}`;
    }
    return undefined;
  }

  async #phase(name: string, code: string, work: () => Promise<void>): Promise<boolean> {
    const record: PhaseRecord = { name, started: Date.now() };
    this.#parts.phase(record);
    this.#parts.log(`[Container] ${timestamp()} Entering phase ${name}\n`);
    try {
      await work();
      record.status = 'SUCCEEDED';
    } catch (error) {
      record.status = this.#parts.ending.reason ?? 'FAILED';
      record.problem = { code, message: error instanceof Error ? error.message : String(error) };
    }
    record.ended = Date.now();
    this.#parts.log(`[Container] ${timestamp()} Phase complete: ${name} State: ${record.status}\n`);
    const { problem } = record;
    this.#parts.log(
      `[Container] ${timestamp()} Phase context status code: ${problem?.code ?? ''} Message: ${problem?.message ?? ''}\n`,
    );
    return record.status === 'SUCCEEDED';
  }

  async #exported(shell: BuildShell, names: readonly string[]): Promise<Record<string, string>> {
    const file = join(this.#parts.directory, 'exported');
    const found: Record<string, string> = {};
    for (const name of names) {
      await shell.run(`printf '%s' "\${${name}-}" > '${file}'`);
      found[name] = await readFile(file, 'utf8').catch(() => '');
    }
    return found;
  }
}

const timestamp = (): string => new Date().toISOString().replace('T', ' ').replace('Z', '');
