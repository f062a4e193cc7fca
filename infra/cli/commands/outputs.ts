import type { Command } from '@commander-js/extra-typings';
import { readReport } from '../../../lambdas/store/reports.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { deployment, execution, json, profile, region } from '../options.ts';
import { reportLines } from '../print.ts';
import { findExecution } from '../target.ts';

export function addOutputs(program: Command, context: Context): void {
  program
    .command('outputs')
    .description('URLs and ids of what an execution provisioned')
    .addArgument(execution())
    .addOption(profile())
    .addOption(region())
    .addOption(deployment())
    .addOption(json())
    .action(async (name, options) => {
      const target = await context.findTarget(options);
      const found = await findExecution(target, name, options.deployment);
      const report = await readReport(target.table, found.executionArn);
      if (report === undefined)
        throw new CliError(
          `execution ${found.name} is ${found.status} and has no outputs yet`,
          'watch it: npx slipway status --watch',
        );
      context.out(options.json ? JSON.stringify(report, null, 2) : reportLines(report));
    });
}
