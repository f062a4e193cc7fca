import type { Command } from '@commander-js/extra-typings';
import { down } from '@slipway/local-cloud';
import type { Context } from '../context.ts';
import { localDirectory } from '../target.ts';

export function addDown(program: Command, { say }: Context): void {
  program
    .command('down')
    .description('stop the local cloud and everything that it started')
    .action(async () => {
      const { stopped } = await down(localDirectory);
      say(stopped.length === 0 ? 'The local cloud is not running.' : `Stopped ${stopped.length} processes.`);
    });
}
