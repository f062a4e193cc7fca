import type { Command } from '@commander-js/extra-typings';
import type { Context } from '../context.ts';
import { clockScale, input, json, noIam, port } from '../options.ts';

export function addDemo(program: Command, { exitWith }: Context): void {
  program
    .command('demo')
    .description('the whole story on this machine: local cloud, deployment, provisioning, approval, URLs')
    .option('--yes', 'follow the link in the e-mail and approve, as a person would', false)
    .option('--exit', 'stop everything at the end', false)
    .addOption(json())
    .addOption(input())
    .addOption(clockScale())
    .addOption(port())
    .addOption(noIam())
    .action(async (options) => {
      const { demo } = await import('../demo.ts');
      exitWith(await demo(options));
    });
}
