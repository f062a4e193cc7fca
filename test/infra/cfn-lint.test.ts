import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ensurePackages, sharedDirectory } from '@slipway/local-cloud';
import { synthesiseStack } from '../support/synthesised-stack.ts';

interface Finding {
  readonly Rule: { readonly Id: string };
  readonly Level: 'Error' | 'Warning' | 'Informational';
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

/** Warnings that stay, by rule. */
const known: Readonly<Record<string, string>> = {
  W3005: 'CDK writes a dependency on a role that the reference to it enforces as well',
};

/**
 * The template with its definitions as Step Functions gets and reads them. cfn-lint takes a definition as it stands,
 * where `arn:${Partition}:…` is no ARN, and knows no time-out that JSONata computes.
 */
function substituted(template: Record<string, unknown>): object {
  const copy = structuredClone(template) as { Resources: Record<string, { Type: string; Properties: Machine }> };
  for (const { Type, Properties } of Object.values(copy.Resources)) {
    if (Type !== 'AWS::StepFunctions::StateMachine') continue;
    Properties.DefinitionString = Properties.DefinitionString.replaceAll('${Partition}', 'aws')
      .replaceAll(/\$\{\w+FunctionArn\}/g, 'arn:aws:lambda:us-east-1:123456789012:function:slipway-x')
      .replaceAll(/\$\{\w+Arn\}/g, 'arn:aws:states:us-east-1:123456789012:stateMachine:slipway-x')
      .replaceAll(/"TimeoutSeconds":"\{%[^"]*%\}"/g, '"TimeoutSeconds":60');
    delete Properties.DefinitionSubstitutions;
  }
  return copy;
}

interface Machine {
  DefinitionString: string;
  DefinitionSubstitutions?: object;
}

/** Where cfn-lint is installed, once. */
const environment = join(sharedDirectory, 'venv-cfn-lint');

async function lint(template: object): Promise<readonly Finding[]> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-cfn-lint-'));
  try {
    const file = join(directory, 'template.json');
    await writeFile(file, JSON.stringify(template));
    const args = [
      join(environment, 'bin', 'cfn-lint'),
      '--format',
      'json',
      '--regions',
      'us-east-1',
      '--template',
      file,
    ];
    const output = await new Promise<string>((resolve, reject) => {
      // By its Python: the script's first line names the folder that the environment was made in. Its status says of
      // which levels there are findings, so it is no failure.
      execFile(join(environment, 'bin', 'python'), args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        if (error !== null && !stdout.trimStart().startsWith('[')) reject(new Error(`cfn-lint failed: ${stderr}`));
        else resolve(stdout);
      });
    });
    return JSON.parse(output) as Finding[];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const shown = ({ Rule, Message, Location }: Finding): string =>
  `${Rule.Id} ${(Location.Path ?? []).join('/')}: ${Message}`;

const stack = synthesiseStack(true);

test('CDK’s own rules find nothing in the template', () => {
  expect(stack.violations).toEqual([]);
});

describe('cfn-lint', () => {
  let findings: readonly Finding[] = [];
  const template = substituted(stack.template.toJSON());

  beforeAll(async () => {
    await ensurePackages('cfn-lint', join(import.meta.dirname, 'requirements.txt'), environment, () => {});
    findings = await lint(template);
  }, 300_000);

  test('finds no error in the template', () => {
    expect(findings.filter(({ Level }) => Level === 'Error').map(shown)).toEqual([]);
  });

  test('finds nothing else that has no reason to stay', () => {
    expect(findings.filter(({ Level, Rule }) => Level !== 'Error' && !(Rule.Id in known)).map(shown)).toEqual([]);
  });

  test('has no reason left for what it does not find', () => {
    expect(Object.keys(known).filter((id) => !findings.some(({ Rule }) => Rule.Id === id))).toEqual([]);
  });

  test('finds an error where there is one', async () => {
    const wrong = { Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicNam: 'x' } } } };
    expect((await lint(wrong)).map(({ Level }) => Level)).toContain('Error');
  }, 60_000);
});
