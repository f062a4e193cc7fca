import { readMail, running, up } from '@slipway/local-cloud';
import pc from 'picocolors';
import type { Report } from '../../workflow/report.ts';
import { isApprovalStep } from '../../workflow/steps.ts';
import { answer, openQuestion, pageOf } from './approve.ts';
import { CliError } from './cli-error.ts';
import { deployToLocalCloud } from './deploy.ts';
import { readInput } from './input-file.ts';
import { reportLines } from './print.ts';
import type { ProgressView } from './render.ts';
import { findTarget, localDirectory, onlyLocalCloud, startExecution, type Target, timings } from './target.ts';
import { watch } from './watch.ts';

export interface DemoOptions {
  readonly yes: boolean;
  readonly exit: boolean;
  readonly json: boolean;
  readonly input?: string;
  readonly clockScale?: number;
  readonly latency?: true | undefined;
  readonly port?: number;
  readonly iam: boolean;
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/**
 * The whole story on one machine, and what comes after it. Resolves with the exit status: 0 only if everything provisioned is
 * healthy.
 * @throws {CliError} when a local cloud runs from this folder already: it would be stopped at the end
 */
export const demo = (options: DemoOptions, then?: () => Promise<number>): Promise<number> =>
  onlyLocalCloud(() => story(options, then));

async function story(options: DemoOptions, then: (() => Promise<number>) | undefined): Promise<number> {
  const input = await readInput(options.input);
  const known = await running(localDirectory);
  if (known !== undefined) {
    throw new CliError(
      `a local cloud runs from this folder already, at ${known.endpoint}`,
      'stop it (npx slipway down), or use it: npx slipway deploy, npx slipway start',
    );
  }
  const interrupted = interruption();
  const cloud = await up({
    directory: localDirectory,
    timings,
    log: say,
    iam: options.iam,
    latency: options.latency ?? false,
    ...(options.clockScale === undefined ? {} : { clockScale: options.clockScale }),
    ...(options.port === undefined ? {} : { port: options.port }),
  });
  const deploying = new AbortController();
  try {
    const ending = runStory(input, options).then((status) => (status === 0 && then !== undefined ? then() : status));
    // A failure after Ctrl-C is the local cloud going away.
    ending.catch(() => undefined);
    const ended = await Promise.race([ending, interrupted]);
    if (ended === 'interrupted') return 130;
    if (!options.exit) {
      say(
        `\nThe local cloud stays up at ${cloud.endpoint}; try \`npx slipway outputs\`, \`npx slipway logs --mail\`, \`npx slipway start\`.`,
      );
      say('Ctrl-C stops everything.');
      // Waiting for a signal alone does not keep Node running.
      const alive = setInterval(() => {}, 60_000);
      await interrupted;
      clearInterval(alive);
    }
    return ended;
  } finally {
    say('stopping the local cloud …');
    deploying.abort();
    await cloud.stop();
  }

  async function runStory(text: string, { yes, json }: DemoOptions): Promise<number> {
    await deployToLocalCloud(cloud, say, {}, deploying.signal);
    const target = await findTarget({});
    const executionArn = await startExecution(target, 'provision', text);
    say(`started ${executionArn}`);
    const end = await watch(target, executionArn, {
      plain: json,
      onEvent: async (event, view) => {
        if (isApprovalStep(event.stage) && event.status === 'waiting') await ask(target, executionArn, yes, view);
      },
    });
    const { report } = end;
    if (report === undefined)
      throw new CliError(
        `the execution ended as ${end.status}: ${end.error}: ${end.cause}`,
        'look at `npx slipway logs`',
      );
    // What comes after it prints a document of its own.
    if (!json || then === undefined)
      process.stdout.write(`${json ? JSON.stringify(report, null, 2) : await reportLines(report)}\n`);
    const unhealthy = await unhealthyUrls(report);
    for (const problem of unhealthy) say(pc.red(problem));
    return unhealthy.length === 0 && (report.outcome === 'succeeded' || report.outcome === 'unchanged') ? 0 : 1;
  }
}

/**
 * The first Ctrl-C, kill or closing of the terminal. Later ones are ignored, since npm passes a Ctrl-C on a second time,
 * and what was started has to be stopped.
 */
function interruption(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve('interrupted'));
  });
}

/** Shows the e-mail that the approvers got; with `--yes` opens its link and approves there. */
async function ask(target: Target, executionArn: string, yes: boolean, view: ProgressView): Promise<void> {
  const question = await openQuestion(target, executionArn);
  const page = pageOf(target, question);
  const mail = (await readMail(localDirectory)).findLast(({ message }) => message.includes(question.id));
  const shown = [
    '',
    pc.bold(`E-mail to ${mail?.to ?? 'the approvers'}: ${mail?.subject ?? ''}`),
    ...(mail?.message ?? '').split('\n').map((line) => `  | ${line}`),
    '',
    yes
      ? `Opening ${page} and approving, as a person would.`
      : `Open ${pc.cyan(page)} and answer there (or: npx slipway approve, npx slipway reject).`,
    '',
  ];
  view.note(shown);
  if (yes) await answer(target, question, 'approve', 'demo --yes');
}

/** Every URL of the report that does not answer 200. */
async function unhealthyUrls(report: Report): Promise<readonly string[]> {
  const problems = await Promise.all(
    report.regions.flatMap(({ region, urls }) =>
      Object.entries(urls).map(async ([environment, url]) => {
        const status = await fetch(url, { signal: AbortSignal.timeout(10_000) })
          .then((reply) => reply.status)
          .catch((error: Error) => error.message);
        return status === 200 ? undefined : `${environment} in ${region} does not answer at ${url}: ${status}`;
      }),
    ),
  );
  return problems.filter((problem) => problem !== undefined);
}
