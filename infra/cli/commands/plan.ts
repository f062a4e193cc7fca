import type { Command } from '@commander-js/extra-typings';
import { readPlan } from '../../../lambdas/store/plans.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { readInput } from '../input-file.ts';
import { input, json, profile, region } from '../options.ts';
import { planLines } from '../print.ts';
import { startExecution } from '../target.ts';
import { watch } from '../watch.ts';

export function addPlan(program: Command, context: Context): void {
  program
    .command('plan')
    .description('show what a start would do and what it costs; changes nothing')
    .addOption(profile())
    .addOption(region())
    .addOption(input())
    .option('--detailed-exitcode', 'exit with status 2 when there is something to do', false)
    .addOption(json())
    .action(async (options) => {
      const text = await readInput(options.input);
      const target = await context.findTarget(options);
      const planOnly = JSON.stringify({ ...(JSON.parse(text) as object), mode: 'plan' });
      const ended = await watch(target, await startExecution(target, 'provision', planOnly), { plain: true });
      const { report } = ended;
      if (report?.plan?.document === undefined) {
        throw new CliError(
          `the plan could not be made: ${report?.error?.Error ?? ended.error}: ${report?.error?.Cause ?? ended.cause}`,
          'npx slipway logs',
        );
      }
      const plan = await readPlan(target.home, report.plan.document);
      context.out(
        options.json
          ? JSON.stringify({ ...report.plan, resources: plan.changes }, null, 2)
          : planLines(plan.changes, plan.regions).join('\n'),
      );
      if (options.detailedExitcode && report.plan.hasChanges) context.exitWith(2);
    });
}
