import type { Command } from '@commander-js/extra-typings';
import { running } from '@slipway/local-cloud';
import { CliError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { defaultBaseImage, deployToAws, deployToLocalCloud, settingsOf } from '../deploy.ts';
import { localDirectory } from '../target.ts';

export function addDeploy(program: Command, { say }: Context): void {
  program
    .command('deploy')
    .description('deploy the provisioner to the local cloud, or with --profile to AWS')
    .option('--profile <name>', 'AWS profile to deploy with')
    .option('--bootstrap', 'run cdk bootstrap first (once for each account and region)', false)
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
          'the local cloud is not running, and no AWS credentials are given',
          'npx slipway up, or npx slipway deploy --profile NAME',
        );
      }
      await deployToAws(options, say);
    });
}
