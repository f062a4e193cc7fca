import type { Command } from '@commander-js/extra-typings';
import { z } from 'zod';
import { inputSchema } from '../../../workflow/input.ts';
import type { Context } from '../context.ts';
import { follow } from '../follow.ts';
import { readInput } from '../input-file.ts';
import { input, json, noWatch, profile, region } from '../options.ts';
import { startExecution } from '../target.ts';

export function addStart(program: Command, context: Context): void {
  program
    .command('start')
    .description('start an execution and watch it')
    .addOption(profile())
    .addOption(region())
    .addOption(input())
    .addOption(noWatch())
    .option('--schema', 'print the JSON Schema of the input and start nothing', false)
    .addOption(json())
    .action(async (options) => {
      const { out, say } = context;
      if (options.schema) return out(JSON.stringify(z.toJSONSchema(inputSchema, { io: 'input' }), null, 2));
      const text = await readInput(options.input);
      const target = await context.findTarget(options);
      const executionArn = await startExecution(target, 'provision', text);
      say(`started ${executionArn}`);
      if (options.watch) await follow(context, target, executionArn, options.json);
      else out(options.json ? JSON.stringify({ executionArn }) : executionArn);
    });
}
