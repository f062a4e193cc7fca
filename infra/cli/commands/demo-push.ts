import type { Command } from '@commander-js/extra-typings';
import type { Context } from '../context.ts';
import { demoPush } from '../demo-push.ts';
import { clockScale, input, json, noIam, port } from '../options.ts';

export function addDemoPush(program: Command, { exitWith }: Context): void {
  program
    .command('demo:push')
    .description('from git push to production in every region, on the platform of the demo')
    .option('--yes', 'approve, as a person would', false)
    .option('--exit', 'stop everything at the end', false)
    .addOption(json())
    .addOption(input())
    .addOption(clockScale())
    .addOption(port())
    .addOption(noIam())
    .action(async (options) => exitWith(await demoPush(options)));
}
