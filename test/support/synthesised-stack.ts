import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { entries } from '../../infra/bundles.ts';
import { ProvisionerStack } from '../../infra/provisioner-stack.ts';

/** A resource of a CloudFormation template. */
interface TemplateResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface SynthesisedStack {
  readonly stack: ProvisionerStack;
  readonly template: Template;
  /** What CDK's own rules find, where they are asked. */
  readonly violations: readonly unknown[];
  /** Resources of a type by logical id. */
  resources(type: string): readonly (readonly [string, TemplateResource])[];
}

/**
 * The provisioner's stack as infra/bin makes it, without the seconds that bundling takes: each bundle is one line.
 * @param validated whether CDK's own rules are asked, which takes as long as all the rest five times over
 */
export function synthesiseStack(validated = false): SynthesisedStack {
  const directory = mkdtempSync(join(tmpdir(), 'slipway-bundles-'));
  try {
    for (const { name } of entries) {
      mkdirSync(join(directory, name));
      writeFileSync(join(directory, name, 'index.js'), `// ${name}\n`);
    }
    const outdir = join(directory, 'cdk.out');
    const stack = new ProvisionerStack(new App({ outdir, builtinCloudFormationValidation: validated }), 'Slipway', {
      stackName: 'slipway',
      bundles: directory,
    });
    const template = Template.fromStack(stack);
    return {
      stack,
      template,
      violations: validated ? violationsIn(outdir) : [],
      resources: (type) => Object.entries(template.findResources(type)) as [string, TemplateResource][],
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const violationsIn = (outdir: string): readonly unknown[] =>
  (
    JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as {
      pluginReports: readonly { violations: readonly unknown[] }[];
    }
  ).pluginReports.flatMap(({ violations }) => violations);

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The statements of a policy document with every single value as a list, and references as `<LogicalId.Attribute>`. */
export function statementsOf(document: unknown): readonly Statement[] {
  const { Statement: all } = document as { Statement: readonly Record<string, unknown>[] };
  return all.map(({ Effect, Action, Resource, Condition = {} }) => ({
    Effect: Effect as Statement['Effect'],
    Action: list(Action).map(String),
    Resource: list(Resource).map(text),
    Condition: Condition as Statement['Condition'],
  }));
}

const list = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** A template's value as one string: `{ Ref }` as `<id>`, `Fn::GetAtt` as `<id.attribute>`, joins joined, selected parts of a split. */
export function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, content] = ['', undefined]] = Object.entries(value);
  if (name === 'Ref') return `<${content}>`;
  if (name === 'Fn::GetAtt') return `<${list(content).join('.')}>`;
  if (name === 'Fn::Join')
    return list(list(content)[1])
      .map(text)
      .join(String(list(content)[0]));
  if (name === 'Fn::Select') {
    const [
      index,
      {
        'Fn::Split': [delimiter, joined],
      },
    ] = content as [string, { 'Fn::Split': [string, unknown] }];
    return text(joined).split(delimiter)[Number(index)] ?? '';
  }
  return JSON.stringify(value);
}
