import type { Command } from '@commander-js/extra-typings';
import type { Context } from '../context.ts';
import { clockScale, input, json, latency, noIam, port } from '../options.ts';

/** What the demos on this machine have in common; their parts are loaded when one runs. */
const story = (program: Command, name: string, description: string) =>
  program
    .command(name)
    .description(description)
    .option('--yes', 'follow the link in the e-mail and approve, as a person would', false)
    .option('--exit', 'stop everything at the end', false)
    .addOption(json())
    .addOption(input())
    .addOption(clockScale())
    .addOption(latency())
    .addOption(port())
    .addOption(noIam());

export function addDemo(program: Command, { exitWith }: Context): void {
  story(
    program,
    'demo',
    'the whole story on this machine: local cloud, deployment, provisioning, approval, URLs',
  ).action(async (options) => {
    const { demo } = await import('../demo.ts');
    exitWith(await demo(options));
  });
  story(program, 'demo:push', 'from git push to production in every region, on the platform of the demo').action(
    async (options) => {
      const { demoPush } = await import('../demo-push.ts');
      exitWith(await demoPush(options));
    },
  );
}
