import pc from 'picocolors';
import { cloudIn } from '../../../lambdas/aws/clients.ts';
import type { Cloud } from '../../../lambdas/aws/cloud.ts';
import { parseInput } from '../../../workflow/input.ts';
import { problemsText } from '../../../workflow/problems.ts';
import { CliError } from '../cli-error.ts';
import { addresseesOf, readStack } from '../deploy/stack.ts';
import { identify } from './account.ts';
import type { Finding, Subject } from './check.ts';

/**
 * What `doctor` checks for an input.
 * @throws {CliError} when the input is refused
 */
export async function subjectOf(region: string, inputText: string, baseImage: string): Promise<Subject> {
  const stack = await readStack(cloudIn({ region })).catch(() => undefined);
  const parsed = parseInput(JSON.parse(inputText), addresseesOf(stack));
  if ('problems' in parsed) throw new CliError(problemsText(parsed.problems), '`npx slipway start --schema`');
  const { deployment, regions } = parsed.input;
  // Without credentials the checks say so, each for itself.
  const { account, arn } = await identify(cloudIn({ region })).catch(() => ({ account: '', arn: '' }));
  const [, partition = 'aws'] = arn.split(':');
  const regionNamed = (name: string): Cloud => cloudIn({ deployment, account, partition, region: name });
  return {
    home: regionNamed(region),
    regions: regions.map((each) => regionNamed(each.region)),
    input: parsed.input,
    baseImage,
    regionNamed,
  };
}

const marks = { fine: pc.green('fine   '), unknown: pc.yellow('unknown'), problem: pc.red('problem') } as const;

/** A line for each finding, and under a problem what to do. */
export const findingLines = (findings: readonly Finding[]): readonly string[] =>
  findings.flatMap((finding) => [
    `${marks[finding.verdict]}  ${finding.name}: ${finding.detail}`,
    ...(finding.verdict === 'problem' ? [`         → ${finding.advice}`] : []),
  ]);
