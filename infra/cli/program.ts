import { Command, Help } from '@commander-js/extra-typings';
import { LocalCloudError } from '@slipway/local-cloud';
import pc from 'picocolors';
import { SlipwayError } from '../../lambdas/errors.ts';
import { CliError } from './cli-error.ts';
import { addDecisions } from './commands/approve.ts';
import { addDemo } from './commands/demo.ts';
import { addDeploy } from './commands/deploy.ts';
import { addDestroy } from './commands/destroy.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDown } from './commands/down.ts';
import { addEnv } from './commands/env.ts';
import { addLogs } from './commands/logs.ts';
import { addOutputs } from './commands/outputs.ts';
import { addPlan } from './commands/plan.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addStop } from './commands/stop.ts';
import { addUp } from './commands/up.ts';
import type { Context } from './context.ts';

/** Adds a command to the program. */
type AddCommand = (program: Command, context: Context) => void;

/** In the order in which --help lists them. */
const commands: readonly AddCommand[] = [
  addDemo,
  addUp,
  addDown,
  addEnv,
  addDeploy,
  addDoctor,
  addStart,
  addPlan,
  addDestroy,
  addStatus,
  addOutputs,
  addDecisions,
  addStop,
  addLogs,
];

export function buildProgram(context: Context): Command {
  const program = new Command('slipway')
    .description('Provisions the same ECS platform in several AWS regions with a Step Functions workflow')
    .showHelpAfterError('(see --help)')
    .configureHelp({
      sortSubcommands: false,
      // That a flag is not given by default goes without saying.
      optionDescription: (option) =>
        option.defaultValue === false ? option.description : new Help().optionDescription(option),
    });
  for (const add of commands) add(program, context);
  return program;
}

/** Runs a command line; what goes wrong is said on stderr and in the exit status. */
export async function run(args: readonly string[], context: Context): Promise<void> {
  try {
    await buildProgram(context).parseAsync(args, { from: 'user' });
  } catch (error) {
    for (const line of errorLines(error)) context.say(line);
    context.exitWith(1);
  }
}

function errorLines(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [pc.red(String(error))];
  const line = (message: string): string => `${pc.red('error:')} ${message}`;
  if (error instanceof CliError)
    return [line(error.message), ...(error.advice === undefined ? [] : [`next:  ${error.advice}`])];
  if (error instanceof LocalCloudError || error instanceof SlipwayError) return [line(error.message)];
  // AWS's own words; a stack of the SDK helps nobody.
  if ('$metadata' in error || error.name === 'CredentialsProviderError')
    return [line(`${error.name}: ${error.message}`)];
  return [pc.red(error.stack ?? error.message)];
}
