import type { Command } from '@commander-js/extra-typings';
import type { Context } from '../context.ts';
import { readInput } from '../input-file.ts';
import { baseImage, input, json, profile, region } from '../options.ts';

export function addDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .description('check whether a first run would work; reads only')
    .addOption(profile())
    .addOption(region())
    .addOption(input())
    .addOption(baseImage())
    .addOption(json())
    .action(async (options) => {
      // Loaded when they are needed: the kinds' clients take a second.
      const [{ examine }, { checks, openAssumptions }, { findingLines, subjectOf }] = await Promise.all([
        import('../doctor/check.ts'),
        import('../doctor/checks.ts'),
        import('../doctor/subject.ts'),
      ]);
      const text = await readInput(options.input);
      const { home, local } = await context.findTarget(options);
      const subject = await subjectOf(home.scope.region, text, local?.baseImage ?? options.baseImage);
      const findings = [...(await examine(subject, checks)), ...openAssumptions];
      context.out(options.json ? JSON.stringify(findings, null, 2) : findingLines(findings).join('\n'));
      if (findings.some(({ verdict, stopsDeploy }) => verdict === 'problem' && stopsDeploy)) context.exitWith(1);
    });
}
