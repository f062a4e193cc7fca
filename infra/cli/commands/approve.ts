import { userInfo } from 'node:os';
import type { Command } from '@commander-js/extra-typings';
import { answer, openQuestion } from '../approve.ts';
import { type Context, confirm } from '../context.ts';
import { deployment, execution, profile, region, yes } from '../options.ts';
import { printable } from '../printable.ts';
import { findExecution } from '../target.ts';

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
      .addOption(yes())
      .action(async (name, options) => {
        const target = await context.findTarget(options);
        const found = await findExecution(target, name, options.deployment);
        const question = await openQuestion(target, found.executionArn);
        context.say(printable([question.question, '', question.summary, ''].join('\n')));
        context.say(`Asked by ${found.executionArn}; no answer by ${question.closesAt} is a rejection.`);
        await confirm(context, `${decision === 'approve' ? 'Approve' : 'Reject'} this?`, options.yes);
        context.out(await answer(target, question, decision, options.by));
      });
  }
}

/** The login name; a container's user id may have none. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
