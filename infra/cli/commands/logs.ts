import type { Command } from '@commander-js/extra-typings';
import { callLines, mailLines } from '@slipway/local-cloud';
import { readEvents } from '../../../lambdas/store/reports.ts';
import { printable } from '../../../workflow/printable.ts';
import type { Context } from '../context.ts';
import { deployment, execution, json, profile, region } from '../options.ts';
import { eventLine } from '../render.ts';
import { findExecution, localDirectory } from '../target.ts';

export function addLogs(program: Command, context: Context): void {
  program
    .command('logs')
    .description("an execution's events, or what the local cloud has seen")
    .addArgument(execution())
    .addOption(profile())
    .addOption(region())
    .addOption(deployment())
    .option('--mail', 'e-mails that the local cloud has delivered', false)
    .option('--calls', 'AWS calls that the local cloud has answered', false)
    .addOption(json())
    .action(async (name, options) => {
      const { out } = context;
      if (options.mail) return out(printable((await mailLines(localDirectory, options.json)).join('\n')));
      if (options.calls) return out((await callLines(localDirectory, options.json)).join('\n'));
      const target = await context.findTarget(options);
      const found = await findExecution(target, name, options.deployment);
      const events = await readEvents(target.table, found.executionArn);
      const startedAt = found.startDate?.getTime() ?? 0;
      out(
        options.json ? JSON.stringify(events, null, 2) : events.map((event) => eventLine(event, startedAt)).join('\n'),
      );
    });
}
