import { createInterface } from 'node:readline/promises';
import { CliError } from './cli-error.ts';
import { type Cdk, runCdk } from './deploy/cdk.ts';
import { findTarget, localDirectory, type Target, type TargetOptions } from './target.ts';

/** What a command works with: the process's own terminal, AWS and CDK, or a test's. */
export interface Context {
  /** Data, for pipes. */
  readonly out: (text: string) => void;
  /** Progress and everything else that people read. */
  readonly say: (text: string) => void;
  /** Absent where nobody can answer. */
  readonly ask?: (question: string) => Promise<boolean>;
  readonly findTarget: (options: TargetOptions) => Promise<Target>;
  readonly cdk: Pick<Cdk, 'run' | 'directory'>;
  /** The status that the process ends with. */
  readonly exitWith: (status: number) => void;
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

export const terminalContext = (): Context => ({
  out: (text) => {
    process.stdout.write(`${text}\n`);
  },
  say,
  ...(process.stdin.isTTY && process.stderr.isTTY ? { ask: askOnTerminal } : {}),
  findTarget,
  cdk: { run: runCdk, directory: localDirectory },
  exitWith: (status) => {
    process.exitCode = status;
  },
});

async function askOnTerminal(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Ctrl-D and Ctrl-C close the question without an answer, which readline would wait for.
    const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    return /^y(es)?$/i.test((await Promise.race([terminal.question(`${question} [y/N] `), closed])).trim());
  } finally {
    terminal.close();
  }
}

/**
 * Returns once a person, or `--yes`, has said yes.
 * @throws {CliError} on a no, and where nobody can be asked
 */
export async function confirm({ ask }: Context, question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (ask === undefined) {
    throw new CliError(
      'this needs an answer, and there is no terminal to ask on: nothing was done',
      'repeat the command with --yes once you have read what it says',
    );
  }
  if (!(await ask(question))) throw new CliError('not confirmed: nothing was done');
}
