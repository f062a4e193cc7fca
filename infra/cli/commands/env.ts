import type { Command } from '@commander-js/extra-typings';
import { running } from '@slipway/local-cloud';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { json } from '../options.ts';
import { localDirectory } from '../target.ts';

export function addEnv(program: Command, { out }: Context): void {
  program
    .command('env')
    .description('print the variables that point any AWS SDK or CLI to the local cloud: eval "$(npx slipway env)"')
    .addOption(json())
    .action(async (options) => {
      const cloud = await running(localDirectory);
      if (cloud === undefined) throw new CliError('the local cloud is not running', 'start it: npx slipway up');
      const lines = Object.entries(cloud.env).map(([name, value]) => `export ${name}='${value}'`);
      out(options.json ? JSON.stringify(cloud.env, null, 2) : lines.join('\n'));
    });
}
