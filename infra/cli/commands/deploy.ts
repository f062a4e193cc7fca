import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { mostAllowed } from '../../../workflow/allowances.ts';
import { progressMails } from '../../../workflow/events.ts';
import { email } from '../../../workflow/input.ts';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { baseImage, profile, region, yes } from '../options.ts';

export function addDeploy(program: Command, context: Context): void {
  program
    .command('deploy')
    .description('deploy the provisioner to the local cloud if it is running, otherwise (or with --profile) to AWS')
    .addOption(profile())
    .addOption(region())
    .addOption(yes())
    .addOption(new Option('--input <file>', 'the input that the first run will get, a JSON file; without it {}'))
    .option('--bootstrap', 'run cdk bootstrap first if that has not been done', false)
    .addOption(baseImage())
    .option(
      '--approver-email <address>',
      'who is asked before production is deployed, by runs and by the pipeline',
      address,
    )
    .option('--alarm-email <address>', 'who gets a mail when an alarm goes off', address)
    .option('--progress-email <address>', 'who gets mails about the progress of runs', address)
    .addOption(
      new Option('--progress-mails <which>', 'which of those mails: milestones, or every step').choices(progressMails),
    )
    .option(
      '--reconcile-schedule <expression>',
      'when deployments are reconciled: off, rate(...) or cron(...); initially daily',
    )
    .option(
      '--secrets <prefixes>',
      `prefixes of the secrets and parameters that inputs may name, up to ${mostAllowed}: comma-separated, or repeat the option; initially none`,
      several,
    )
    .option(
      '--task-roles <arns>',
      `roles that inputs may give to the app, up to ${mostAllowed}; * is any text; initially none`,
      several,
    )
    .option('--max-reruns <n>', 'how often a failed run is started again for one cause, 0 to 10; initially 3')
    .action((options) =>
      interruptible(async (signal) => {
        // Loaded when they are needed: CDK's and the kinds' clients take a second.
        const [{ deployToLocalCloud, settingsOf }, { deployToAws }, { nextSteps }] = await Promise.all([
          import('../deploy.ts'),
          import('../deploy/to-aws.ts'),
          import('../deploy/next-steps.ts'),
        ]);
        const { local, home } = await context.findTarget(options);
        const { say } = context;
        if (local !== undefined) await deployToLocalCloud(local, say, settingsOf(options), signal);
        else await deployToAws(context, options, signal);
        for (const line of await nextSteps(home, options.profile)) say(line);
      }),
    );
}

/**
 * An empty one takes the earlier address away.
 * @throws {InvalidArgumentError} where an input would not take it either
 */
export function address(text: string): string {
  if (text !== '' && !email.safeParse(text).success)
    throw new InvalidArgumentError('not one e-mail address, for example you@example.com');
  return text;
}

/** Values of an option, comma-separated or one at a time. Together they replace those of an earlier `deploy`. */
function several(text: string, before: readonly string[] = []): readonly string[] {
  const all = [...before, ...text.split(',').map((each) => each.trim())];
  if (all.includes('')) throw new InvalidArgumentError('there is nothing before, after or between the commas');
  if (all.length > mostAllowed) throw new InvalidArgumentError(`${all.length} values: at most ${mostAllowed}`);
  return all;
}

/** Lets Ctrl-C end what runs at once. What CloudFormation has begun goes on. */
async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  process.once('SIGINT', interrupt);
  try {
    await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    throw new CliError('interrupted', 'what CloudFormation has begun goes on; deploy again once it is done');
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}
