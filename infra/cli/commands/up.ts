import type { Command } from '@commander-js/extra-typings';
import { running, up } from '@slipway/local-cloud';
import type { Context } from '../context.ts';
import { clockScale, latency, noIam, port } from '../options.ts';
import { localDirectory, onlyLocalCloud, timings } from '../target.ts';

export function addUp(program: Command, { say }: Context): void {
  program
    .command('up')
    .description('start the local cloud')
    .addOption(clockScale())
    .addOption(port())
    .addOption(noIam())
    .addOption(latency())
    .option('--faults <file>', 'faults to inject, a JSON file (infra/local/README.md, "Instruments")')
    .action(async (options) => {
      const cloud =
        (await running(localDirectory)) ??
        (await onlyLocalCloud(() => up({ directory: localDirectory, timings, log: say, ...options })));
      say(`It runs at ${cloud.endpoint}. Next: npx slipway deploy`);
    });
}
