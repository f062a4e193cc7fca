import { userInfo } from 'node:os';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { callLines, down, LocalCloudError, mailLines, running, up } from '@slipway/local-cloud';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { z } from 'zod';
import { readPlan } from '../../lambdas/store/plans.ts';
import { readEvents, readReport } from '../../lambdas/store/reports.ts';
import { inputSchema } from '../../workflow/input.ts';
import { answer, approvalPage } from './approve.ts';
import { CliError } from './cli-error.ts';
import { demo } from './demo.ts';
import { defaultBaseImage, deployToAws, deployToLocalCloud, settingsOf } from './deploy.ts';
import { readInput } from './input-file.ts';
import { planLines, reportLines } from './print.ts';
import { initialProgress, reduce } from './progress.ts';
import { block, eventLine } from './render.ts';
import { findExecution, findTarget, localDirectory, machineArn, type Target, type TargetOptions } from './target.ts';
import { machineOf, regionsOf, watch } from './watch.ts';

const out = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1))
    throw new InvalidArgumentError('a number above 0 and at most 1, where 1 is real time');
  return value;
}

function portNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('a port, 0 for any free one');
  return value;
}

const program = new Command('slipway')
  .description('Provisions the same ECS platform in several AWS regions, by a Step Functions workflow')
  .showHelpAfterError('(see --help)')
  .configureHelp({ sortSubcommands: false });

const json = (): Option => new Option('--json', 'JSON on stdout, everything else on stderr').default(false);
const onTarget = (command: Command): Command =>
  command
    .option('--profile <name>', 'AWS profile; without it the local cloud, while that runs')
    .option('--region <region>', "the provisioner's home region");
const ofDeployment = (command: Command): Command =>
  onTarget(command)
    .argument('[execution]', 'name or ARN of an execution; the newest of the deployment by default')
    .option('--deployment <name>', 'deployment whose newest execution is meant', 'platform');

program
  .command('demo')
  .description('the whole story on this machine: local cloud, deployment, provisioning, approval, URLs')
  .option('--yes', 'follow the link in the e-mail and approve, as a person would', false)
  .option('--exit', 'stop everything at the end', false)
  .addOption(json())
  .option('--input <file>', 'execution input, a JSON file', undefined)
  .option('--clock-scale <n>', "AWS's durations are multiplied by it; 1 is real time (default 0.05)", positive)
  .option('--port <n>', 'port of the local cloud', portNumber)
  .action(async (options) => {
    process.exitCode = await demo(options);
  });

program
  .command('up')
  .description('start the local cloud')
  .option('--clock-scale <n>', "AWS's durations are multiplied by it; 1 is real time (default 0.05)", positive)
  .option('--port <n>', 'port of the local cloud', portNumber)
  .option('--faults <file>', 'what shall go wrong, a JSON file (infra/local/README.md, "Instruments")')
  .action(async (options: { clockScale?: number; port?: number; faults?: string }) => {
    const cloud = await up({ directory: localDirectory, log: say, ...options });
    say(`It runs at ${cloud.endpoint}. Next: npx slipway deploy`);
  });

program
  .command('down')
  .description('stop the local cloud and everything that it started')
  .action(async () => {
    const { stopped } = await down(localDirectory);
    say(stopped.length === 0 ? 'The local cloud does not run.' : `Stopped ${stopped.length} processes.`);
  });

program
  .command('env')
  .description('print the variables that point any AWS SDK or CLI at the local cloud: eval "$(npx slipway env)"')
  .addOption(json())
  .action(async (options: { json: boolean }) => {
    const cloud = await running(localDirectory);
    if (cloud === undefined) throw new CliError('the local cloud does not run', 'start it: npx slipway up');
    out(
      options.json
        ? JSON.stringify(cloud.env, null, 2)
        : Object.entries(cloud.env)
            .map(([name, value]) => `export ${name}='${value}'`)
            .join('\n'),
    );
  });

program
  .command('deploy')
  .description('deploy the provisioner to the local cloud, or with --profile to AWS')
  .option('--profile <name>', 'AWS profile to deploy with')
  .option('--bootstrap', 'run cdk bootstrap first (once an account and region)', false)
  .option('--base-image <reference>', 'base of the application image', defaultBaseImage)
  .option('--approver-email <address>', 'who is asked before production is deployed')
  .option('--progress-email <address>', 'who is told how runs go')
  .option(
    '--reconcile-schedule <expression>',
    'when deployments are put right: off, rate(...) or cron(...); at first daily',
  )
  .option('--max-reruns <n>', 'how often a failed run is started again for one cause, 0 to 10; at first 3')
  .action(async (options) => {
    const local = options.profile === undefined ? await running(localDirectory) : undefined;
    if (local !== undefined) return deployToLocalCloud(local, say, settingsOf(options));
    if (options.profile === undefined && process.env.AWS_ACCESS_KEY_ID === undefined) {
      throw new CliError(
        'the local cloud does not run, and no AWS credentials are given',
        'npx slipway up, or npx slipway deploy --profile NAME',
      );
    }
    await deployToAws(options, say);
  });

onTarget(program.command('start'))
  .description('start an execution and watch it')
  .option('--input <file>', 'execution input, a JSON file; without it {}')
  .option('--no-watch', 'do not wait for its end')
  .option('--schema', 'print the JSON Schema of the input and start nothing', false)
  .addOption(json())
  .action(async (options: TargetOptions & { input?: string; watch: boolean; schema: boolean; json: boolean }) => {
    if (options.schema) return out(JSON.stringify(z.toJSONSchema(inputSchema, { io: 'input' }), null, 2));
    const input = await readInput(options.input);
    const target = await findTarget(options);
    const { executionArn = '' } = await target.stepFunctions.send(
      new StartExecutionCommand({ stateMachineArn: await machineArn(target, 'provision'), input }),
    );
    say(`started ${executionArn}`);
    if (options.watch) await follow(target, executionArn, options.json);
    else out(options.json ? JSON.stringify({ executionArn }) : executionArn);
  });

onTarget(program.command('plan'))
  .description('say what a start would do, and what it costs; changes nothing')
  .option('--input <file>', 'execution input, a JSON file; without it {}')
  .option('--detailed-exitcode', 'exit status 2 when there is something to do', false)
  .addOption(json())
  .action(async (options: TargetOptions & { input?: string; detailedExitcode: boolean; json: boolean }) => {
    const text = await readInput(options.input);
    const target = await findTarget(options);
    const input = JSON.stringify({ ...(JSON.parse(text) as object), mode: 'plan' });
    const stateMachineArn = await machineArn(target, 'provision');
    const started = await target.stepFunctions.send(new StartExecutionCommand({ stateMachineArn, input }));
    const ended = await watch(target, started.executionArn ?? '', { plain: true });
    const { report } = ended;
    if (report?.plan?.document === undefined) {
      throw new CliError(
        `the plan could not be made: ${report?.error?.Error ?? ended.error}: ${report?.error?.Cause ?? ended.cause}`,
        'npx slipway logs',
      );
    }
    const plan = await readPlan(target.home, report.plan.document);
    out(
      options.json
        ? JSON.stringify({ ...report.plan, resources: plan.changes }, null, 2)
        : planLines(plan.changes, plan.regions).join('\n'),
    );
    if (options.detailedExitcode && report.plan.hasChanges) process.exitCode = 2;
  });

onTarget(program.command('destroy'))
  .description('take a deployment down, once people have approved the list of what goes')
  .option('--deployment <name>', 'the deployment', 'platform')
  .option('--empty-images', 'remove the image repositories with their images', false)
  .option('--empty-artifacts', 'remove the artifact buckets with their contents', false)
  .option('--empty-source', 'remove the source repositories with their history', false)
  .option('--no-watch', 'do not wait for its end')
  .addOption(json())
  .action(
    async (
      options: TargetOptions & {
        deployment: string;
        emptyImages: boolean;
        emptyArtifacts: boolean;
        emptySource: boolean;
        watch: boolean;
        json: boolean;
      },
    ) => {
      const target = await findTarget(options);
      const { deployment, emptyImages: images, emptyArtifacts: artifacts, emptySource: source } = options;
      const { executionArn = '' } = await target.stepFunctions.send(
        new StartExecutionCommand({
          stateMachineArn: await machineArn(target, 'destroy'),
          input: JSON.stringify({ deployment, empty: { images, artifacts, source } }),
        }),
      );
      say(`started ${executionArn}`);
      say('The approvers are asked by e-mail; from here: npx slipway approve, npx slipway reject');
      if (options.watch) await follow(target, executionArn, options.json);
      else out(options.json ? JSON.stringify({ executionArn }) : executionArn);
    },
  );

ofDeployment(program.command('status'))
  .description('show how an execution goes')
  .option('--watch', 'until it ends', false)
  .addOption(json())
  .action(
    async (
      name: string | undefined,
      options: TargetOptions & { deployment: string; watch: boolean; json: boolean },
    ) => {
      const target = await findTarget(options);
      const execution = await findExecution(target, name, options.deployment);
      if (options.watch) return follow(target, execution.executionArn, options.json);
      const events = await readEvents(target.table, execution.executionArn);
      if (options.json)
        return out(JSON.stringify({ executionArn: execution.executionArn, status: execution.status, events }, null, 2));
      const startedAt = execution.startDate?.getTime() ?? 0;
      out(`${execution.executionArn}: ${execution.status}`);
      out(
        block(
          events.reduce(reduce, initialProgress(await regionsOf(target, execution), machineOf(execution.executionArn))),
          startedAt,
          execution.stopDate?.getTime() ?? Date.now(),
          process.stdout.columns ?? 120,
        ),
      );
    },
  );

ofDeployment(program.command('outputs'))
  .description('URLs and ids of what an execution provisioned')
  .addOption(json())
  .action(async (name: string | undefined, options: TargetOptions & { deployment: string; json: boolean }) => {
    const target = await findTarget(options);
    const execution = await findExecution(target, name, options.deployment);
    const report = await readReport(target.table, execution.executionArn);
    if (report === undefined)
      throw new CliError(
        `execution ${execution.name} is ${execution.status} and has no outputs yet`,
        'watch it: npx slipway status --watch',
      );
    out(options.json ? JSON.stringify(report, null, 2) : reportLines(report));
  });

for (const [decision, done] of [
  ['approve', 'approve'],
  ['reject', 'reject'],
] as const) {
  ofDeployment(program.command(decision))
    .description(`${done} the production deployment that an execution asks for`)
    .option('--by <name>', 'who decides', userInfo().username)
    .action(async (name: string | undefined, options: TargetOptions & { deployment: string; by: string }) => {
      const target = await findTarget(options);
      const execution = await findExecution(target, name, options.deployment);
      out(await answer(await approvalPage(target, execution.executionArn), decision, options.by));
    });
}

ofDeployment(program.command('logs'))
  .description("an execution's events, or what the local cloud has seen")
  .option('--mail', 'e-mails that the local cloud has delivered', false)
  .option('--calls', 'AWS calls that the local cloud has answered', false)
  .addOption(json())
  .action(
    async (
      name: string | undefined,
      options: TargetOptions & { deployment: string; mail: boolean; calls: boolean; json: boolean },
    ) => {
      if (options.mail) return out((await mailLines(localDirectory, options.json)).join('\n'));
      if (options.calls) return out((await callLines(localDirectory, options.json)).join('\n'));
      const target = await findTarget(options);
      const execution = await findExecution(target, name, options.deployment);
      const events = await readEvents(target.table, execution.executionArn);
      const startedAt = execution.startDate?.getTime() ?? 0;
      out(
        options.json ? JSON.stringify(events, null, 2) : events.map((event) => eventLine(event, startedAt)).join('\n'),
      );
    },
  );

/** Exit statuses: 0 well, 1 failed, 3 rejected. */
async function follow(target: Target, executionArn: string, asJson: boolean): Promise<void> {
  const { status, report, error, cause } = await watch(target, executionArn, { plain: asJson });
  if (report === undefined) {
    throw new CliError(
      `the execution ended as ${status}${error === undefined ? '' : `: ${error}: ${cause}`}`,
      'start again to go on from what stands',
    );
  }
  out(asJson ? JSON.stringify(report, null, 2) : reportLines(report));
  process.exitCode = { succeeded: 0, unchanged: 0, destroyed: 0, planned: 0, skipped: 0, rejected: 3, failed: 1 }[
    report.outcome
  ];
}

// Whoever read our lines is gone (`| head`, or a `| tee` that got the Ctrl-C too): what was started has to be stopped all
// the same.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CliError) {
    say(`${pc.red('error:')} ${error.message}`);
    say(`next:  ${error.advice}`);
  } else if (error instanceof LocalCloudError) {
    say(`${pc.red('error:')} ${error.message}`);
  } else if (error instanceof Error && ('$metadata' in error || error.name === 'CredentialsProviderError')) {
    // AWS's own words; a stack of the SDK helps nobody.
    say(`${pc.red('error:')} ${error.name}: ${error.message}`);
  } else {
    say(pc.red(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  }
  process.exitCode = 1;
}
