import { setTimeout as sleep } from 'node:timers/promises';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { Command } from '@commander-js/extra-typings';
import { runningChildren } from '../../../lambdas/aws/executions.ts';
import { readEvents } from '../../../lambdas/store/reports.ts';
import { CliError } from '../cli-error.ts';
import { type Context, confirm } from '../context.ts';
import { deployment, execution, profile, region, yes } from '../options.ts';
import { standingLines } from '../print.ts';
import { initialProgress, reduce } from '../progress.ts';
import { findExecution } from '../target.ts';
import { regionsOf } from '../watch.ts';

/** Step Functions stops the executions that a run started by itself, most of the time at once. */
const childLimitMilliseconds = 60_000;

export function addStop(program: Command, context: Context): void {
  program
    .command('stop')
    .description('stop an execution and those that it started in the regions; what it has made is kept')
    .addArgument(execution())
    .addOption(profile())
    .addOption(region())
    .addOption(deployment())
    .addOption(yes())
    .action(async (name, options) => {
      const { say, out } = context;
      const target = await context.findTarget(options);
      const found = await findExecution(target, name, options.deployment);
      const { executionArn, status, startDate } = found;
      if (status !== 'RUNNING') throw new CliError(`${executionArn} is ${status}: there is nothing to stop`);
      say(`${executionArn} has been running since ${startDate?.toISOString()}.`);
      await confirm(context, 'Stop it?', options.yes);
      const stop = (arn: string) =>
        target.stepFunctions.send(
          new StopExecutionCommand({ executionArn: arn, error: 'Stopped', cause: 'stopped by npx slipway stop' }),
        );
      await stop(executionArn);
      const limit = Date.now() + childLimitMilliseconds;
      for (;;) {
        const children = await runningChildren(target.stepFunctions, executionArn, found.redriveCount ?? 0);
        if (children.length === 0) break;
        if (Date.now() > limit) throw new CliError(`still running: ${children.join(', ')}`, 'npx slipway stop again');
        await Promise.all(children.map(stop));
        await sleep(500);
      }
      const progress = (await readEvents(target.table, executionArn)).reduce(
        reduce,
        initialProgress(await regionsOf(target, found), found.machine),
      );
      out(['Stopped. What it has made remains:', ...standingLines(progress)].join('\n'));
      say(
        found.machine === 'provision'
          ? 'Go on from there: npx slipway start. Remove it: npx slipway destroy.'
          : 'Go on from there: npx slipway destroy. Build it up again: npx slipway start.',
      );
    });
}
