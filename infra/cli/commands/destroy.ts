import type { Command } from '@commander-js/extra-typings';
import type { Context } from '../context.ts';
import { follow } from '../follow.ts';
import { deployment, json, noWatch, profile, region } from '../options.ts';
import { startExecution } from '../target.ts';

export function addDestroy(program: Command, context: Context): void {
  program
    .command('destroy')
    .description('remove a deployment, once people have approved the list of what goes')
    .addOption(profile())
    .addOption(region())
    .addOption(deployment())
    .option('--empty-images', 'remove the image repositories with their images', false)
    .option('--empty-artifacts', 'remove the artifact buckets with their contents', false)
    .option('--empty-source', 'remove the source repositories with their history', false)
    .addOption(noWatch())
    .addOption(json())
    .action(async (options) => {
      const { deployment, emptyImages: images, emptyArtifacts: artifacts, emptySource: source } = options;
      const target = await context.findTarget(options);
      const executionArn = await startExecution(
        target,
        'destroy',
        JSON.stringify({ deployment, empty: { images, artifacts, source } }),
      );
      context.say(`started ${executionArn}`);
      context.say('The approvers are asked by e-mail; from here: npx slipway approve, npx slipway reject');
      if (options.watch) await follow(context, target, executionArn, options.json);
      else context.out(options.json ? JSON.stringify({ executionArn }) : executionArn);
    });
}
