import type { Command } from '@commander-js/extra-typings';
import { readEvents } from '../../../lambdas/store/reports.ts';
import type { Context } from '../context.ts';
import { follow } from '../follow.ts';
import { deployment, execution, json, profile, region } from '../options.ts';
import { ended, initialProgress, reduce } from '../progress.ts';
import { block } from '../render.ts';
import { findExecution } from '../target.ts';
import { regionsOf } from '../watch.ts';

export function addStatus(program: Command, context: Context): void {
  program
    .command('status')
    .description('show the progress of an execution')
    .addArgument(execution())
    .addOption(profile())
    .addOption(region())
    .addOption(deployment())
    .option('--watch', 'keep showing it until the execution ends', false)
    .addOption(json())
    .action(async (name, options) => {
      const target = await context.findTarget(options);
      const found = await findExecution(target, name, options.deployment);
      if (options.watch) return follow(context, target, found.executionArn, options.json);
      const events = await readEvents(target.table, found.executionArn);
      if (options.json) {
        const { executionArn, status } = found;
        return context.out(JSON.stringify({ executionArn, status, events }, null, 2));
      }
      const progress = events.reduce(reduce, initialProgress(await regionsOf(target, found), found.machine));
      context.out(`${found.executionArn}: ${found.status}`);
      context.out(
        block(
          found.status === 'RUNNING' ? progress : ended(progress),
          found.startDate?.getTime() ?? 0,
          found.stopDate?.getTime() ?? Date.now(),
          process.stdout.columns ?? 120,
        ),
      );
    });
}
