import type { Command } from '@commander-js/extra-typings';
import { hasOutputs, readReport, readStandingReport } from '../../../lambdas/store/reports.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { deployment, execution, json, profile, region } from '../options.ts';
import { reportLines } from '../print.ts';
import { findExecution } from '../target.ts';

export function addOutputs(program: Command, context: Context): void {
  program
    .command('outputs')
    .description('URLs and ids of what an execution provisioned; by default of what exists')
    .addArgument(execution())
    .addOption(profile())
    .addOption(region())
    .addOption(deployment())
    .addOption(json())
    .action(async (name, options) => {
      const target = await context.findTarget(options);
      const found = await findExecution(target, name, options.deployment);
      const own = await readReport(target.table, found.executionArn);
      const leftNothing = own === undefined || (own.outcome !== 'destroyed' && !hasOutputs(own));
      const standing =
        name === undefined && leftNothing ? await readStandingReport(target.table, options.deployment) : undefined;
      if (standing !== undefined)
        context.say(
          `The newest execution ${found.name} ${own === undefined ? `is ${found.status}` : `ended as ${own.outcome}`}; this is what ${standing.execution} left.`,
        );
      const report = standing ?? own;
      if (report === undefined)
        throw new CliError(
          `execution ${found.name} is ${found.status} and has no outputs`,
          found.status === 'RUNNING' ? 'watch it: npx slipway status --watch' : 'start again: npx slipway start',
        );
      context.out(options.json ? JSON.stringify(report, null, 2) : await reportLines(report));
    });
}
