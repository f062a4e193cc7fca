import { CliError } from './cli-error.ts';
import type { Context } from './context.ts';
import { reportLines } from './print.ts';
import type { Target } from './target.ts';
import { watch } from './watch.ts';

/** Exit statuses by outcome: 0 well, 1 failed, 3 rejected. */
const statuses = { succeeded: 0, unchanged: 0, destroyed: 0, planned: 0, skipped: 0, rejected: 3, failed: 1 } as const;

/** Watches an execution to its end and prints its report. Ctrl-C ends the watching, not the execution, and says so. */
export async function follow(context: Context, target: Target, executionArn: string, asJson: boolean): Promise<void> {
  const name = executionArn.split(':').at(-1);
  const interrupted = (): void => {
    context.say(`\nThe execution goes on. Watch it: npx slipway status ${name} --watch`);
    context.say(`              Stop it:  npx slipway stop ${name}`);
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  try {
    const { status, report, error, cause } = await watch(target, executionArn, { plain: asJson });
    if (report === undefined) {
      throw new CliError(
        `the execution ended as ${status}${error === undefined ? '' : `: ${error}: ${cause}`}`,
        'start again to continue from there',
      );
    }
    context.out(asJson ? JSON.stringify(report, null, 2) : await reportLines(report));
    context.exitWith(statuses[report.outcome]);
  } finally {
    process.removeListener('SIGINT', interrupted);
  }
}
