import { userInfo } from 'node:os';
import type { Command } from '@commander-js/extra-typings';
import { printable } from '../../../workflow/printable.ts';
import { answer, openQuestion } from '../approve.ts';
import { CliError } from '../cli-error.ts';
import { type Context, confirm } from '../context.ts';
import { deployment, execution, profile, region, yes } from '../options.ts';
import { findExecution, type Target } from '../target.ts';

const decisions = [
  ['approve', 'approve what an execution asks for'],
  ['reject', 'reject what an execution asks for'],
] as const;

/** `approve` and `reject`: they show the question, and ask once more. */
export function addDecisions(program: Command, context: Context): void {
  for (const [decision, description] of decisions) {
    program
      .command(decision)
      .description(description)
      .addArgument(execution())
      .addOption(profile())
      .addOption(region())
      .addOption(deployment())
      .option('--by <name>', 'who decides', userName())
      .option('--pipeline', 'answer the pipeline of the deployment instead of an execution', false)
      .addOption(yes())
      .action(async (name, options) => {
        const target = await context.findTarget(options);
        if (options.pipeline) return decideInPipeline(context, target, decision, options);
        const found = await findExecution(target, name, options.deployment);
        const question = await openQuestion(target, found.executionArn);
        context.say(printable([question.question, '', question.summary, ''].join('\n')));
        context.say(`Asked by ${found.executionArn}; no answer by ${question.closesAt} is a rejection.`);
        await confirm(context, `${decision === 'approve' ? 'Approve' : 'Reject'} this?`, options.yes);
        context.out(await answer(target, question, decision, options.by));
      });
  }
}

/** @throws {CliError} when the pipeline asks nothing */
async function decideInPipeline(
  context: Context,
  target: Target,
  decision: 'approve' | 'reject',
  options: { readonly deployment: string; readonly by: string; readonly yes: boolean },
): Promise<void> {
  const { answerPipeline, findPipeline, questionText, waitingApproval } = await import('../pipeline.ts');
  const pipeline = await findPipeline(target, options.deployment);
  const question = await waitingApproval(pipeline);
  if (question === undefined)
    throw new CliError(`the pipeline ${pipeline.name} is not waiting for an approval`, 'see its stages in the console');
  context.say(printable(await questionText(pipeline, question)));
  await confirm(context, `${decision === 'approve' ? 'Approve' : 'Reject'} this?`, options.yes);
  await answerPipeline(pipeline, question, decision, options.by);
  context.out(`${question.actionName} of ${pipeline.name}: ${decision === 'approve' ? 'approved' : 'rejected'}`);
}

/** The login name; a container's user id may have none. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
